/**
 * Counters that converge: every node counts its own ups and downs, and of two states the larger number of each
 * node is the newer one. Both only grow, which is what makes the larger one the newer.
 */

/** What one node counted. */
export interface Entry {
  up: number;
  down: number;
}

/** A counter's state by node. */
export type Entries = Record<string, Entry>;

/** One counter on one node. */
export class Counter {
  readonly #bugs: ReadonlySet<string>;
  readonly entries = new Map<string, Entry>();

  constructor(bugs: ReadonlySet<string>) {
    this.#bugs = bugs;
  }

  /** Ups minus downs of all nodes. */
  get value(): number {
    let sum = 0;
    for (const { up, down } of this.entries.values()) sum += up - down;
    return sum;
  }

  /** Counts `delta` for a node; returns its entry. */
  add(node: string, delta: number): Entry {
    const { up, down } = this.entries.get(node) ?? { up: 0, down: 0 };
    // One number for both cannot tell a decrement from an old state.
    if (delta > 0 || this.#bugs.has('one-number')) return this.#set(node, { up: up + delta, down });
    return this.#set(node, { up, down: down - delta });
  }

  /** Takes in another node's state; returns the entries that changed. */
  merge(entries: Readonly<Entries>): Entries {
    const changed: Entries = {};
    for (const [node, theirs] of Object.entries(entries)) {
      const ours = this.entries.get(node) ?? { up: 0, down: 0 };
      const merged = this.#bugs.has('sum-on-merge')
        ? { up: ours.up + theirs.up, down: ours.down + theirs.down }
        : { up: Math.max(ours.up, theirs.up), down: Math.max(ours.down, theirs.down) };
      if (merged.up !== ours.up || merged.down !== ours.down) changed[node] = this.#set(node, merged);
    }
    return changed;
  }

  #set(node: string, entry: Entry): Entry {
    this.entries.set(node, entry);
    return entry;
  }
}
