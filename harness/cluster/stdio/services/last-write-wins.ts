/**
 * An eventually consistent store: two replicas that take requests at random and now and then learn from each
 * other; of two writes the one with the later Lamport timestamp stays.
 */
import type { Json } from '../../../op.ts';
import type { Rng } from '../../../random.ts';
import { type Body, runKeyValue } from './key-value.ts';

const REPLICAS = 2;

interface Replica {
  time: number;
  values: Map<string, { value: Json; time: number }>;
}

/** The replicas of a last-write-wins store. */
export class LastWriteWinsStore {
  readonly #rng: Rng;
  readonly #replicas: Replica[] = Array.from({ length: REPLICAS }, () => ({ time: 0, values: new Map() }));

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  handle(body: Body): Body {
    const [from, to, replica] = [0, 0, 0].map(() => this.#rng.pick(this.#replicas)) as [
      Replica,
      Replica,
      Replica,
    ];
    merge(from, to);
    return runKeyValue(
      body,
      {
        get: (key) => replica.values.get(key)?.value,
        set: (key, value) => void replica.values.set(key, { value, time: ++replica.time }),
      },
      false,
    );
  }
}

/** Brings what `from` knows to `to`; of equal timestamps the one that travels stays. */
function merge(from: Replica, to: Replica): void {
  if (from === to) return;
  for (const [key, entry] of from.values) {
    const own = to.values.get(key);
    if (own === undefined || own.time <= entry.time) to.values.set(key, entry);
  }
  to.time = Math.max(to.time, from.time);
}
