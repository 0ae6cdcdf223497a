/**
 * Promises about the order in which things are seen: every pair of reads, every read against every write.
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

/** The oracle of `monotonic`. O(n^2). */
export const monotonicOracle: Oracle = {
  charges(ops, options) {
    const scope = options['scope'] ?? 'process';
    const name = options['field'];
    const reads = ofClients(ops, 'read').flatMap((op) => {
      if (op.outcome !== 'ok') return [];
      const held = typeof name === 'string' ? field(op.answer, name) : undefined;
      const isMap = op.answer !== null && typeof op.answer === 'object' && !Array.isArray(op.answer);
      const value = typeof name === 'string' && isMap ? held : op.answer;
      return typeof value === 'number' ? [{ op, value }] : [];
    });
    const together = (a: PlainOp, b: PlainOp): boolean =>
      a.key === b.key &&
      (scope === 'global' || (scope === 'node' ? a.node === b.node : a.process === b.process));
    const back = reads.some((later) =>
      reads.some(
        (earlier) =>
          together(earlier.op, later.op) && earlier.op.done < later.op.at && later.value < earlier.value,
      ),
    );
    return back ? [{ kind: 'value-went-back' }] : [];
  },
};

/** The oracle of `sequential`. O(reads * writes^2). */
export const sequentialOracle: Oracle = {
  about: () => undefined,
  excuses: ['write', 'add'],
  charges(ops) {
    return byKey(ofClients(ops, 'write', 'add', 'read')).flatMap((of) => {
      const writes = of.filter(({ f, outcome }) => f !== 'read' && outcome !== 'fail');
      const twins = (write: PlainOp): PlainOp[] =>
        writes.filter((other) => textOf(other.value) === textOf(write.value));
      return listReads(of).flatMap(({ list }): Charge[] => {
        const charges: Charge[] = list
          .filter((value) => value !== 'null' && !writes.some((write) => textOf(write.value) === value))
          .map((value) => ({ kind: 'phantom-read', about: jsonOf(value) }));
        const seen = writes.filter(
          (write) => list.includes(textOf(write.value)) && twins(write).length === 1,
        );
        const skipped = writes.filter(
          (write) =>
            write.outcome === 'ok' && twins(write)[0] === write && !list.includes(textOf(write.value)),
        );
        const gap = seen.some((newer) =>
          skipped.some((older) => older.process === newer.process && older.at < newer.at),
        );
        return gap ? [...charges, { kind: 'out-of-order-visibility' }] : charges;
      });
    });
  },
};

/** The oracle of `causal-reverse`. O(reads * elements^2 * operations). */
export const causalReverseOracle: Oracle = {
  about: () => undefined,
  excuses: ['write', 'add'],
  charges(ops) {
    return byKey(ofClients(ops, 'write', 'add', 'read')).flatMap((of) => {
      const all = of.filter(({ f }) => f !== 'read');
      const reads = listReads(of);
      const possible = (value: string): PlainOp[] =>
        all.filter((write) => textOf(write.value) === value && write.outcome !== 'fail');
      const began = (value: string): number => Math.min(...possible(value).map(({ at }) => at));
      const known = (value: string): number =>
        Math.min(
          ...possible(value).map(({ outcome, done }) => (outcome === 'ok' ? done : Number.POSITIVE_INFINITY)),
          ...reads.map(({ op, list }) =>
            list.includes(value) && began(value) < op.done ? op.done : Number.POSITIVE_INFINITY,
          ),
        );
      const values = [...new Set(all.map((write) => textOf(write.value)))];
      return reads.flatMap(({ op, list }) => {
        const charges: Charge[] = list
          .filter((value) => began(value) > op.done)
          .map((value) => {
            const aborted =
              possible(value).length === 0 && all.some((write) => textOf(write.value) === value);
            return { kind: aborted ? 'aborted-read' : 'phantom-read', about: jsonOf(value) };
          });
        const seen = list.filter((value) => began(value) < op.done);
        const missing = values.filter((value) => possible(value).length > 0 && !list.includes(value));
        const reversed = seen.some((newer) => missing.some((older) => known(older) < began(newer)));
        return reversed ? [...charges, { kind: 'causal-reverse' }] : charges;
      });
    });
  },
};

/** The oracle of `read-your-deletes`. O(reads * deletes * adds). */
export const readYourDeletesOracle: Oracle = {
  excuses: ['add', 'write'],
  charges(ops, options) {
    const globally = options['scope'] === 'global';
    return byKey(ofClients(ops, 'add', 'write', 'delete', 'remove', 'read')).flatMap((of) => {
      const reads = listReads(of);
      return reads.flatMap(({ op: read, list }) =>
        [...new Set(list)].flatMap((value) => {
          const mine = of.filter((op) => op.f !== 'read' && textOf(op.value) === value);
          const adds = mine.filter(
            ({ f, outcome, at }) => ['add', 'write'].includes(f) && outcome !== 'fail' && at < read.done,
          );
          const deletes = mine.filter(
            ({ f, outcome, done, process }) =>
              ['delete', 'remove'].includes(f) &&
              outcome === 'ok' &&
              done < read.at &&
              (globally || process === read.process),
          );
          const bound = (deletion: PlainOp): boolean =>
            adds.every(
              (add) =>
                (add.outcome === 'ok' &&
                  add.done < deletion.at &&
                  (globally || add.process === read.process)) ||
                (adds.length === 1 &&
                  reads.some(
                    ({ op, list: shown }) =>
                      shown.includes(value) &&
                      op.done < deletion.at &&
                      (globally || op.process === read.process),
                  )),
            );
          const returned = adds.length > 0 && deletes.some(bound);
          return returned ? [{ kind: 'deleted-element-returned', about: jsonOf(value) }] : [];
        }),
      );
    });
  },
};

/** The oracle of `g2`. O(n^2). */
export const g2Oracle: Oracle = {
  charges(ops) {
    const done = ofClients(ops, 'insert').filter(({ outcome }) => outcome === 'ok');
    const name = ({ key, value }: PlainOp): string =>
      key === '' && Array.isArray(value) && Array.isArray(value[1]) ? textOf(value[0] as Json) : key;
    const both = done.some((a) => done.some((b) => a !== b && name(a) === name(b)));
    return both ? [{ kind: 'G2' }] : [];
  },
};
