/**
 * From a small invalid core to an anomaly people can follow. The core is first shown to the brute-force
 * oracle; what it does not confirm is not an anomaly but a fault of ours.
 */

import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly } from '../../harness/verdict.ts';
import type { Budget } from '../contract.ts';
import { least } from '../extent.ts';
import { bruteLinearizable, MAX_BRUTE } from './brute.ts';
import type { Core } from './core.ts';
import { type ErrorWindow, errorWindow } from './error-window.ts';
import type { Inquiry } from './inquiry.ts';
import { kindOf } from './kinds.ts';
import { OPEN, type Problem } from './problem.ts';
import { type SearchResult, search } from './search.ts';
import { ILLEGAL } from './state-table.ts';
import { actor, deed, drawnOp, interval, objectWord, subject, withPairs } from './words.ts';

/**
 * What an independent look says: `invalid` when no order explains the core from any of its states, `valid`
 * should there be one after all, `limit` when it could not be told within the budget.
 */
export function secondLook(core: Core, budget: Budget): SecondLook {
  let exhaustive = true;
  for (const initial of core.states) {
    const brute = bruteLinearizable(core.problem, initial);
    if (brute === false) continue;
    if (brute === true) return { verdict: 'valid', exhaustive };
    exhaustive = false;
    // Too many for the oracle: hash keys of another salt make a repeated collision as unlikely as it gets.
    const verdict = searchAgain(core.problem, initial, budget);
    if (verdict !== 'invalid') return { verdict, exhaustive };
  }
  return { verdict: 'invalid', exhaustive };
}

/** What came of a second look, and whether it tried every order there is. */
export interface SecondLook {
  verdict: SearchResult['verdict'];
  exhaustive: boolean;
}

/** What is invalid although every optional operation may happen any number of times is soon seen to be. */
function searchAgain(problem: Problem, initial: number, budget: Budget): SearchResult['verdict'] {
  const limits = { configurations: 1 << 23, initial, budget, salt: 0x5bd1e995 };
  if (search(problem, 'endless', { ...limits, steps: 1e6 + 100 * problem.size }).verdict === 'invalid') {
    return 'invalid';
  }
  return search(problem, 'exact', { ...limits, steps: Number.MAX_SAFE_INTEGER }).verdict;
}

/** The anomaly a core shows. `key` is the id of the key, or NONE; `keyCalls` are all invocations of it. */
export function explain(
  inquiry: Inquiry,
  core: Core,
  key: number,
  keyCalls: Int32Array,
  exhaustive: boolean,
): Anomaly {
  const { history } = inquiry;
  const { problem } = core;
  const culprit = lastReturned(problem);
  const call = problem.call[culprit]!;
  const { kind, because, ops } = kindOf(inquiry, core, culprit, keyCalls);
  const calls = [...problem.call];
  const shown = [...new Set([...calls, ...ops])];
  // Where the value came from is the whole reason, what the object held instead says nothing.
  const possible = because === null && core.partial !== true ? possibleStates(core, culprit) : [];
  const name = problem.table.model.name;
  const window = core.partial ? NO_WINDOW : errorWindow(inquiry, core, keyCalls);
  const anomaly: Anomaly = {
    kind,
    sentence:
      `${subject(history, key, name)} was promised to be linearizable, but ${actor(history, call)} ` +
      `${sayOf(problem, culprit)}${clause(because, possible)} (${interval(history, call, false)}).`,
    certainty: 'proved',
    ops: withPairs(history, shown),
    steps: [
      ...calls.map((at, i) => ({
        text: `${deed(history, at, sayOf(problem, i), problem.ret[i] === OPEN)}.`,
        ops: withPairs(history, [at]),
      })),
      ...window.steps,
      {
        text: verdictText(core, possible, objectWord(name)) + lookText(problem, exhaustive),
        ops: withPairs(history, [call]),
      },
    ],
    fromNs: least(shown.map((at) => history.time(at))),
    toNs: history.time(history.pair(call)),
    detail: {
      ...detailOf(history, core, culprit, possible),
      exhaustive,
      configurations: window.configurations,
    },
  };
  if (key >= 0) anomaly.key = history.values.get(key);
  return anomaly;
}

