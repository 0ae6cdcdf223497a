/**
 * What refused cas operations add to a register that is linearizable without them: each says that at some
 * instant within it the value was another than the one it compared with.
 *
 * Some are impossible: the value was certainly current throughout. If none is, a linearization that gives each
 * its instant is looked for; where none is found the search has to settle it.
 */
import { NONE } from '../../harness/history/history.ts';
import { OPEN } from './problem.ts';
import { REFUSED, type RegisterColumns } from './register-columns.ts';
import { refusalsFit } from './tenures.ts';
import type { Zones } from './zones.ts';

/** `refuted`: `op` was refused while `first` and `last` show that its value was current throughout. */
export type RefusalVerdict =
  | { verdict: 'satisfied' }
  | { verdict: 'unsure' }
  | { verdict: 'refuted'; op: number; first: number; last: number };

/** Judges every refused operation of columns that `zones` has just found valid. O(n log n). */
export function judgeRefusals(c: RegisterColumns, zones: Zones): RefusalVerdict {
  for (let i = 0; i < c.size; i++) {
    if (c.kind[i] !== REFUSED) continue;
    const value = zones.groups.local(c.from[i]!);
    if (value >= zones.values || zones.chainOf[value] === NONE) continue;
    const span = certainSpan(c, zones, value);
    if (span.from < c.call[i]! && c.ret[i]! < span.to) {
      return { verdict: 'refuted', op: i, first: span.first, last: span.last };
    }
  }
  return refusalsFit(c, zones) ? { verdict: 'satisfied' } : { verdict: 'unsure' };
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
