/**
 * Fault schedules whose faults wait for moments: right after a node began to lead, between a message and its
 * answer. Some runs hurt on the clock as well, for what needs both.
 */
import type { Fault } from '../harness/contracts.ts';
import type { Rng } from '../harness/random.ts';
import type { CaseFault } from '../harness/sim/triggers.ts';
import { FAULTS } from '../nemesis/index.ts';
import { drawFaults, drawnParams, type FaultFrame } from './draw-faults.ts';
import type { SeenMoment } from './moments.ts';

/** What a schedule is drawn for. */
export interface TriggerFrame extends Omit<FaultFrame, 'strategy'> {
  moments: readonly SeenMoment[];
}

/** Faults that wait, of one run. */
const COUNTS = [1, 2, 4, 8] as const;
/** How long after its moment a fault begins, ms: at once, within an answer, after one. */
const DELAYS_MS = [0, 0, 0.2, 1, 5] as const;

/** What can hurt the one node at which a moment came. */
const MODES: Readonly<Record<string, string>> = {
  kill: 'kill',
  pause: 'pause',
  partition: 'isolate-leader',
  disk: 'fail',
  clock: 'jump',
};

/** A schedule; every fault hits the node at which its moment came. */
export function drawTriggered(frame: TriggerFrame, rng: Rng): CaseFault[] {
  const kinds = frame.kinds.filter((kind) => Object.hasOwn(FAULTS, kind) && modeOf(kind) !== null);
  if (kinds.length === 0 || frame.moments.length === 0)
    return drawFaults({ ...frame, strategy: 'random' }, rng);
  const longest = rng.pick([100, 400, 1_200]);
  const { density, ...rest } = frame;
  const waiting = Array.from({ length: density ?? rng.pick(COUNTS) }, (_, i): CaseFault => {
    const moment = rng.pick(frame.moments);
    return waitingFault(`t${i + 1}`, rng.pick(kinds), moment, frame, rng.int(20, longest), rng);
  });
  const others = rng.chance(0.5) ? drawFaults({ ...rest, strategy: 'random' }, rng) : [];
  return [...waiting, ...others];
}

function waitingFault(
  id: string,
  name: string,
  moment: SeenMoment,
  frame: TriggerFrame,
  lastsMs: number,
  rng: Rng,
): CaseFault {
  const fault: Fault = FAULTS[name as keyof typeof FAULTS];
  const mode = modeOf(name)!;
  // Who is cut off says itself; everything else is given somebody, who is replaced.
  // How wrong a clock is belongs to its node: everybody's is drawn.
  const target = name === 'partition' ? undefined : name === 'clock' ? 'all' : 'one';
  const drawn = fault.plan(mode, drawnParams(fault, mode, rng), target, frame.nodes, rng);
  // Small numbers as often as large ones: what is rare should not be waited for in vain.
  const nth = Math.max(1, Math.floor(moment.times ** rng.float()));
  return {
    ...{ id, fault: name, mode, lane: fault.lane, atNs: 100e6, untilNs: (100 + lastsMs) * 1e6 },
    ...drawn,
    target: 'one',
    nodes: [],
    when: {
      on: moment.on,
      name: moment.name,
      nth,
      afterNs: rng.pick(DELAYS_MS) * 1e6,
      byNs: frame.loadMs * 1e6,
    },
  };
}

function modeOf(kind: string): string | null {
  const mode = MODES[kind];
  const modes = (FAULTS as Readonly<Record<string, Fault | undefined>>)[kind]?.modes;
  return mode !== undefined && modes !== undefined && Object.hasOwn(modes, mode) ? mode : null;
}
