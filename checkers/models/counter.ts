/**
 * A counter that is changed blindly and read.
 */

import type { Json } from '../../harness/op.ts';
import { greatest, least } from '../extent.ts';
import { type Model, ModelError, type ModelOp } from './model.ts';
import { text } from './values.ts';

/** By how much an operation changes the counter. */
export function deltaOf(op: ModelOp): number {
  const amount = op.input === null && op.f !== 'add' ? 1 : op.input;
  if (typeof amount !== 'number') throw new ModelError('counter', op, 'a number');
  return op.f === 'decrement' ? -amount : amount;
}

const MOST_STATES = 400;

/**
 * Every number from which one of these could be read after adding at most `up` and taking away at most `down`,
 * and one from which none could; none when there are too many.
 */
export function numbersAround(seen: readonly Json[], up: number, down: number): number[] {
  const numbers = seen.filter((value): value is number => Number.isSafeInteger(value));
  if (numbers.length === 0) return [0];
  const low = least(numbers) - up;
  const high = greatest(numbers) + down;
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || high - low > MOST_STATES) return [];
  return Array.from({ length: high - low + 2 }, (_, i) => low + i);
}

const numberOf = (initial: Json): number => (typeof initial === 'number' ? initial : 0);

/** The `counter` model. */
export const counter: Model<number> = {
  name: 'counter',
  summary:
    'a counter: increment n and decrement n (1 when no n is given), add n (may be negative), read; initially 0',
  functions: {
    increment: { answers: false, readOnly: false, refusable: false },
    decrement: { answers: false, readOnly: false, refusable: false },
    add: { answers: false, readOnly: false, refusable: false },
    read: { answers: true, readOnly: true, refusable: false },
  },
  independent: true,
  init: numberOf,
  step(count, op) {
    if (op.f === 'read') return op.outcome !== 'ok' || op.output === count ? count : undefined;
    return count + deltaOf(op);
  },
  identity: (count) => count,
  readOnly: (op) => op.f === 'read' || deltaOf(op) === 0,
  counts: true,
  representatives(ops) {
    const deltas = ops.filter((op) => op.f !== 'read').map(deltaOf);
    const sum = (sign: number): number => deltas.reduce((all, d) => all + Math.max(0, sign * d), 0);
    const seen = ops.filter((op) => op.f === 'read' && op.outcome === 'ok').map((op) => op.output);
    return numbersAround(seen, sum(1), sum(-1));
  },
  describe: String,
  describeOp(op) {
    if (op.f === 'read') return `read ${text(op.output)}`;
    const delta = deltaOf(op);
    const open = op.outcome === 'info' ? 'may have ' : '';
    return `${open}${delta < 0 ? 'taken away' : 'added'} ${Math.abs(delta)}`;
  },
};
