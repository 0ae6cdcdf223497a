/**
 * What refused cas operations add to a register that is linearizable without them: each says that at some
 * instant within it the value was another than the one it compared with.
 *
 * Most say nothing new: in every linearization the value was another at some instant of theirs. Some are
 * impossible: the value was certainly current throughout. What is neither is for the search to settle.
 */
import { NONE } from '../../harness/history/history.ts';
import { OPEN } from './problem.ts';
import { REFUSED, type RegisterColumns } from './register-columns.ts';
import type { Zones } from './zones.ts';

/** `refuted`: `op` was refused while `first` and `last` show that its value was current throughout. */
export type RefusalVerdict =
  | { verdict: 'satisfied' }
  | { verdict: 'unsure' }
  | { verdict: 'refuted'; op: number; first: number; last: number };

/** Judges every refused operation of columns that `zones` has just found valid. O(r log n). */
export function judgeRefusals(c: RegisterColumns, zones: Zones): RefusalVerdict {
  let unsure = false;
  for (let i = 0; i < c.size; i++) {
    if (c.kind[i] !== REFUSED) continue;
    const value = zones.groups.local(c.from[i]!);
    if (value >= zones.chainOf.length || zones.chainOf[value] === NONE) continue;
    const span = certainSpan(c, zones, value);
    if (span.from < c.call[i]! && c.ret[i]! < span.to) {
      return { verdict: 'refuted', op: i, first: span.first, last: span.last };
    }
    unsure ||= !satisfied(c, zones, i, value);
  }
  return unsure ? { verdict: 'unsure' } : { verdict: 'satisfied' };
}

interface Span {
  from: number;
  to: number;
  first: number;
  last: number;
}

/** From the first completion to the last invocation of the operations that saw this very value. */
function certainSpan(c: RegisterColumns, zones: Zones, value: number): Span {
  const { writer, firstRead, lastRead, successor } = zones.groups;
  const span: Span = { from: value === 0 ? -1 : OPEN, to: -1, first: NONE, last: NONE };
  for (const op of [writer[value]!, firstRead[value]!, successor[value]!]) {
    if (op !== NONE && c.ret[op]! < span.from) {
      span.from = c.ret[op]!;
      span.first = op;
    }
  }
  for (const op of [writer[value]!, lastRead[value]!, successor[value]!]) {
    if (op !== NONE && c.call[op]! > span.to) {
      span.to = c.call[op]!;
      span.last = op;
    }
  }
  return span;
}

/** In every linearization, the value is another at some instant of the operation. */
function satisfied(c: RegisterColumns, zones: Zones, i: number, value: number): boolean {
  const { writer, successor } = zones.groups;
  const { forward, forwards, firstRet, lastCall, chainOf } = zones;
  const [call, ret] = [c.call[i]!, c.ret[i]!];
  // Not yet written when it was invoked.
  if (writer[value] !== NONE && c.call[writer[value]!]! > call) return true;
  // Changed to another before it completed.
  if (successor[value] !== NONE && c.ret[successor[value]!]! < ret) return true;
  // Another chain was certainly current meanwhile.
  const chain = chainOf[value]!;
  const at = zones.forwardBefore(ret);
  for (let k = at; k >= 0 && k >= at - 1; k--) {
    const other = forward[k]!;
    if (other !== chain && lastCall[other]! > call) return true;
  }
  // A chain that certainly comes after this one had begun before it completed.
  if (firstRet[chain]! >= lastCall[chain]!) return false;
  const own = zones.forwardBefore(firstRet[chain]! + 1);
  return own + 1 < forwards && forward[own] === chain && firstRet[forward[own + 1]!]! < ret;
}
