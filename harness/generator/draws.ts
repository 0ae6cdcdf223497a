/**
 * Randomness for immutable values: the n-th draw of a stream is a hash of (stream, n), so a generator carries
 * two integers instead of a mutable source, and advancing it copies nothing.
 */
import type { Seed } from '../random.ts';

/** Draw number `n` of a stream: uniform in [0, 1) with 32 bits. */
export function drawAt(stream: number, n: number): number {
  return hash(stream, n) / 0x1_0000_0000;
}

/**
 * The draws that belong to one call: a fresh, short-lived cursor over draws (stream, call, 0), (stream, call,
 * 1)... Two cursors made for the same call give the same draws.
 */
export class Draws {
  readonly #stream: number;
  #n = 0;

  constructor(stream: number, call: number) {
    this.#stream = hash(stream, call) | 0;
  }

  /** Uniform in [0, 1). */
  float(): number {
    return drawAt(this.#stream, this.#n++);
  }

  /** Uniform integer in [low, high], both inclusive. */
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
}

/** The stream of a seed, to be kept in generator state. */
export function streamOf(seed: Seed): number {
  return seed.state;
}

/** Two rounds of the 32-bit avalanche finalizer of MurmurHash3 over both words; unsigned. */
function hash(stream: number, n: number): number {
  let h = Math.imul((stream ^ Math.imul(n | 0, 0x9e3779b1)) | 0, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h + (stream | 0), 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h ^ (n | 0), 0x27d4eb2f);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
}
