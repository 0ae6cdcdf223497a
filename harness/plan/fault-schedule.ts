/**
 * When each fault happens: lanes in parallel, one fault at a time in each, after a warm-up and before a quiet
 * tail. Every request comes up once before any comes up again. Each lane draws from streams of its own, so
 * adding a lane shifts no other.
 */
import type { PlannedFault } from '../contracts.ts';
import type { Seed } from '../random.ts';
import { drawTargets, type FaultRequest } from './fault-requests.ts';
import type { LeftOut } from './plan.ts';

/** What the schedule needs to know of the run. */
export interface ScheduleFrame {
  timeLimitMs: number;
  nodes: readonly string[];
  seed: Seed;
}

/** The stretch of the load in which faults may be in force, ms: after the warm-up, before the quiet tail. */
export function faultWindow(timeLimitMs: number): { fromMs: number; toMs: number } {
  const warmUp = Math.min(5_000, 0.1 * timeLimitMs);
  const tail = Math.min(10_000, Math.max(0.15 * timeLimitMs, Math.min(1_000, 0.25 * timeLimitMs)));
  return { fromMs: Math.round(warmUp), toMs: Math.round(timeLimitMs - tail) };
}

/** Shorter than this no fault is worth injecting. */
const SHORTEST_MS = 250;
/** Pauses are drawn within this share of what was asked for. */
const JITTER = 0.25;
/** Room between two faults of conflicting lanes on one node: the first must be undone by then. */
const APART_MS = 500;
/** Draws of nodes before a conflict is given up on. */
const DRAWS = 8;

/** The schedule of all requests, in order of time, and what did not fit. */
export function scheduleFaults(
  requests: readonly FaultRequest[],
  frame: ScheduleFrame,
): { faults: PlannedFault[]; leftOut: LeftOut[] } {
  const placed: Placed[] = [];
  const leftOut: LeftOut[] = [];
  for (const lane of new Set(requests.map((request) => request.fault.lane))) {
    const own = requests.filter((request) => request.fault.lane === lane);
    const outcome = scheduleLane(lane, own, frame, placed);
    placed.push(...outcome.placed);
    leftOut.push(...outcome.leftOut);
  }
  const byTime = placed
    .map(({ planned }) => planned)
    .sort((a, b) => a.atNs - b.atNs || (a.lane < b.lane ? -1 : 1));
  return { faults: numbered(byTime), leftOut };
}

interface Placed {
  planned: PlannedFault;
  request: FaultRequest;
}

/** More faults than this in one lane are noise. */
const MOST_PER_LANE = 1_000;

function scheduleLane(
  lane: string,
  requests: readonly FaultRequest[],
  frame: ScheduleFrame,
  others: readonly Placed[],
): { placed: Placed[]; leftOut: LeftOut[] } {
  const { fromMs, toMs } = faultWindow(frame.timeLimitMs);
  const seed = frame.seed.fork('lane', lane);
  const { kept, scale, leftOut } = fitted(requests, toMs - fromMs);
  const pauses = seed.fork('pauses').rng();
  const placed: Placed[] = [];
  let atMs = fromMs;
  let full = kept.length === 0;
  for (let round = 0; !full; round++) {
    const before = placed.length;
    for (const request of seed.fork('round', round).rng().shuffle(kept)) {
      // The very first pause may be short, so that lanes do not all begin together.
      const least = placed.length === 0 ? 0 : 1 - JITTER;
      const share = least + (1 + JITTER - least) * pauses.float();
      const startMs = atMs + request.intervalMs * scale * share;
      full = startMs + request.durationMs * scale > toMs || placed.length >= MOST_PER_LANE;
      if (full) break;
      const slot = { startMs, durationMs: request.durationMs * scale, toMs };
      const own = request.fault.sameNodes === true ? 'always' : placed.length;
      const planned = place(request, slot, frame.nodes, others, seed.fork('fault', own));
      if (planned === null) continue;
      placed.push({ planned, request });
      atMs = planned.untilNs / 1e6;
    }
    full ||= placed.length === before;
  }
  const never = kept.filter((request) => !placed.some((done) => done.request === request));
  return {
    placed,
    leftOut: [
      ...leftOut,
      ...never.map(({ label, fault }) => ({
        what: label,
        fault: fault.name,
        why: 'another lane has its nodes whenever it could fire',
        fix: 'raise --time-limit, or aim it at other nodes',
      })),
    ],
  };
}

