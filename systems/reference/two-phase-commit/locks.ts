/**
 * Locks on keys, shared for reading and exclusive for writing. Nobody waits for a lock: who cannot have all of
 * them at once gets none, so there are no deadlocks.
 */

/** Who holds one key. */
interface Holders {
  writer: string | null;
  readers: Set<string>;
}

/** The locks of one node. */
export class KeyLocks {
  readonly #keys = new Map<string, Holders>();

  /** Takes all of these locks for a transaction, or none. A key that is written needs no other lock. */
  take(txn: string, reads: Iterable<string>, writes: Iterable<string>): boolean {
    const [shared, exclusive] = [new Set(reads), new Set(writes)];
    for (const key of exclusive) {
      const holders = this.#keys.get(key);
      if (holders === undefined) continue;
      if (holders.writer !== null && holders.writer !== txn) return false;
      for (const reader of holders.readers) if (reader !== txn) return false;
    }
    for (const key of shared) {
      const writer = this.#keys.get(key)?.writer ?? null;
      if (writer !== null && writer !== txn) return false;
    }
    for (const key of exclusive) this.#of(key).writer = txn;
    for (const key of shared) this.#of(key).readers.add(txn);
    return true;
  }

  /** Gives back everything a transaction holds. O(locked keys). */
  release(txn: string): void {
    for (const [key, holders] of this.#keys) {
      if (holders.writer === txn) holders.writer = null;
      holders.readers.delete(txn);
      if (holders.writer === null && holders.readers.size === 0) this.#keys.delete(key);
    }
  }

  #of(key: string): Holders {
    let holders = this.#keys.get(key);
    if (holders === undefined) this.#keys.set(key, (holders = { writer: null, readers: new Set() }));
    return holders;
  }
}
