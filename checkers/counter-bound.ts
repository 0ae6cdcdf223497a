/**
 * The argument that a counter cannot have held what was read: what surely happened against it, what may have happened for
 * it, and how far these alone let it come.
 */
import { type History, NONE, OK } from '../harness/history/history.ts';
import type { Step } from '../harness/verdict.ts';
import { type Finding, ofKey, outcomeCode, step, who } from './evidence.ts';

/** A read beyond what was possible. */
export interface OutOfBound {
  history: History;
  /** By invocation: the amount it adds. */
  deltas: Float64Array;
  /** Invocations of changes of the counter. */
  changes: readonly number[];
  /** Of the read. */
  call: number;
  value: number;
  bound: number;
  /** 1: it is too high; -1: too low. */
  side: 1 | -1;
}

/** Its finding. O(changes log changes). */
export function boundFinding({ history, deltas, changes, call, value, bound, side }: OutOfBound): Finding {
  const key = history.key(call);
  const ret = history.pair(call);
  const by = changes.filter((c) => c < ret && deltas[c]! !== 0);
  const weight = (c: number): number => deltas[c]! * side;
  const possible = by.filter((c) => weight(c) > 0);
  // Sure changes against the read's side, largest first, until they prove it.
  const against = by
    .filter((c) => weight(c) < 0 && outcomeCode(history, c) === OK && history.pair(c) < call)
    .sort((a, b) => weight(a) - weight(b));
  let reach = possible.reduce((sum, c) => sum + weight(c), 0);
  const needed: number[] = [];
  for (const c of against) {
    if (reach < value * side) break;
    reach += weight(c);
    needed.push(c);
  }
  const words = side === 1 ? 'at most' : 'at least';
  const [sure, other, way] = side === 1 ? ['down', 'up', 'raise'] : ['up', 'down', 'lower'];
  const total = (calls: readonly number[]): number =>
    rounded(calls.reduce((sum, c) => sum + Math.abs(deltas[c]!), 0));
  const proof: Step[] = [];
  if (needed.length > 0) {
    const text =
      needed.length === 1
        ? `A change ${sure} by ${total(needed)} was acknowledged before the read.`
        : `${needed.length} changes ${sure}, acknowledged before the read, add up to ${total(needed)}.`;
    proof.push({ text, ops: halves(history, needed) });
  }
  const text =
    possible.length === 0
      ? `Nothing was counted ${other} before the read ended.`
      : possible.length === 1
        ? `One change ${other} that had begun before the read ended can ${way} it by ${total(possible)}.`
        : `All ${possible.length} changes ${other} that had begun before the read ended, also those of unknown outcome, can ${way} it by ${total(possible)} at most.`;
  proof.push({ text, ops: halves(history, possible) });
  return {
    sentence:
      `A counter${ofKey(key)} must hold what was added to it: the read of ${who(history, call)} had to ` +
      `be ${words} ${bound}, but it returned ${value}.`,
    steps: [
      ...proof,
      step(
        history,
        call,
        `A read returned ${value}: by these alone ${words} ${rounded(reach * side)} was possible, by all that was ` +
          `acknowledged before it ${words} ${bound}.`,
      ),
    ],
    key,
    detail: { value, bound },
  };
}

/** Invocations and completions of calls. */
export function halves(history: History, calls: readonly number[]): number[] {
  return calls.flatMap((c) => (history.pair(c) === NONE ? [c] : [c, history.pair(c)]));
}

/** Without the last digits that sums of fractions get wrong. */
function rounded(sum: number): number {
  return Number(sum.toPrecision(12));
}
