/**
 * Fault schedules of short runs, drawn from a stream: how many, which, on whom, for how long.
 */
import type { Fault, NodeId, PlannedFault, TargetSpec } from '../harness/contracts.ts';
import { ImpossibleFault } from '../harness/faults/parameters.ts';
import type { Json } from '../harness/op.ts';
import type { Rng } from '../harness/random.ts';
import type { FaultHint } from '../harness/search-hints.ts';
import { FAULTS } from '../nemesis/index.ts';

/** What a schedule is drawn for. */
export interface FaultFrame {
  strategy: 'dense' | 'swarm' | 'random';
  kinds: readonly string[];
  nodes: readonly NodeId[];
  /** Whether somebody can be asked who leads. */
  leads: boolean;
  loadMs: number;
  /** Draws from these instead of `kinds`, so many. */
  hints?: readonly FaultHint[];
  count?: number;
  /** Draws so many, whatever else is said. */
  density?: number;
}

/** Faults in the load of a dense schedule. */
const DENSITIES = [3, 10, 20, 40] as const;
const SPARSE = 8;

/** A schedule; faults may overlap. No disk lies: hardly any system promises to survive that. */
export function drawFaults(frame: FaultFrame, rng: Rng): PlannedFault[] {
  const { strategy, loadMs } = frame;
  const hints = frame.hints ?? frame.kinds.map((fault) => ({ fault }));
  const kinds = strategy === 'swarm' && frame.hints === undefined ? someOf(hints, rng) : hints;
  if (kinds.length === 0) return [];
  const count = frame.density ?? frame.count ?? (strategy === 'random' ? SPARSE : rng.pick(DENSITIES));
  // Faults that come one after the other let a cluster recover between them.
  const longest = rng.pick([100, 400, 1_200]);
  return Array.from({ length: count }, (_, i) => {
    const atMs = 100 + rng.int(0, Math.max(1, loadMs - 200));
    const lastsMs = rng.int(20, longest);
    const hint: FaultHint = rng.pick(kinds);
    const when = { atMs, lastsMs: hint.lastsMs === undefined ? lastsMs : rng.int(...hint.lastsMs) };
    return possible(() => drawFault(`f${i + 1}`, hint, frame, when, rng));
  })
    .filter((fault) => fault !== null)
    .sort((a, b) => a.atNs - b.atNs);
}

/** Null for a fault that needs more nodes than there are. */
function possible(draw: () => PlannedFault): PlannedFault | null {
  try {
    return draw();
  } catch (error) {
    if (error instanceof ImpossibleFault) return null;
    throw error;
  }
}

function someOf(kinds: readonly FaultHint[], rng: Rng): FaultHint[] {
  const some = kinds.filter(() => rng.chance(0.5));
  return some.length > 0 || kinds.length === 0 ? some : [rng.pick(kinds)];
}

interface When {
  atMs: number;
  lastsMs: number;
}

function drawFault(id: string, hint: FaultHint, frame: FaultFrame, when: When, rng: Rng): PlannedFault {
  const name = hint.fault;
  const fault: Fault = FAULTS[name as keyof typeof FAULTS];
  const modes = Object.keys(fault.modes).filter(
    (mode) =>
      mode !== 'explicit' &&
      mode !== 'lie' &&
      (frame.leads || !mode.includes('leader')) &&
      (frame.nodes.length > 3 || mode !== 'minority-third'),
  );
  const mode = hint.mode ?? rng.pick(modes);
  const target = hint.target ?? drawTarget(fault, mode, frame, rng);
  const params = hint.params ?? drawnParams(fault, mode, rng);
  const drawn = fault.plan(mode, { ...params }, target, frame.nodes, rng);
  const atNs = when.atMs * 1e6;
  return { id, fault: name, mode, lane: fault.lane, atNs, untilNs: atNs + when.lastsMs * 1e6, ...drawn };
}

function drawTarget(fault: Fault, mode: string, frame: FaultFrame, rng: Rng): TargetSpec | undefined {
  // Who lies is settled by the fault itself.
  if (fault.name === 'partition' || fault.name === 'byzantine') return undefined;
  const targets: TargetSpec[] = ['one', 'minority', 'all'];
  if (frame.leads && mode !== 'isolate-leader') targets.push('leader', 'leader');
  return rng.pick(targets);
}

/** Those of these parameters that the mode has. */
function known(fault: Fault, mode: string, params: Record<string, Json>): Record<string, Json> {
  const names = fault.modes[mode]?.params ?? {};
  return Object.fromEntries(Object.entries(params).filter(([name]) => Object.hasOwn(names, name)));
}

/** Parameters of a mode of a fault, within what short runs can tell apart. */
export function drawnParams(fault: Fault, mode: string, rng: Rng): Record<string, Json> {
  return known(fault, mode, drawParams(fault.name, mode, rng));
}

function drawParams(name: string, mode: string, rng: Rng): Record<string, Json> {
  switch (name) {
    case 'latency':
      return { ms: rng.pick([5, 20, 80]), direction: rng.pick(['both', 'in', 'out']) };
    case 'slow':
      // Many may add up, and what is late must have come before the final reads.
      return { ms: rng.pick([5, 20, 80]), jitterMs: rng.pick([0, 10]) };
    case 'loss':
    case 'duplicate':
    case 'reorder':
      return {
        probability: rng.pick([0.1, 0.3, 0.6]),
        direction: rng.pick(['both', 'in', 'out']),
        // Never on a request that comes twice: of one whose copies are answered differently nobody knows the fate.
        ...(name === 'loss' ? { clients: rng.chance(0.3) } : {}),
      };
    case 'disk':
      return mode === 'slow' ? { ms: rng.pick([5, 30, 100]) } : {};
    case 'partition':
      return { clients: rng.chance(0.2) };
    default:
      return {};
  }
}
