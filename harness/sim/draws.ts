/**
 * Draws addressed by a key instead of taken from a stream: the fate of a message depends on what it is and not
 * on what else was drawn before, so a change in one place of a run leaves the fates of everything else alone.
 * Integer arithmetic and the four basic operations only: the same bits on every machine.
 */

/** Avalanche of 32 bits (the finalizer of MurmurHash3). */
export function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** 32 bits of a text (FNV-1a). */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** A short sequence of draws that starts anew at every key; one object serves all messages. */
export class KeyedDraws {
  #state = 0;

  /** The draws that follow belong to this key. */
  start(key: number): void {
    this.#state = key;
  }

  /** Uniform in [0, 1) with 32 bits. */
  float(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return (mix(this.#state) >>> 0) / 0x1_0000_0000;
  }

  /** Exponential with the given mean. */
  exponential(mean: number): number {
    return mean * negativeLog(1 - this.float());
  }
}

const LN_2 = Math.LN2;

/** -ln(x) for x in (0, 1]: the engine's own logarithm may differ in the last bit from release to release. */
export function negativeLog(x: number): number {
  let mantissa = x;
  let halvings = 0;
  while (mantissa < 0.75) {
    mantissa *= 2;
    halvings++;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)); at most 1/7 here, so seven terms reach 1e-11.
  const y = (mantissa - 1) / (mantissa + 1);
  const y2 = y * y;
  const series = 1 + y2 * (1 / 3 + y2 * (1 / 5 + y2 * (1 / 7 + y2 * (1 / 9 + y2 * (1 / 11 + y2 / 13)))));
  return halvings * LN_2 - 2 * y * series;
}
