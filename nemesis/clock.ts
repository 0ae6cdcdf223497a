/**
 * Skews the wall clocks of nodes: a jump, a wrong rate, or a clock that flips between two times. Each node gets
 * its own error, drawn log-uniformly over Jepsen's ranges so that small and large errors are equally likely.
 * Shown by reading the offset back from the node's own processes.
 */
import type {
  ClockSkew,
  Cluster,
  Evidence,
  Fault,
  FaultContext,
  Json,
  NodeId,
  PlannedFault,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import type { Rng } from '../harness/random.ts';
import type { Timer } from '../harness/time.ts';
import { failed, installed, skipped } from './evidence.ts';
import { isUp, onEach } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { atOnce, drawNtp, NTP_PARAMS, stepClocks } from './ntp-steps.ts';
import { drawTarget, nodesNow } from './targets.ts';

/** How far a read-back offset may lie from the one that was set: reading takes time, and drift goes on. */
const TOLERANCE_NS = 50e6;

/** The skew of every node the fault may hit, as the plan holds it. */
type Skews = Record<NodeId, ClockSkew>;

const notes = new Notebook<{ nodes: NodeId[]; timers: Timer[] }>();

const MODES = {
  jump: {
    summary: 'the clock is wrong by a constant',
    params: {
      offsetMs: {
        summary: 'the error of every target; default: drawn per node',
        default: null,
        type: 'number',
      },
      minMs: { summary: 'smallest error drawn', default: 10, min: 1, max: 1e9 },
      maxMs: { summary: 'largest error drawn, either direction', default: 288_000, min: 1, max: 1e9 },
    },
  },
  drift: {
    summary: 'the clock runs fast or slow',
    params: {
      ppm: { summary: 'rate error of every target; default: drawn per node', default: null, type: 'number' },
      minPpm: { summary: 'smallest rate error drawn', default: 1_000, min: 1, max: 900_000 },
      maxPpm: {
        summary: 'largest rate error drawn, either direction',
        default: 500_000,
        min: 1,
        max: 900_000,
      },
    },
  },
  strobe: {
    summary: 'the clock flips between right and wrong',
    params: {
      deltaMs: { summary: 'the error while wrong; default: drawn per node', default: null, type: 'number' },
      periodMs: {
        summary: 'time between flips; default: drawn per node from 1 to 1000 ms',
        default: null,
        type: 'number',
        min: 1,
        max: 60_000,
      },
      minMs: { summary: 'smallest error drawn', default: 4, min: 1, max: 1e9 },
      maxMs: { summary: 'largest error drawn', default: 262_000, min: 1, max: 1e9 },
    },
  },
  ntp: {
    summary: 'corrected again and again, never right: tens of ms of noise, and steps of 100 ms and more',
    params: NTP_PARAMS,
  },
} as const satisfies Fault['modes'];

/** Log-uniform between two bounds, given in either order. */
function drawMagnitude(low: number, high: number, rng: Rng): number {
  const [a, b] = [Math.log(Math.min(low, high)), Math.log(Math.max(low, high))];
  return Math.exp(a + rng.float() * (b - a));
}

function drawSkew(mode: string, params: Readonly<Record<string, Json>>, rng: Rng): ClockSkew {
  if (mode === 'ntp') return drawNtp(params, rng);
  const number = (name: string): number => params[name] as number;
  // Every draw is made whatever is given, so that fixing one parameter shifts no other.
  const sign = rng.chance(0.5) ? 1 : -1;
  if (mode === 'drift') {
    const drawn = sign * Math.round(drawMagnitude(number('minPpm'), number('maxPpm'), rng));
    return { offsetNs: 0, driftPpm: (params['ppm'] as number | null) ?? drawn };
  }
  const drawnMs = sign * Math.round(drawMagnitude(number('minMs'), number('maxMs'), rng));
  if (mode === 'jump') return { offsetNs: ((params['offsetMs'] as number | null) ?? drawnMs) * 1e6 };
  const period = Math.round(drawMagnitude(1, 1000, rng));
  return {
    offsetNs: 0,
    strobe: {
      deltaNs: ((params['deltaMs'] as number | null) ?? drawnMs) * 1e6,
      halfPeriodNs: ((params['periodMs'] as number | null) ?? period) * 1e6,
    },
  };
}

/** True when an offset read back is one the skew can produce between being set and `elapsedNs` later. */
export function explains(skew: ClockSkew, readNs: number, elapsedNs: number): boolean {
  const drift = ((skew.driftPpm ?? 0) * elapsedNs) / 1e6;
  const others = [0, skew.strobe?.deltaNs ?? 0, ...(skew.steps?.offsetsNs ?? [])];
  const low = Math.min(0, drift) + Math.min(...others) + skew.offsetNs - TOLERANCE_NS;
  const high = Math.max(0, drift) + Math.max(...others) + skew.offsetNs + TOLERANCE_NS;
  return readNs >= low && readNs <= high;
}

async function readOffsets(
  cluster: Cluster,
  nodes: readonly NodeId[],
): Promise<Record<NodeId, number | null>> {
  const entries = await Promise.all(
    nodes.map(async (node) => {
      try {
        return [node, await cluster.clocks.read(node)] as const;
      } catch {
        // A clock that cannot be read is reported as unread; whether it was set is the evidence of `set`.
        return [node, null] as const;
      }
    }),
  );
  return Object.fromEntries(entries);
}

/** `n1 +90000 ms, n2 -12 us`. */
function inWords(offsets: Record<NodeId, number | null>): string {
  return Object.entries(offsets)
    .map(([node, ns]) => `${node} ${ns === null ? 'unread' : signed(ns)}`)
    .join(', ');
}

/** What was set, where an offset at one instant says little: `drift n1 +900 ppm; `, `strobe n1 +40 ms every 5 ms; `. */
function setWords(skews: Skews, nodes: readonly NodeId[]): string {
  const drifts = nodes.flatMap((node) => {
    const ppm = skews[node]?.driftPpm;
    return ppm === undefined ? [] : [`${node} ${ppm >= 0 ? '+' : ''}${ppm} ppm`];
  });
  const strobes = nodes.flatMap((node) => {
    const strobe = skews[node]?.strobe;
    return strobe === undefined
      ? []
      : [`${node} ${signed(strobe.deltaNs)} every ${strobe.halfPeriodNs / 1e6} ms`];
  });
  const parts = [
    ...(drifts.length === 0 ? [] : [`drift ${drifts.join(', ')}; `]),
    ...(strobes.length === 0 ? [] : [`strobe ${strobes.join(', ')}; `]),
  ];
  return parts.join('');
}

function signed(ns: number): string {
  const [scaled, unit] = Math.abs(ns) < 1e6 ? [ns / 1e3, 'us'] : [ns / 1e6, 'ms'];
  return `${scaled >= 0 ? '+' : ''}${Math.round(scaled)} ${unit}`;
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const wanted = await nodesNow(fault, context);
  if (wanted.length === 0) return skipped('nobody leads at this moment');
  // A node on its way up has no clock to read yet.
  const up = wanted.filter((node) => isUp(cluster, node) && cluster.state(node) !== 'starting');
  if (up.length === 0) {
    const states = wanted.map((node) => `${node} is ${cluster.state(node)}`);
    return skipped(`no clock to change: ${states.join(', ')}`, { nodes: wanted });
  }
  signal.throwIfAborted();
  const skews = fault.params['skews'] as unknown as Skews;
  const note = { nodes: up, timers: [] as Timer[] };
  notes.write(cluster, fault.id, note);
  const results = await onEach(up, (node) => cluster.clocks.set(node, atOnce(skews[node]!)));
  note.timers = stepClocks(cluster.clocks, skews, up);
  const read = await readOffsets(cluster, up);
  const measures = {
    nodes: up,
    down: wanted.filter((node) => !up.includes(node)),
    mechanism: cluster.clocks.mechanism,
    offsetsNs: read,
    details: results.summaries,
    ...durations(results.evidence),
  };
  const evidence = [...results.evidence.values()];
  if (evidence.length === up.length && evidence.every((each) => each.state === 'skipped')) {
    for (const timer of note.timers) timer.cancel();
    notes.erase(cluster, fault.id);
    return skipped(results.failures.join('; '), measures);
  }
  if (results.failures.length > 0) return failed(results.failures.join('; '), measures);
  const wrong = up.filter((node) => read[node] !== null && !explains(skews[node]!, read[node]!, 60e9));
  if (wrong.length > 0) return failed(`read back ${inWords(read)}: not what was set`, measures);
  const bit = evidence.every((each) => each.bit === true) ? true : biteOf(fault.mode, skews, read);
  return installed(`${setWords(skews, up)}offset read back: ${inWords(read)}`, bit, measures);
}

/** By node, milliseconds: until processes attached before showed the change, and what attaching to them had taken. */
function durations(evidence: ReadonlyMap<NodeId, Evidence>): Record<string, Json> {
  const told = [...evidence].filter(([, { measures }]) => measures['writtenMs'] !== undefined);
  if (told.length === 0) return {};
  const of = (name: string): Json =>
    Object.fromEntries(told.map(([node, { measures }]) => [node, measures[name] ?? null]));
  return { changedWithinMs: of('writtenMs'), attachedAheadMs: of('attachedAheadMs') };
}

/** A jump shows at once; drift and strobe may read as zero at the moment of injection. */
function biteOf(mode: string, skews: Skews, read: Record<NodeId, number | null>): boolean | null {
  const offsets = Object.entries(read);
  if (offsets.some(([, ns]) => ns === null)) return null;
  if (mode === 'jump') return offsets.every(([node, ns]) => explains(skews[node]!, ns!, 0));
  return offsets.some(([, ns]) => ns !== 0) ? true : null;
}

async function undo(fault: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
  const note = notes.read(cluster, fault.id);
  if (note === undefined) return skipped('was not installed');
  for (const timer of note.timers) timer.cancel();
  const skewed = note.nodes;
  const up = skewed.filter((node) => isUp(cluster, node));
  const before = await readOffsets(cluster, up);
  const results = await onEach(skewed, (node) => cluster.clocks.reset(node));
  const after = await readOffsets(cluster, up);
  const measures = { offsetsBeforeNs: before, offsetsAfterNs: after, details: results.summaries };
  const off = up.filter((node) => after[node] !== null && Math.abs(after[node]!) > TOLERANCE_NS);
  if (off.length > 0) return failed(`clocks still wrong: ${inWords(after)}`, measures);
  const failures = results.failures.filter((text) => up.some((node) => text.startsWith(`${node}: `)));
  if (failures.length > 0) return failed(failures.join('; '), measures);
  notes.erase(cluster, fault.id);
  const seen = Object.values(before).filter((ns) => ns !== null);
  const bit = seen.some((ns) => ns !== 0) ? true : null;
  return installed(
    seen.length === 0 ? 'clocks reset' : `clocks reset, until then ${inWords(before)}`,
    bit,
    measures,
  );
}

/** The clock fault, one lane: a node's clock has one error at a time. */
export const clock: Fault = {
  name: 'clock',
  summary: 'Makes the wall clocks of nodes wrong: jump, drift, strobe, ntp. Monotonic clocks are left alone.',
  modes: MODES,
  defaultMode: 'jump',
  lane: 'clock',
  conflicts: [],
  span: { label: 'clock', colour: 3 },
  needs: () => ['clock.skew'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(clock, mode, params);
    const drawn = drawTarget(target, nodes, rng, ['one', 'minority', 'majority', 'all']);
    const skews = nodes.map((node) => [node, drawSkew(mode, given, rng)] as const);
    // Who leads is not known yet: keep a skew for everybody.
    const kept = skews.filter(([node]) => drawn.nodes.length === 0 || drawn.nodes.includes(node));
    return { ...drawn, params: { ...given, skews: Object.fromEntries(kept) as unknown as Json } };
  },
  undoActions: () => [{ kind: 'none', because: 'the skew lives in the node processes and ends with them' }],
  effect(fault, targets) {
    const skews = fault.params['skews'] as unknown as Skews;
    return { skews: Object.fromEntries(targets.map((node) => [node, skews[node]!])) };
  },
  inject,
  undo,
};
