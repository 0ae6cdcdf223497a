/**
 * A register with read, write and compare-and-set: `cas [from, to]` happens only when the register holds
 * `from`; refused, it tells that at some instant the register held something else.
 */
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import { type Model, ModelError, type ModelOp } from './model.ts';
import { same, text } from './values.ts';

/** The two sides of a `cas`; throws `ModelError` when the input is not a pair. */
export function casPair(op: ModelOp): [Json, Json] {
  if (!Array.isArray(op.input) || op.input.length !== 2) {
    throw new ModelError('cas-register', op, 'a pair [from, to]');
  }
  return [op.input[0]!, op.input[1]!];
}

/** A value no history writes, to stand for every value the operations do not mention. */
const UNMENTIONED: Json = { 'some other value': true };

function step(state: Json, op: ModelOp): Json | undefined {
  if (op.f === 'read') return op.outcome !== 'ok' || same(state, op.output) ? state : undefined;
  if (op.f === 'write') return op.input;
  const [from, to] = casPair(op);
  const holds = same(state, from);
  if (op.outcome === 'refused') return holds ? undefined : state;
  return holds ? to : undefined;
}

function mentioned(op: ModelOp): Json[] {
  if (op.f === 'read') return [op.output];
  return op.f === 'write' ? [op.input] : casPair(op);
}

function describeOp(op: ModelOp): string {
  const open = op.outcome === 'info';
  if (op.f === 'read') return `read ${text(op.output)}`;
  if (op.f === 'write') return `${open ? 'may have written' : 'wrote'} ${text(op.input)}`;
  const [from, to] = casPair(op).map(text);
  if (op.outcome === 'refused') return `was refused to change ${from} to ${to}`;
  return `${open ? 'may have changed' : 'changed'} ${from} to ${to}`;
}

/** The `cas-register` model. */
export const casRegister: Model = {
  name: 'cas-register',
  summary: 'a register: read, write, cas [from, to]; initially null',
  functions: {
    read: { answers: true, readOnly: true, refusable: false },
    write: { answers: false, readOnly: false, refusable: false },
    cas: { answers: false, readOnly: false, refusable: true },
  },
  independent: true,
  init: (initial) => initial,
  step,
  identity: canonicalJson,
  readOnly(op) {
    if (op.f === 'read' || op.outcome === 'refused') return true;
    return op.f === 'cas' && same(...casPair(op));
  },
  needs(op) {
    if (op.f === 'read') return op.outcome === 'ok' ? op.output : undefined;
    return op.f === 'cas' && op.outcome !== 'refused' ? casPair(op)[0] : undefined;
  },
  makes(op) {
    if (op.f === 'write') return op.input;
    return op.f === 'cas' && op.outcome !== 'refused' ? casPair(op)[1] : undefined;
  },
  representatives: (ops) => [UNMENTIONED, ...ops.flatMap(mentioned)],
  describe: text,
  describeOp,
};
