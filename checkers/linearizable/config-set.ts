/**
 * A set of configurations in typed arrays: model state, which pending operations have taken effect (64 bits in
 * two ints), and which optional operations were used. Searches make and forget millions of them.
 */

/** How a configuration was reached: the operations that took effect, last first. Kept only on request. */
export interface Path {
  op: number;
  before: Path | null;
}

/** Configurations in order of arrival, each once. */
export class ConfigSet {
  size = 0;
  state = new Int32Array(64);
  low = new Int32Array(64);
  high = new Int32Array(64);
  used = new Int32Array(64);
  /** By configuration; empty unless paths are kept. */
  paths: (Path | null)[] = [];
  /** Index + 1 per slot, 0 when free. */
  #slots = new Int32Array(256);

  /** Adds a configuration; false when it was there. */
  add(state: number, low: number, high: number, used: number): boolean {
    const mask = this.#slots.length - 1;
    let slot = hash(state, low, high, used) & mask;
    for (let held = this.#slots[slot]!; held !== 0; held = this.#slots[slot]!) {
      const at = held - 1;
      if (
        this.state[at] === state &&
        this.low[at] === low &&
        this.high[at] === high &&
        this.used[at] === used
      ) {
        return false;
      }
      slot = (slot + 1) & mask;
    }
    if (this.size === this.state.length) this.#growColumns();
    const at = this.size++;
    this.#slots[slot] = at + 1;
    this.state[at] = state;
    this.low[at] = low;
    this.high[at] = high;
    this.used[at] = used;
    if (this.size * 2 > this.#slots.length) this.#index(this.#slots.length * 4);
    return true;
  }

  /** Empties the set; what it grew to stays allocated unless that is much. */
  clear(): void {
    this.paths.length = 0;
    if (this.#slots.length > 1 << 14) {
      this.#slots = new Int32Array(256);
    } else if (this.size * 8 < this.#slots.length) {
      const mask = this.#slots.length - 1;
      for (let at = 0; at < this.size; at++) {
        // Clearing every slot of a run that starts at a home slot leaves none of the members behind.
        let slot = hash(this.state[at]!, this.low[at]!, this.high[at]!, this.used[at]!) & mask;
        for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) this.#slots[slot] = 0;
      }
    } else this.#slots.fill(0);
    this.size = 0;
  }

  #growColumns(): void {
    const length = this.state.length * 2;
    const grown = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const wider = new Int32Array(length);
      wider.set(column);
      return wider;
    };
    this.state = grown(this.state);
    this.low = grown(this.low);
    this.high = grown(this.high);
    this.used = grown(this.used);
  }

  #index(length: number): void {
    this.#slots = new Int32Array(length);
    const mask = length - 1;
    for (let at = 0; at < this.size; at++) {
      let slot = hash(this.state[at]!, this.low[at]!, this.high[at]!, this.used[at]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = at + 1;
    }
  }
}

function hash(state: number, low: number, high: number, used: number): number {
  let h = Math.imul(state ^ Math.imul(low, 0x85ebca6b), 0x9e3779b1);
  h ^= Math.imul(high, 0xc2b2ae35) ^ Math.imul(used, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

/** The bit of a slot in the low half, 0 for slots of the high half. */
export function lowBitOf(slot: number): number {
  return slot < 32 ? 1 << slot : 0;
}

/** The bit of a slot in the high half. */
export function highBitOf(slot: number): number {
  return slot < 32 ? 0 : 1 << (slot - 32);
}

/** Multisets of optional operations that were used, by dense id; 0 is the empty one. */
export class UsedSets {
  /** Pool numbers, ascending, repeated as often as used. */
  readonly #sets: number[][] = [[]];
  readonly #ids = new Map<string, number>([['', 0]]);
  readonly #plus = new Map<string, number>();

  get size(): number {
    return this.#sets.length;
  }

  /** How many operations of a pool a multiset holds. */
  count(id: number, pool: number): number {
    let count = 0;
    for (const member of this.#sets[id]!) if (member === pool) count++;
    return count;
  }

  /** The multiset with one more of a pool. */
  plus(id: number, pool: number): number {
    const key = `${id}+${pool}`;
    let sum = this.#plus.get(key);
    if (sum === undefined) {
      sum = this.idOf([...this.#sets[id]!, pool].sort((a, b) => a - b));
      this.#plus.set(key, sum);
    }
    return sum;
  }

  /** The members of a multiset. */
  members(id: number): readonly number[] {
    return this.#sets[id]!;
  }

  /** The id of these members, ascending. */
  idOf(members: number[]): number {
    const key = members.join();
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#sets.length;
      this.#ids.set(key, id);
      this.#sets.push(members);
    }
    return id;
  }

  /** Is every member of `a` in `b`, as often? */
  within(a: number, b: number): boolean {
    if (a === b || a === 0) return true;
    const [some, all] = [this.#sets[a]!, this.#sets[b]!];
    if (some.length > all.length) return false;
    let at = 0;
    for (const member of some) {
      while (at < all.length && all[at]! < member) at++;
      if (all[at++] !== member) return false;
    }
    return true;
  }
}

/** What two ascending lists share, as often as both have it. */
export function common(a: readonly number[], b: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      out.push(a[i++]!);
      j++;
    } else if (a[i]! < b[j]!) i++;
    else j++;
  }
  return out;
}
