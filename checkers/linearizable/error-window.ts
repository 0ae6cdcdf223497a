/**
 * The moment of a violation: every configuration the operations before it allow, and why the failing one fits
 * none of them. What a reader would otherwise find out by trying the orders by hand.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Step } from '../../harness/verdict.ts';
import { replay } from './by-configurations.ts';
import { Configurations } from './configurations.ts';
import type { Core } from './core.ts';
import type { Inquiry } from './inquiry.ts';
import { modelOpAt, OPEN, type Problem } from './problem.ts';
import { ILLEGAL } from './state-table.ts';
import { actor, objectWord, withPairs } from './words.ts';

/** Cores larger than this are not replayed: their configurations would be no help to a reader. */
const MOST_OPERATIONS = 24;
const MOST_CONFIGURATIONS = 2_000;
/** Configurations that are told; the rest is counted. */
const TOLD = 3;
/** Operations of one order that are named. */
const NAMED = 4;
/** Later operations looked at for one that would have explained it. */
const LOOK_AHEAD = 2_000;

/** What is left just before the failing completion. */
export interface ErrorWindow {
  steps: Step[];
  /** For `detail`: what took effect, by history index of the invocation, and what the object held then. */
  configurations: Json;
}

/** One way things can stand: operations that took effect (positions in the core) and the state after them. */
interface Standing {
  state: number;
  path: number[];
}

/** The error window of a core; nothing when there is none worth telling. `keyCalls` are all invocations of its key. */
export function errorWindow(inquiry: Inquiry, core: Core, keyCalls: Int32Array): ErrorWindow {
  const { problem } = core;
  const say = (op: number): string => didWords(problem, op);
  const nothing: ErrorWindow = { steps: [], configurations: [] };
  if (problem.size > MOST_OPERATIONS) return nothing;
  const sets = new Configurations(problem.table, core.states, MOST_CONFIGURATIONS, true);
  let last: Standing[] = [];
  const end = replay(
    problem,
    sets,
    () => true,
    () => {
      last = [...sets.each()];
    },
  );
  if (end.verdict !== 'invalid') return nothing;
  const standings = distinct(core, last);
  if (standings.length === 0) return nothing;
  const { history } = inquiry;
  const table = problem.table;
  const steps = standings.slice(0, TOLD).map(({ state, path }): Step => {
    const calls = path.map((op) => problem.call[op]!);
    return {
      text:
        `${afterWords(history, problem, path, say)} the ${objectWord(table.model.name)} must hold ` +
        `${table.describe(state)}; ${actor(history, problem.call[end.op]!)} ${say(end.op)}.`,
      ops: withPairs(history, [...calls, problem.call[end.op]!]),
    };
  });
  if (standings.length > TOLD) {
    const more = standings.length - TOLD;
    steps.push({
      text: `${more} more ${more === 1 ? 'order leaves' : 'orders leave'} it no better.`,
      ops: [],
    });
  }
  const later = laterHelp(inquiry, problem, standings, end.op, keyCalls);
  if (later !== null) steps.push(later);
  return {
    steps,
    configurations: standings.slice(0, 16).map(({ state, path }) => ({
      after: path.map((op) => problem.call[op]!),
      holds: table.describe(state),
    })),
  };
}

/** Standings that read differently, without those that rest on a state no operation mentions. */
function distinct(core: Core, all: readonly Standing[]): Standing[] {
  const { table } = core.problem;
  const unmentioned = new Set(
    core.fromAnyState ? (table.model.representatives?.([]) ?? []).map((state) => table.stateOf(state)) : [],
  );
  const seen = new Set<string>();
  return all.filter(({ state, path }) => {
    // What held before any of them is nothing the core knows: it may have left out what came earlier.
    if (unmentioned.has(state) || path.length === 0) return false;
    const key = `${state}/${path.join()}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** What an operation of one order did in it, be it known from elsewhere or not. */
function didWords(problem: Problem, i: number): string {
  const { model } = problem.table;
  const op = problem.table.op(problem.cls[i]!);
  const known = op.outcome !== 'info' || model.functions[op.f]!.answers;
  return model.describeOp(known ? op : { ...op, outcome: 'ok' });
}

function afterWords(
  history: History,
  problem: Problem,
  path: readonly number[],
  say: (op: number) => string,
): string {
  const named = path.slice(-NAMED).map((op) => `${actor(history, problem.call[op]!)} ${say(op)}`);
  const hidden = path.length - named.length;
  return `After ${hidden > 0 ? `${hidden} more, then ` : ''}${named.join(', then ')}`;
}

/** The first operation that would have explained it, had it not been invoked only afterwards. */
function laterHelp(
  inquiry: Inquiry,
  problem: Problem,
  standings: readonly Standing[],
  culprit: number,
  keyCalls: Int32Array,
): Step | null {
  const { history, model, outcomes } = inquiry;
  const { table } = problem;
  const from = problem.ret[culprit]!;
  if (from === OPEN) return null;
  let looked = 0;
  const first = keyCalls.findIndex((call) => call > from);
  if (first < 0) return null;
  for (const call of keyCalls.subarray(first)) {
    if (++looked > LOOK_AHEAD) return null;
    const op = modelOpAt(history, model, outcomes, call);
    if (op === null || model.readOnly(op)) continue;
    const helps = standings.some(({ state }) => {
      const next = model.step(table.stateAt(state), op);
      return next !== undefined && table.step(table.stateOf(next), problem.cls[culprit]!) !== ILLEGAL;
    });
    if (!helps) continue;
    const text = `${actor(history, call)}, which ${model.describeOp(op)}, was not yet invoked then.`;
    return { text, ops: withPairs(history, [call]) };
  }
  return null;
}
