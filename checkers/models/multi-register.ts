/**
 * Several registers that are read and written together in one atomic step.
 */
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import { type Model, ModelError, type ModelOp } from './model.ts';
import { same, text } from './values.ts';

/** Values by canonical key, sorted; registers that hold null are absent. */
type Registers = Readonly<Record<string, Json>>;

/** One read or write of a transaction. */
export interface Part {
  reads: boolean;
  key: string;
  value: Json;
}

const KINDS: Readonly<Record<string, boolean>> = { r: true, read: true, w: false, write: false };

/** What an operation does, in order; throws `ModelError` for anything but a list of reads and writes. */
export function partsOf(op: ModelOp): Part[] {
  const list = op.outcome === 'ok' && Array.isArray(op.output) ? op.output : op.input;
  const expected = 'a list of [read, key, value] and [write, key, value]';
  if (!Array.isArray(list)) throw new ModelError('multi-register', op, expected);
  return list.map((part) => {
    const kind = Array.isArray(part) && typeof part[0] === 'string' ? KINDS[part[0]] : undefined;
    if (kind === undefined) throw new ModelError('multi-register', op, expected);
    const [, key, value] = part as Json[];
    return { reads: kind, key: canonicalJson(key!), value: value ?? null };
  });
}

function step(state: Registers, op: ModelOp): Registers | undefined {
  let next: Record<string, Json> | null = null;
  for (const { reads, key, value } of partsOf(op)) {
    const held = (next ?? state)[key] ?? null;
    if (!reads) {
      next ??= { ...state };
      next[key] = value;
    } else if (op.outcome === 'ok' && !same(held, value)) return undefined;
  }
  return next ?? state;
}

/** The `multi-register` model. */
export const multiRegister: Model<Registers> = {
  name: 'multi-register',
  summary:
    'registers changed together: txn of [r, key, value] and [w, key, value] in order; initially null, or the option ' +
    'initial, an object of values by key',
  functions: { txn: { answers: true, readOnly: false, refusable: false } },
  independent: false,
  init(initial) {
    if (initial === null) return {};
    return Object.fromEntries(
      Object.entries(initial).map(([key, value]) => [canonicalJson(key), value as Json]),
    );
  },
  step,
  identity: (state) =>
    canonicalJson(Object.fromEntries(Object.entries(state).filter(([, value]) => value !== null))),
  readOnly: (op) => partsOf(op).every((part) => part.reads),
  describe: (state) =>
    `{${Object.entries(state)
      .map(([key, value]) => `${key}: ${text(value)}`)
      .join(', ')}}`,
  describeOp(op) {
    const open = op.outcome === 'info';
    return partsOf(op)
      .filter((part) => !open || !part.reads)
      .map(
        ({ reads, key, value }) =>
          `${reads ? 'read' : open ? 'may have written' : 'wrote'} ${key}: ${text(value)}`,
      )
      .join(', ');
  },
};
