/**
 * Sets, element by element and read by read.
 */
import { jsonOf, listReads, type Oracle, ofClients, type PlainOp, repeated, textOf } from './plain.ts';

/** The oracle of `set-full`. O(elements * operations). */
export const setFullOracle: Oracle = {
  excuses: ['add'],
  light: true,
  charges(ops, options) {
    const adds = ofClients(ops, 'add');
    const reads = listReads(ops).map(({ op, list }) => ({ op, list, has: new Set(list) }));
    const elements = new Set([
      ...adds.map((add) => textOf(add.value)),
      ...reads.flatMap((read) => read.list),
    ]);
    const doubled = new Set(reads.flatMap(({ list }) => repeated(list)));
    return [...elements].flatMap((element) => {
      const about = jsonOf(element);
      const mine = adds.filter((add) => textOf(add.value) === element);
      const possible = mine.filter((add) => add.outcome !== 'fail');
      const having = reads.filter(({ has }) => has.has(element)).map(({ op }) => op);
      const missing = reads.filter(({ has }) => !has.has(element)).map(({ op }) => op);
      const kinds: string[] = [];
      if (doubled.has(element)) kinds.push('duplicated-element');
      if (having.some((read) => possible.every((add) => add.at > read.done))) {
        kinds.push(possible.length === 0 && mine.length > 0 ? 'aborted-read' : 'phantom-element');
      }
      if (possible.length > 0)
        kinds.push(...absences(possible, having, missing, options['linearizable'] === true));
      return kinds.map((kind) => ({ kind, about }));
    });
  },
};

function absences(
  possible: readonly PlainOp[],
  having: readonly PlainOp[],
  missing: readonly PlainOp[],
  linearizable: boolean,
): string[] {
  const proofs = [...possible.filter(({ outcome }) => outcome === 'ok'), ...having];
  const known = Math.min(...proofs.map(({ done }) => done));
  const late = missing.filter((read) => read.at > known);
  const kinds: string[] = [];
  const finals = [...having, ...missing].filter((read) => read.final && read.phased);
  const atEnd = Math.min(...finals.map(({ at }) => at));
  // Gone for good: missed at the end, by a read after which nobody had it, and by every final read.
  const gone = late.some(
    (read) =>
      read.final &&
      having.every((other) => other.at < read.at && other.at < atEnd) &&
      missing.every((other) => other.at <= read.at),
  );
  if (gone) kinds.push('lost-element');
  if (linearizable && late.length > 0) kinds.push('stale-read');
  return kinds;
}
