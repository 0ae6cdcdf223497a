/**
 * What must hold in the end: sets that converge, last writes that win, siblings that are kept.
 */
import type { Json } from '../../harness/op.ts';
import {
  byKey,
  type Charge,
  field,
  jsonOf,
  listReads,
  type Oracle,
  ofClients,
  type PlainOp,
  textOf,
} from './plain.ts';

/** When a change surely had ended, or began when its outcome is not known. */
const ended = (op: PlainOp): number => (op.outcome === 'ok' ? op.done : op.at);

/** The oracle of `eventual-set`. O(reads * elements * operations). */
export const eventualSetOracle: Oracle = {
  about: () => undefined,
  charges(ops) {
    const phased = ops.some((op) => op.phased);
    return byKey(ofClients(ops, 'add', 'remove', 'read')).flatMap((of) => {
      const changes = of.filter(({ f, outcome }) => f !== 'read' && outcome !== 'fail');
      const last = Math.max(-1, ...changes.map(ended));
      const reads = listReads(of).filter(({ op }) => (phased ? op.phased && op.final : op.at >= last));
      return reads.flatMap(({ op, list }) => {
        const values = new Set([...of.filter(({ f }) => f !== 'read').map((o) => textOf(o.value)), ...list]);
        return [...values].flatMap((value) => {
          const kind = converged(
            of.filter((o) => o.f !== 'read' && textOf(o.value) === value),
            op,
            list.includes(value),
          );
          return kind === null ? [] : [{ kind, about: jsonOf(value) }];
        });
      });
    });
  },
};

function converged(ops: readonly PlainOp[], read: PlainOp, present: boolean): string | null {
  const adds = ops.filter(({ f, outcome }) => f === 'add' && outcome !== 'fail');
  const removes = ops.filter(({ f, outcome }) => f === 'remove' && outcome !== 'fail');
  const over = (op: PlainOp, before: number): boolean => op.outcome === 'ok' && op.done < before;
  if (!present) {
    const lost = adds.some(
      (add) => over(add, read.at) && removes.every((remove) => remove.at > read.done || over(remove, add.at)),
    );
    return lost ? 'lost-element' : null;
  }
  if (adds.every(({ at }) => at > read.done)) {
    return ops.some(({ f, outcome }) => f === 'add' && outcome === 'fail')
      ? 'aborted-read'
      : 'phantom-element';
  }
  const gone = removes.some((remove) => over(remove, read.at) && adds.every((add) => over(add, remove.at)));
  return gone ? 'removed-element-returned' : null;
}

/** The oracle of `last-write-wins`. O(reads * writes). */
export const lastWriteWinsOracle: Oracle = {
  about: () => undefined,
  charges(ops) {
    const phased = ops.some((op) => op.phased);
    const clients = ops.filter(({ process, lone }) => process >= 0 && !lone);
    return byKey(clients).flatMap((of) => {
      if (of.some(({ f }) => f !== 'read' && f !== 'write')) return [];
      const all = of.filter(({ f, outcome }) => f === 'write' && outcome !== 'fail');
      const twins = (value: Json): PlainOp[] => all.filter((write) => textOf(write.value) === textOf(value));
      const acked = all.filter((write) => write.outcome === 'ok' && twins(write.value).length === 1);
      const reads = of.filter(({ f, outcome }) => f === 'read' && outcome === 'ok');
      const finals = phased ? reads.filter((read) => read.phased && read.final) : reads.slice(-1);
      const lost = finals
        .filter((read) => all.every((write) => ended(write) < read.at))
        .some((read) => {
          const found = twins(read.answer);
          if (found.length === 0) return read.answer === null && acked.length > 0;
          const [winner] = found;
          if (found.length > 1 || winner!.outcome !== 'ok') return false;
          return acked.some(
            (write) =>
              write !== winner &&
              (write.at > winner!.done || (write.process === winner!.process && write.at > winner!.at)),
          );
        });
      return lost ? [{ kind: 'lost-write' }] : [];
    });
  },
};

interface Put {
  op: PlainOp;
  value: string;
  context: string[];
}

/** The oracle of `siblings`. O(gets * values * puts^2). */
export const siblingsOracle: Oracle = {
  about: () => undefined,
  charges(ops) {
    return byKey(ofClients(ops, 'put', 'get')).flatMap((of) => {
      const all = of.filter(({ f }) => f === 'put').map(putOf);
      const puts = all.filter(({ value }) => all.filter((other) => other.value === value).length === 1);
      const known = new Set(all.map(({ value }) => value));
      return of
        .filter(({ f, outcome }) => f === 'get' && outcome === 'ok')
        .flatMap((get) => shown(get, puts, known));
    });
  },
};

function putOf(op: PlainOp): Put {
  const stored = field(op.value, 'value');
  if (stored === undefined) return { op, value: textOf(op.value), context: [] };
  const context = field(op.value, 'context');
  return { op, value: textOf(stored), context: Array.isArray(context) ? context.map(textOf) : [] };
}

/** Everything these values supersede, at once or through others. */
function superseded(values: readonly string[], puts: readonly Put[]): Set<string> {
  const gone = new Set<string>();
  const reached = new Set(values);
  for (let before = -1; before !== reached.size + gone.size; ) {
    before = reached.size + gone.size;
    for (const { value, context } of puts) {
      if (!reached.has(value)) continue;
      for (const older of context) {
        if (older === value) continue;
        gone.add(older);
        reached.add(older);
      }
    }
  }
  return gone;
}

function shown(get: PlainOp, puts: readonly Put[], known: ReadonlySet<string>): Charge[] {
  const answer = get.answer === null ? [] : Array.isArray(get.answer) ? get.answer : [get.answer];
  const here = [...new Set(answer.map(textOf))];
  const put = (value: string): Put | undefined => puts.find((each) => each.value === value);
  const charges: Charge[] = [];
  const beside = superseded(here, puts);
  for (const value of here) {
    if (!known.has(value) || put(value)?.op.outcome === 'fail') charges.push({ kind: 'phantom-value' });
    if (put(value) !== undefined && beside.has(value)) charges.push({ kind: 'false-sibling' });
  }
  if (!get.phased || !get.final) return charges;
  const settled = puts.filter(({ op }) => op.outcome === 'ok' && op.done < get.at).map(({ value }) => value);
  const overwritten = superseded(settled, puts);
  const back = here.filter(
    (value) => put(value) !== undefined && overwritten.has(value) && !beside.has(value),
  );
  if (back.length > 0) charges.push({ kind: 'resurrected-value' });
  const lost = settled.some(
    (value) =>
      !here.includes(value) &&
      !beside.has(value) &&
      !overwritten.has(value) &&
      !back.some((old) => superseded([value], puts).has(old)),
  );
  return lost ? [...charges, { kind: 'lost-write' }] : charges;
}
