/**
 * Open-addressing hash tables over triples of 32-bit ints in typed arrays: an interner that gives dense ids,
 * and a set. A Map of strings would cost an object per entry where searches make millions.
 */

/** Mixes three ints to a non-negative hash (murmur-style avalanche). */
function hash(a: number, b: number, c: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0x9e3779b1), 0xc2b2ae35);
  h ^= h >>> 15;
  h = Math.imul(h, 0x27d4eb2f);
  return (h ^ (h >>> 13)) >>> 0;
}

/** Gives each distinct triple the next id, from 0. */
export class TripleInterner {
  /** Triples by id, three ints each. */
  #triples = new Int32Array(3 * 64);
  /** Id + 1 per slot, 0 when free. */
  #slots = new Int32Array(256);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Part 0, 1 or 2 of a triple. */
  part(id: number, which: 0 | 1 | 2): number {
    return this.#triples[3 * id + which]!;
  }

  /** The triple's id, a new one when it was not seen before. */
  intern(a: number, b: number, c: number): number {
    const triples = this.#triples;
    const mask = this.#slots.length - 1;
    let slot = hash(a, b, c) & mask;
    for (let held = this.#slots[slot]!; held !== 0; held = this.#slots[slot]!) {
      const at = 3 * (held - 1);
      if (triples[at] === a && triples[at + 1] === b && triples[at + 2] === c) return held - 1;
      slot = (slot + 1) & mask;
    }
    const id = this.#size++;
    this.#slots[slot] = id + 1;
    if (3 * id === triples.length) this.#growTriples();
    this.#triples[3 * id] = a;
    this.#triples[3 * id + 1] = b;
    this.#triples[3 * id + 2] = c;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return id;
  }

  #growTriples(): void {
    const grown = new Int32Array(this.#triples.length * 2);
    grown.set(this.#triples);
    this.#triples = grown;
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    const triples = this.#triples;
    for (let id = 0; id < this.#size; id++) {
      let slot = hash(triples[3 * id]!, triples[3 * id + 1]!, triples[3 * id + 2]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/** A set of triples whose third part is never negative: 24 to 48 bytes each. Whoever adds bounds it. */
export class TripleSet {
  /** Three ints per slot; third part + 1, so that 0 means free. */
  #slots = new Int32Array(3 << 10);
  #capacity = 1 << 10;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a triple; false when it was there. */
  add(a: number, b: number, c: number): boolean {
    const slots = this.#slots;
    const mask = this.#capacity - 1;
    const third = c + 1;
    let slot = hash(a, b, third) & mask;
    for (;;) {
      const at = 3 * slot;
      const held = slots[at + 2]!;
      if (held === 0) {
        slots[at] = a;
        slots[at + 1] = b;
        slots[at + 2] = third;
        break;
      }
      if (held === third && slots[at] === a && slots[at + 1] === b) return false;
      slot = (slot + 1) & mask;
    }
    this.#size++;
    if (this.#size * 2 > this.#capacity) this.#grow();
    return true;
  }

  #grow(): void {
    const old = this.#slots;
    const capacity = this.#capacity * (this.#capacity < 1 << 20 ? 4 : 2);
    const slots = new Int32Array(3 * capacity);
    const mask = capacity - 1;
    for (let at = 0; at < old.length; at += 3) {
      if (old[at + 2] === 0) continue;
      let slot = hash(old[at]!, old[at + 1]!, old[at + 2]!) & mask;
      while (slots[3 * slot + 2] !== 0) slot = (slot + 1) & mask;
      slots[3 * slot] = old[at]!;
      slots[3 * slot + 1] = old[at + 1]!;
      slots[3 * slot + 2] = old[at + 2]!;
    }
    this.#slots = slots;
    this.#capacity = capacity;
  }
}