function clause(because: string | null, possible: readonly string[]): string {
  if (because !== null) return `, ${because}`;
  return possible.length === 0 ? '' : `, when it could only hold ${possible.join(' or ')}`;
}

function detailOf(
  history: History,
  core: Core,
  culprit: number,
  possible: string[],
): { [name: string]: Json } {
  const { problem, fromAnyState } = core;
  return {
    model: problem.table.model.name,
    culprit: problem.call[culprit]!,
    possible,
    fromAnyState,
    startsFrom: startsFrom(core),
    window: [...problem.call].map((at, i) => {
      const op = problem.table.op(problem.cls[i]!);
      return drawnOp(history, at, op, sayOf(problem, i), problem.ret[i] === OPEN);
    }),
  };
}

/** What the object can have held before a witness that leaves out what came before it; null for others. */
function startsFrom({ fromAnyState, from, states, problem }: Core): string[] | null {
  if (fromAnyState || from < 0) return null;
  return states.map((state) => problem.table.describe(state));
}

/** What is left out would make false statements of what the object held. */
const NO_WINDOW: ErrorWindow = { steps: [], configurations: [] };

/** How sure that is, where not every order was tried one by one. */
function lookText({ size }: Problem, exhaustive: boolean): string {
  if (exhaustive) return '';
  return ` These ${size} operations are too many to try every order: two searches with different hash keys found none.`;
}

function verdictText(core: Core, possible: readonly string[], model: string): string {
  const began = startsFrom(core);
  const start = core.fromAnyState
    ? `, whatever the ${model} held before them`
    : began === null
      ? ''
      : `, after operations that left the ${model} holding ${began.join(' or ')}`;
  const without = core.partial ? ' Operations that make no difference to it are left out.' : '';
  const held = possible.length === 0 ? '' : `: it could only hold ${possible.join(' or ')} then`;
  return `No order of these operations explains the last answer${start}${held}.${without}`;
}

function sayOf(problem: Problem, i: number): string {
  const op = problem.table.op(problem.cls[i]!);
  const open = problem.ret[i] === OPEN;
  return problem.table.model.describeOp(open ? { ...op, outcome: 'info' } : op);
}

/** Of the operations that must have happened, the one that completed last. */
function lastReturned(problem: Problem): number {
  let last = 0;
  for (let i = 0; i < problem.size; i++) {
    const ret = problem.ret[i]!;
    if (ret !== OPEN && (problem.ret[last] === OPEN || ret > problem.ret[last]!)) last = i;
  }
  return last;
}

/** The states that are possible, by the other operations, at some instant at which the culprit could happen. */
function possibleStates(core: Core, culprit: number): string[] {
  const { size, call, ret, cls, table } = core.problem;
  if (size > MAX_BRUTE) return [];
  let before = 0;
  for (let i = 0; i < size; i++) if (ret[i]! < call[culprit]!) before |= 1 << i;
  const found = new Set<number>();
  const seen = new Set<string>();
  const pending = core.states.map((state) => ({ done: 0, state }));
  for (let top = pending.pop(); top !== undefined; top = pending.pop()) {
    const { done, state } = top;
    if ((done & before) === before) found.add(state);
    let firstReturn = OPEN;
    for (let i = 0; i < size; i++) {
      if ((done & (1 << i)) === 0 && ret[i]! < firstReturn) firstReturn = ret[i]!;
    }
    for (let i = 0; i < size; i++) {
      if (i === culprit || (done & (1 << i)) !== 0 || call[i]! > firstReturn) continue;
      const next = table.step(state, cls[i]!);
      if (next === ILLEGAL || seen.has(`${done | (1 << i)}/${next}`)) continue;
      seen.add(`${done | (1 << i)}/${next}`);
      pending.push({ done: done | (1 << i), state: next });
    }
  }
  // What the operations do not mention is no help to a reader, and so is a long list.
  const unmentioned = table.model.representatives?.([]).map((state) => table.stateOf(state)) ?? [];
  // A state from which the culprit could happen, only nothing after it, would make a false argument.
  if ([...found].some((state) => table.step(state, cls[culprit]!) !== ILLEGAL)) return [];
  if (found.size > 6 || unmentioned.some((state) => found.has(state))) return [];
  return [...found].map((state) => table.describe(state)).sort();
}
