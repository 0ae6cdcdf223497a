/**
 * Two inserts for every key, at once: a client reads two tables for rows of the key and inserts one, into the
 * first or into the second, only if it found none. Both may be refused; the promise is that one of them at most
 * is acknowledged.
 */
import { concurrentKeys, type Generator, type OpTemplate, unfold } from '../harness/generator/index.ts';
import type { Seed } from '../harness/random.ts';
import type { Workload } from '../harness/workload.ts';

/** The two inserts of a key, in either order; ids are unique over all keys. */
function insertsOf(seed: Seed, key: number): Generator {
  return unfold<number | null>(seed.fork('key', key), null, (left, n, draws): [OpTemplate, number] | null => {
    if (n > 1) return null;
    const table = left ?? (draws.chance(0.5) ? 0 : 1);
    const id = 2 * key + table;
    return [{ f: 'insert', value: table === 0 ? [id, null] : [null, id] }, 1 - table];
  });
}

/** The `predicate` workload. */
export const predicate: Workload = {
  name: 'predicate',
  summary: 'pairs of inserts, each of which looks for the other first: write skew over predicates (Adya G2)',
  needs: ['insert'],
  options: {},
  build(_options, context) {
    return {
      generator: concurrentKeys(
        2,
        (n) => n,
        (key) => insertsOf(context.seed, key as number),
      ),
      checkers: [
        { name: 'g2', options: {} },
        { name: 'stats', options: {} },
      ],
    };
  },
};
