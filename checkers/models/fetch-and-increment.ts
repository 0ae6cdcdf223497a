/**
 * A counter whose increments tell what it held before them: tickets, sequence numbers.
 */
import { numbersAround } from './counter.ts';
import type { Model } from './model.ts';
import { text } from './values.ts';

/** The `fetch-and-increment` model. */
export const fetchAndIncrement: Model<number> = {
  name: 'fetch-and-increment',
  summary:
    'fetch-and-increment (or increment) completes with the number before it and adds one; read (or get); initially 0',
  functions: {
    'fetch-and-increment': { answers: true, readOnly: false, refusable: false },
    increment: { answers: true, readOnly: false, refusable: false },
    read: { answers: true, readOnly: true, refusable: false },
    get: { answers: true, readOnly: true, refusable: false },
  },
  independent: true,
  init: (initial) => (typeof initial === 'number' ? initial : 0),
  step(next, op) {
    if (op.outcome === 'ok' && op.output !== next) return undefined;
    return op.f === 'read' || op.f === 'get' ? next : next + 1;
  },
  identity: (next) => next,
  readOnly: (op) => op.f === 'read' || op.f === 'get',
  counts: true,
  representatives(ops) {
    const seen = ops.filter((op) => op.outcome === 'ok').map((op) => op.output);
    return numbersAround(seen, ops.filter((op) => op.f !== 'read' && op.f !== 'get').length, 0);
  },
  describe: String,
  describeOp(op) {
    if (op.f === 'read' || op.f === 'get') return `read ${text(op.output)}`;
    return op.outcome === 'info' ? 'may have taken a number' : `took the number ${text(op.output)}`;
  },
};