/**
 * The requests that fit into one round of the window, and by how much all pauses and durations must shrink for
 * that: every request must come up at least once.
 */
function fitted(
  requests: readonly FaultRequest[],
  windowMs: number,
): { kept: FaultRequest[]; scale: number; leftOut: LeftOut[] } {
  const kept = [...requests];
  const leftOut: LeftOut[] = [];
  while (kept.length > 0) {
    const roundMs = kept.reduce(
      (sum, { intervalMs, durationMs }) => sum + (1 + JITTER) * intervalMs + durationMs,
      0,
    );
    const scale = roundMs <= windowMs ? 1 : Math.max(0, windowMs / roundMs);
    const tooShort = kept.some(({ durationMs }) => durationMs * scale < Math.min(durationMs, SHORTEST_MS));
    if (!tooShort) return { kept, scale, leftOut };
    const { label, fault } = kept.pop()!;
    const others = kept.length === 0 ? '' : ` beside ${kept.map((request) => request.label).join(', ')}`;
    leftOut.unshift({
      what: label,
      fault: fault.name,
      why: `no time for it in lane ${fault.lane}${others}: faults have ${Math.max(0, windowMs)} ms of this load`,
      fix: 'raise --time-limit',
    });
  }
  return { kept, scale: 1, leftOut };
}

interface Slot {
  startMs: number;
  durationMs: number;
  /** No fault may be in force after this. */
  toMs: number;
}

/** The fault in its slot, on nodes no conflicting lane has by then; later when it must; null when it cannot. */
function place(
  request: FaultRequest,
  slot: Slot,
  nodes: readonly string[],
  others: readonly Placed[],
  seed: Seed,
): PlannedFault | null {
  let startMs = slot.startMs;
  while (startMs + slot.durationMs <= slot.toMs) {
    let freeMs = Number.POSITIVE_INFINITY;
    for (let draw = 0; draw < DRAWS; draw++) {
      const planned = drawn(request, startMs, slot.durationMs, nodes, seed.fork('draw', draw));
      const inTheWay = others.filter((other) => conflicts(request, planned, other));
      if (inTheWay.length === 0) return planned;
      freeMs = Math.min(freeMs, Math.max(...inTheWay.map((other) => other.planned.untilNs / 1e6)) + APART_MS);
    }
    startMs = freeMs;
  }
  return null;
}

function drawn(
  request: FaultRequest,
  startMs: number,
  durationMs: number,
  nodes: readonly string[],
  seed: Seed,
): PlannedFault {
  const { fault, mode } = request;
  const choice = drawTargets(request, nodes, seed);
  return {
    id: '',
    fault: fault.name,
    mode,
    lane: fault.lane,
    atNs: Math.round(startMs) * 1e6,
    untilNs: Math.round(startMs + durationMs) * 1e6,
    target: choice.target,
    nodes: choice.nodes,
    params: choice.params,
  };
}

/** Whether two lanes that exclude each other would meet on a node. Unknown nodes (a leader) are not held against it. */
function conflicts({ fault }: FaultRequest, planned: PlannedFault, other: Placed): boolean {
  const exclude =
    fault.conflicts.includes(other.planned.lane) || other.request.fault.conflicts.includes(planned.lane);
  if (!exclude) return false;
  const apartNs = APART_MS * 1e6;
  if (planned.atNs >= other.planned.untilNs + apartNs || other.planned.atNs >= planned.untilNs + apartNs)
    return false;
  return planned.nodes.some((node) => other.planned.nodes.includes(node));
}

/** `partition-1`, `partition-2`, `kill-1`: in order of time, counted by fault. */
function numbered(faults: readonly PlannedFault[]): PlannedFault[] {
  const counts = new Map<string, number>();
  return faults.map((planned) => {
    const n = (counts.get(planned.fault) ?? 0) + 1;
    counts.set(planned.fault, n);
    return { ...planned, id: `${planned.fault}-${n}` };
  });
}
