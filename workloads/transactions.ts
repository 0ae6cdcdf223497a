/**
 * Transactions over a few keys at a time: a key gives way to a fresh one once it was written so often. Values are
 * unique per key, keys early in the list are used most.
 */
import { type Draws, type Generator, type OpTemplate, unfold } from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Seed } from '../harness/random.ts';

/** What transactions look like. */
export interface TransactionShape {
  /** How a write is called: `append` or `w`. */
  write: string;
  /** Keys in use at a time. */
  keys: number;
  /** Writes after which a key is retired. */
  writesPerKey: number;
  /** Most micro-operations. */
  length: number;
  /** Share of reads. */
  reads: number;
}

/** The keys in use, each with the writes it has had; the next fresh key. */
interface Pool {
  readonly keys: readonly { key: number; writes: number }[];
  readonly next: number;
}

/** An endless stream of `txn` operations. */
export function transactions(seed: Seed, shape: TransactionShape): Generator {
  const keys = Array.from({ length: shape.keys }, (_, key) => ({ key, writes: 0 }));
  const start: Pool = { keys, next: shape.keys };
  return unfold<Pool>(seed, start, (pool, _, draws) => transaction(pool, shape, draws));
}

function transaction(start: Pool, shape: TransactionShape, draws: Draws): [OpTemplate, Pool] {
  let pool = start;
  const mops: Json[] = [];
  for (let left = draws.int(1, shape.length); left > 0; left--) {
    // The smaller of two draws: some keys are contended, some hardly used.
    const at = Math.min(draws.int(0, shape.keys - 1), draws.int(0, shape.keys - 1));
    const { key, writes } = pool.keys[at]!;
    if (draws.chance(shape.reads)) mops.push(['r', key, null]);
    else {
      mops.push([shape.write, key, writes + 1]);
      pool = written(pool, at, shape.writesPerKey);
    }
  }
  return [{ f: 'txn', value: mops }, pool];
}

function written({ keys, next }: Pool, at: number, most: number): Pool {
  const { key, writes } = keys[at]!;
  const fresh = writes + 1 >= most;
  const now = fresh ? { key: next, writes: 0 } : { key, writes: writes + 1 };
  return { keys: keys.map((one, i) => (i === at ? now : one)), next: fresh ? next + 1 : next };
}
