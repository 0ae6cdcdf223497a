/**
 * What queues, stacks and priority queues have in common: items go in one by one, and the item that is next to
 * come out can be taken or looked at. They differ in which item that is.
 */
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import { type Model, ModelError, type ModelOp } from './model.ts';
import { arrayOf, listed, same, text } from './values.ts';

/** One kind of collection. */
export interface CollectionKind {
  name: string;
  summary: string;
  insert: string;
  take: string;
  /** Both in the past tense. */
  inserted: string;
  taken: string;
  /** Where a new item goes in a collection whose first item comes out next. */
  place(items: readonly Json[], item: Json): readonly Json[];
  /** Complains about items it cannot hold. */
  accepts?(item: Json): string | null;
}

/** The model of a kind of collection. */
export function orderedCollection(kind: CollectionKind): Model<readonly Json[]> {
  const { insert, take } = kind;
  const looks = (op: ModelOp): boolean => op.f === 'peek';
  return {
    name: kind.name,
    summary: kind.summary,
    functions: {
      [insert]: { answers: false, readOnly: false, refusable: false },
      [take]: { answers: true, readOnly: false, refusable: true },
      peek: { answers: true, readOnly: true, refusable: true },
    },
    independent: true,
    init(initial) {
      const items = arrayOf(initial);
      if (items === undefined) {
        throw new ModelError(
          kind.name,
          { f: 'initial', input: initial, output: null, outcome: 'ok' },
          'a list',
        );
      }
      return items.reduce<readonly Json[]>((all, item) => kind.place(all, item), []);
    },
    step(items, op) {
      if (op.f === insert) {
        const complaint = op.input === null ? 'an item that is not null' : (kind.accepts?.(op.input) ?? null);
        if (complaint !== null) throw new ModelError(kind.name, op, complaint);
        return kind.place(items, op.input);
      }
      if (op.outcome === 'info') return looks(op) ? items : items.slice(1);
      if (op.output === null) return items.length === 0 ? items : undefined;
      if (items.length === 0 || !same(items[0]!, op.output)) return undefined;
      return looks(op) ? items : items.slice(1);
    },
    identity: canonicalJson as (items: readonly Json[]) => string,
    readOnly: (op) => looks(op) || (op.f === take && op.outcome !== 'info' && op.output === null),
    item(op) {
      const item = op.f === insert ? op.input : op.output;
      return item === null ? null : canonicalJson(item);
    },
    describe: listed,
    describeOp(op) {
      const open = op.outcome === 'info';
      if (op.f === insert) return `${open ? 'may have ' : ''}${kind.inserted} ${text(op.input)}`;
      const done = looks(op) ? 'seen' : kind.taken;
      if (open) return `may have ${done} ${op.output === null ? 'the next item' : text(op.output)}`;
      if (op.output === null) return `found it empty (${op.f})`;
      return `${looks(op) ? 'saw' : done} ${text(op.output)}${looks(op) ? ' at the front' : ''}`;
    },
  };
}
