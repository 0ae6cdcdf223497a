/**
 * When each fault happens: lanes in parallel, one fault at a time in each, after a warm-up and before a quiet
 * tail. Every request comes up once before any comes up again, and where there is any room at all it comes up once:
 * lanes that exclude each other on a node take turns. Each lane draws from streams of its own, so adding a lane
 * shifts none but those it excludes.
 */
import type { PlannedFault } from '../contracts.ts';
import type { Rng, Seed } from '../random.ts';
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
  const names = [...new Set(requests.map((request) => request.fault.lane))];
  const lanes = names.map((name) => {
    const own = requests.filter((request) => request.fault.lane === name);
    return new LaneSchedule(name, own, frame);
  });
  // In turns, so that no lane fills the time of another that excludes it before that one has had its first.
  while (lanes.some((lane) => !lane.full)) {
    for (const lane of lanes) {
      lane.placeNext(lanes.flatMap((other) => (other === lane ? [] : other.placed)));
    }
  }
  const byTime = lanes
    .flatMap((lane) => lane.placed.map(({ planned }) => planned))
    .sort((a, b) => a.atNs - b.atNs || (a.lane < b.lane ? -1 : 1));
  return { faults: numbered(byTime), leftOut: lanes.flatMap((lane) => lane.leftOut()) };
}

interface Placed {
  planned: PlannedFault;
  request: FaultRequest;
}

/** More faults than this in one lane are noise. */
const MOST_PER_LANE = 1_000;
/** What a fault that finds no room at its full length is shortened to, so that it comes at least once. */
const SHORTENED = [1, 1 / 2, 1 / 4, 1 / 8];

/** One lane on its way through the window: one fault after the other, every request once before any comes again. */
class LaneSchedule {
  readonly placed: Placed[] = [];
  full: boolean;
  readonly #frame: ScheduleFrame;
  readonly #seed: Seed;
  readonly #pauses: Rng;
  readonly #requests: readonly FaultRequest[];
  readonly #scale: number;
  readonly #noTime: readonly LeftOut[];
  readonly #window: { fromMs: number; toMs: number };
  #atMs: number;
  #round = 0;
  #placedBefore = 0;
  #queue: FaultRequest[] = [];

  constructor(name: string, requests: readonly FaultRequest[], frame: ScheduleFrame) {
    this.#frame = frame;
    this.#window = faultWindow(frame.timeLimitMs);
    this.#seed = frame.seed.fork('lane', name);
    this.#pauses = this.#seed.fork('pauses').rng();
    const { kept, scale, leftOut } = fitted(requests, this.#window.toMs - this.#window.fromMs);
    this.#requests = kept;
    this.#scale = scale;
    this.#noTime = leftOut;
    this.#atMs = this.#window.fromMs;
    this.full = kept.length === 0;
  }

  /** Places the next fault beside those of other lanes, or finds the lane full. */
  placeNext(others: readonly Placed[]): void {
    while (!this.full) {
      const request = this.#nextRequest();
      if (request === undefined) return;
      const planned = this.#fit(request, others);
      if (planned === null) continue;
      this.placed.push({ planned, request });
      this.#atMs = planned.untilNs / 1e6;
      return;
    }
  }

  /** Requests without a place, and why. */
  leftOut(): LeftOut[] {
    const never = this.#requests.filter((request) => !this.#has(request));
    return [
      ...this.#noTime,
      ...never.map(({ label, fault }) => ({
        what: label,
        fault: fault.name,
        why: 'another lane has its nodes whenever it could fire',
        fix: 'raise --time-limit, or aim it at other nodes',
      })),
    ];
  }

  /** A round that placed nothing is the last one. */
  #nextRequest(): FaultRequest | undefined {
    if (this.#queue.length === 0) {
      if (this.#round > 0 && this.placed.length === this.#placedBefore) {
        this.full = true;
        return undefined;
      }
      this.#placedBefore = this.placed.length;
      const order = this.#seed.fork('round', this.#round).rng();
      this.#queue = order.shuffle(this.#requests);
      this.#round++;
    }
    return this.#queue.shift();
  }

  #fit(request: FaultRequest, others: readonly Placed[]): PlannedFault | null {
    const { toMs } = this.#window;
    // The very first pause may be short, so that lanes do not all begin together.
    const least = this.placed.length === 0 ? 0 : 1 - JITTER;
    const share = least + (1 + JITTER - least) * this.#pauses.float();
    const startMs = this.#atMs + request.intervalMs * this.#scale * share;
    const durationMs = request.durationMs * this.#scale;
    const first = !this.#has(request);
    if (this.placed.length >= MOST_PER_LANE || (!first && startMs + durationMs > toMs)) {
      this.full = true;
      return null;
    }
    const own = request.fault.sameNodes === true ? 'always' : this.placed.length;
    const seed = this.#seed.fork('fault', own);
    const { nodes } = this.#frame;
    if (!first) return place(request, { startMs, durationMs, toMs, known: false }, nodes, others, seed);
    for (const shortened of SHORTENED) {
      const lastsMs = durationMs * shortened;
      if (shortened < 1 && lastsMs < SHORTEST_MS) break;
      for (const fromMs of [startMs, this.#atMs]) {
        const slot = { startMs: fromMs, durationMs: lastsMs, toMs, known: true };
        const planned = place(request, slot, nodes, others, seed);
        if (planned !== null) return planned;
      }
    }
    return null;
  }

  #has(request: FaultRequest): boolean {
    return this.placed.some((done) => done.request === request);
  }
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
  /** Whom it hits shall be known beforehand where the request leaves it open: who leads may be nobody. */
  known: boolean;
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
      const planned = drawn(request, { ...slot, startMs }, nodes, seed.fork('draw', draw));
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
  { startMs, durationMs, known }: Slot,
  nodes: readonly string[],
  seed: Seed,
): PlannedFault {
  const { fault, mode } = request;
  const choice = drawTargets(request, nodes, seed, known);
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

/** Whether two lanes that exclude each other could meet on a node: who leads may be any of them. */
function conflicts({ fault }: FaultRequest, planned: PlannedFault, other: Placed): boolean {
  const exclude =
    fault.conflicts.includes(other.planned.lane) || other.request.fault.conflicts.includes(planned.lane);
  if (!exclude) return false;
  const apartNs = APART_MS * 1e6;
  if (planned.atNs >= other.planned.untilNs + apartNs || other.planned.atNs >= planned.untilNs + apartNs)
    return false;
  const unknown = [planned, other.planned].some(({ nodes }) => nodes.length === 0);
  return unknown || planned.nodes.some((node) => other.planned.nodes.includes(node));
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
