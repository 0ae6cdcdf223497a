/**
 * A map of strings that can be appended to: get, put, append. An absent key is the empty string.
 */
import type { Json } from '../../harness/op.ts';
import { type Model, ModelError, type ModelOp } from './model.ts';

/** A value no history holds, to stand for all that the operations do not mention. */
const UNMENTIONED = '\u0000some other value';

/** Text of a value; null is the empty text. */
export function textValue(op: ModelOp, value: Json): string {
  if (value === null) return '';
  if (typeof value !== 'string') throw new ModelError('append-kv', op, 'strings');
  return value;
}

function shortened(value: string): string {
  const brief = value.length > 80 ? `${value.slice(0, 36)}...${value.slice(-36)}` : value;
  return JSON.stringify(brief);
}

/** Every text that some of these operations can tell from others: what was read, less what was appended. */
function tellable(ops: readonly ModelOp[]): Set<string> {
  const appended = new Set(ops.filter((op) => op.f === 'append').map((op) => textValue(op, op.input)));
  appended.delete('');
  const lengths = new Set(Array.from(appended, (text) => text.length));
  const found = new Set<string>([UNMENTIONED]);
  for (const op of ops) if (op.f === 'get' && op.outcome === 'ok') found.add(textValue(op, op.output));
  for (const value of found) {
    for (const length of lengths) {
      const before = value.length - length;
      if (before >= 0 && appended.has(value.slice(before))) found.add(value.slice(0, before));
    }
  }
  return found;
}

/** The `append-kv` model. */
export const appendKv: Model<string> = {
  name: 'append-kv',
  summary: 'a map of strings: get, put s, append s, each with a key; initially empty strings',
  functions: {
    get: { answers: true, readOnly: true, refusable: false },
    put: { answers: false, readOnly: false, refusable: false },
    append: { answers: false, readOnly: false, refusable: false },
  },
  independent: true,
  init: (initial) => textValue({ f: 'initial', input: initial, output: null, outcome: 'ok' }, initial),
  step(value, op) {
    if (op.f === 'get') return op.outcome !== 'ok' || textValue(op, op.output) === value ? value : undefined;
    return op.f === 'put' ? textValue(op, op.input) : value + textValue(op, op.input);
  },
  identity: (value) => value,
  readOnly: (op) => op.f === 'get' || (op.f === 'append' && op.input === ''),
  representatives: (ops) => [...tellable(ops)],
  canonical(ops) {
    const known = tellable(ops);
    return { of: (value) => (known.has(value) ? value : UNMENTIONED) };
  },
  describe: shortened,
  describeOp(op) {
    if (op.f === 'get') return `got ${shortened(textValue(op, op.output))}`;
    const done = op.f === 'put' ? 'put' : 'appended';
    return `${op.outcome === 'info' ? 'may have ' : ''}${done} ${shortened(textValue(op, op.input))}`;
  },
};
