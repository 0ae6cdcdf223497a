/**
 * Virtual time drives the core: what a generator would ask of clients that answer by a given rule. Pure and
 * instant; the plan's preview and the tests of generators use it, and it goes through the same core as a real
 * run, so what holds here holds there.
 */
import { type Roster, ThreadTable } from '../generator/context.ts';
import { from } from '../generator/data.ts';
import { Draws } from '../generator/draws.ts';
import type { Generator, GeneratorLike, OpDraft } from '../generator/generator.ts';
import type { Json, OpError, OpType, Process } from '../op.ts';
import { type Ending, InterpreterCore } from './core.ts';

/** How a simulated client answers. */
export interface SimulatedAnswer {
  afterNs: number;
  type: 'ok' | 'fail' | 'info';
  /** Default: the value of the invocation. */
  value?: Json;
  error?: OpError;
}

/** Decides answers; `draws` belong to this operation alone, which is number `n` of the simulation. */
export type AnswerRule = (op: OpDraft, draws: Draws, n: number) => SimulatedAnswer;

/** One half of an operation in a simulated history. */
export interface SimulatedOp {
  type: OpType;
  timeNs: number;
  thread: number | string;
  process: Process;
  f: string;
  key: Json | undefined;
  value: Json;
}

/** What came out of a simulation. */
export interface Simulation {
  history: SimulatedOp[];
  lines: string[];
  /** `bound`: it was cut off at a bound; `stalled`: nothing could make it go on. */
  end: 'done' | 'stalled' | 'bound';
  timeNs: number;
  /** The generator as it was left. */
  generator: Generator;
}

/** Where a simulation is cut off. */
export interface SimulationBounds {
  /** Default 10 000 invocations. */
  maxOps?: number;
  /** Default: none. */
  untilNs?: number;
  /** Invocations to count towards `maxOps`. Default: all. */
  counts?: (op: OpDraft) => boolean;
}

/** Every operation succeeds after 10 ns. */
export const perfect: AnswerRule = () => ({ afterNs: 10, type: 'ok' });
/** Every operation is indeterminate after 10 ns. */
export const crashing: AnswerRule = () => ({ afterNs: 10, type: 'info' });
/** Fail, info and ok in turn, after 0 to 20 ns. */
export const imperfect: AnswerRule = (_, draws, n) => ({
  afterNs: draws.int(0, 20),
  type: (['fail', 'info', 'ok'] as const)[n % 3]!,
});

interface InFlight {
  thread: number;
  endNs: number;
  ending: Ending;
  op: OpDraft;
  process: Process;
}

/** Runs a generator in virtual time. `seed` feeds the draws of the answer rule only. */
export function simulate(
  generator: GeneratorLike,
  roster: Roster,
  rule: AnswerRule = perfect,
  seed = 0,
  bounds: SimulationBounds = {},
): Simulation {
  const table = new ThreadTable(roster);
  const core = new InterpreterCore(table, from(generator));
  const maxOps = bounds.maxOps ?? 10_000;
  const untilNs = bounds.untilNs ?? Number.POSITIVE_INFINITY;
  const history: SimulatedOp[] = [];
  const lines: string[] = [];
  const open: InFlight[] = [];
  let now = 0;
  let counted = 0;
  let sent = 0;
  const result = (end: Simulation['end']): Simulation => ({
    history,
    lines,
    end,
    timeNs: now,
    generator: core.generator,
  });
  const finishFirst = (): void => {
    const { thread, endNs, ending, op, process } = open.shift()!;
    now = Math.max(now, endNs);
    core.complete(thread, ending, now);
    history.push({
      type: ending.type,
      timeNs: now,
      thread: roster.name(thread),
      process,
      f: op.f,
      key: op.key,
      value: ending.value,
    });
  };
  for (;;) {
    // Completions first, as in a real run: whatever has come back is known before anything new is sent.
    while (open.length > 0 && open[0]!.endNs <= now) finishFirst();
    const action = core.next(now);
    if (action.kind === 'done') return result(action.stalled ? 'stalled' : 'done');
    if (action.kind === 'log') lines.push(action.line);
    else if (action.kind === 'dispatch') {
      const { op, process } = action;
      if (bounds.counts === undefined || bounds.counts(op)) {
        if (counted >= maxOps) return result('bound');
        counted++;
      }
      history.push({
        type: 'invoke',
        timeNs: now,
        thread: roster.name(op.thread),
        process,
        f: op.f,
        key: op.key,
        value: op.value,
      });
      insert(open, inFlight(op, process, now, rule(op, new Draws(seed, sent), sent)));
      sent++;
    } else if (action.kind === 'drain') finishFirst();
    else {
      const next = Math.min(action.untilNs, open[0]?.endNs ?? Number.POSITIVE_INFINITY);
      if (next > untilNs) return result('bound');
      now = Math.max(now, next);
    }
  }
}

function inFlight(op: OpDraft, process: Process, now: number, answer: SimulatedAnswer): InFlight {
  const ending: Ending = {
    type: answer.type,
    value: answer.value ?? op.value,
    error: answer.error,
    restNs: 0,
  };
  return { thread: op.thread, endNs: now + answer.afterNs, ending, op, process };
}

/** Keeps the list sorted by end; equal ends keep their order of dispatch. O(open). */
function insert(open: InFlight[], item: InFlight): void {
  let at = open.length;
  while (at > 0 && open[at - 1]!.endNs > item.endNs) at--;
  open.splice(at, 0, item);
}

/** The invocations of a simulation. */
export function invocations(simulation: Simulation): SimulatedOp[] {
  return simulation.history.filter((op) => op.type === 'invoke');
}
