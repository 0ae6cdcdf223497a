/**
 * Seeded, splittable randomness. A stream is addressed by its path of names from the seed, never by draw
 * order, so adding a draw or a stream anywhere shifts no other stream.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** An immutable address of a random stream; `fork` names a sub-stream, `rng` opens it for drawing. */
export class Seed {
  readonly state: number;

  private constructor(state: number) {
    this.state = state;
  }

  /** The root for a run. Any integer; only its low 53 bits matter. */
  static of(seed: number): Seed {
    return new Seed(mix(mix(0x9e3779b9, seed >>> 0), Math.floor(seed / 0x1_0000_0000) >>> 0));
  }

  /** A sub-stream that depends on this seed and the names only. */
  fork(...path: readonly (string | number)[]): Seed {
    let state = this.state;
    for (const part of path) {
      const text = typeof part === 'number' ? `#${part}` : part;
      state = mix(state, text.length);
      for (let i = 0; i < text.length; i++) state = mix(state, text.charCodeAt(i));
    }
    return new Seed(state);
  }

  /** A fresh generator at the start of this stream. */
  rng(): Rng {
    return new Rng(xoroshiro128plus(this.state));
  }
}

/** A mutable source of draws. `clone` before speculating: a value that owns an Rng owns its whole future. */
export class Rng {
  readonly #source: RandomGenerator;

  constructor(source: RandomGenerator) {
    this.#source = source;
  }

  /** An independent copy that will draw the same values. */
  clone(): Rng {
    return new Rng(this.#source.clone());
  }

  /** Uniform in [0, 1) with 32 bits. */
  float(): number {
    return (this.#source.next() >>> 0) / 0x1_0000_0000;
  }

  /** Uniform integer in [low, high], both inclusive; needs high - low < 2^32. */
  int(low: number, high: number): number {
    return low + Math.floor(this.float() * (high - low + 1));
  }

  /** True with probability p. */
  chance(p: number): boolean {
    return this.float() < p;
  }

  /** One element; throws RangeError on an empty list. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('cannot pick from an empty list');
    return items[this.int(0, items.length - 1)]!;
  }

  /** A new list with the same elements in random order (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      const held = out[i]!;
      out[i] = out[j]!;
      out[j] = held;
    }
    return out;
  }

  /** Exponential with the given mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.float());
  }
}

/** One round of a 32-bit avalanche hash (murmur3 finalizer over a running state). */
function mix(state: number, word: number): number {
  let h = Math.imul(state ^ word, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return (Math.imul(h, 5) + 0xe6546b64) | 0;
}
