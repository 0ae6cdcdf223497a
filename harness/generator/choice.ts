/**
 * Several generators at once: whichever is due first, a random one, or taking turns.
 */
import type { Seed } from '../random.ts';
import type { Context } from './context.ts';
import { from, offer } from './data.ts';
import { drawAt, streamOf } from './draws.ts';
import {
  DONE,
  type Generator,
  GeneratorError,
  type GeneratorEvent,
  type GeneratorLike,
  type Offer,
  PENDING,
  type Pending,
  type Polled,
} from './generator.ts';

/** A copy of the list with one element replaced. */
export function replaced<T>(items: readonly T[], at: number, item: T): readonly T[] {
  const copy = items.slice();
  copy[at] = item;
  return copy;
}

/** Every part shown the event; the same list when nothing changed. */
export function updatedAll(
  parts: readonly Generator[],
  context: Context,
  event: GeneratorEvent,
): readonly Generator[] {
  let changed: Generator[] | undefined;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (!part.heeds) continue;
    const next = part.update(context, event);
    if (next !== part) {
      changed ??= parts.slice();
      changed[i] = next;
    }
  }
  return changed ?? parts;
}

/** Waits until the earlier of two; `a` may be undefined. */
export function sooner(a: Pending | undefined, b: Pending): Pending {
  return a === undefined || b.untilNs < a.untilNs ? b : a;
}

/**
 * Whatever is due first in any of the parts. Parts that are due together take turns, so none starves. Every
 * part sees every event. Ends when all have ended.
 */
export function any(...parts: readonly GeneratorLike[]): Generator {
  return new Any(parts.map(from), 0, false);
}

/** Like `any`, but ends as soon as one part has ended. */
export function shortestAny(...parts: readonly GeneratorLike[]): Generator {
  return new Any(parts.map(from), 0, true);
}

class Any implements Generator {
  readonly kind: string;
  readonly heeds: boolean;
  readonly #parts: readonly Generator[];
  /** The part that is asked first: the one after the last that was taken. */
  readonly #turn: number;
  readonly #shortest: boolean;
  constructor(parts: readonly Generator[], turn: number, shortest: boolean) {
    this.kind = shortest ? 'shortest-any' : 'any';
    this.#parts = parts;
    this.#turn = turn;
    this.#shortest = shortest;
    this.heeds = parts.some((part) => part.heeds);
  }
  op(context: Context): Polled {
    let best: Offer | undefined;
    let bestAt = -1;
    let pending: Pending | undefined;
    const count = this.#parts.length;
    for (let k = 0; k < count; k++) {
      const at = (this.#turn + k) % count;
      const polled = this.#parts[at]!.op(context);
      if (polled.state === 'done') {
        if (this.#shortest) return DONE;
      } else if (polled.state === 'pending') pending = sooner(pending, polled);
      else if (best === undefined || polled.op.time < best.op.time) {
        best = polled;
        bestAt = at;
        // Due now: nothing can be sooner. With `shortest`, the others may still end it.
        if (polled.op.time <= context.time && !this.#shortest) break;
      }
    }
    if (best === undefined) return pending ?? DONE;
    // A pending part may have something before a future operation is due: the interpreter asks again then.
    if (pending !== undefined && pending.untilNs < best.op.time) return pending;
    const parts = replaced(this.#parts, bestAt, best.next);
    return offer(best.op, new Any(parts, (bestAt + 1) % count, this.#shortest));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    if (!this.heeds) return this;
    const parts = updatedAll(this.#parts, context, event);
    return parts === this.#parts ? this : new Any(parts, this.#turn, this.#shortest);
  }
}

/** A part of a mix and how often it is picked relative to the others. */
export interface Weighted {
  weight: number;
  of: GeneratorLike;
}

/**
 * Picks a part at random for every operation. Pick number n depends on the seed and n alone. A pick that is
 * pending or not yet due does not stall the others: the next part that is due takes its place. Parts that end
 * are left out; every part sees every event.
 */
export function mix(seed: Seed, parts: readonly (GeneratorLike | Weighted)[]): Generator {
  const weights: number[] = [];
  const generators: Generator[] = [];
  for (const part of parts) {
    const weighted = isWeighted(part);
    const weight = weighted ? part.weight : 1;
    if (!(weight >= 0)) throw new GeneratorError(`a weight of a mix is ${weight}; it must not be negative`);
    if (weight === 0) continue;
    weights.push(weight);
    generators.push(from(weighted ? part.of : part));
  }
  return new Mix(streamOf(seed), 0, generators, weights);
}

function isWeighted(part: GeneratorLike | Weighted): part is Weighted {
  return typeof part === 'object' && part !== null && 'weight' in part && 'of' in part;
}

class Mix implements Generator {
  readonly kind = 'mix';
  readonly heeds: boolean;
  readonly #stream: number;
  readonly #n: number;
  readonly #parts: readonly Generator[];
  readonly #weights: readonly number[];
  constructor(stream: number, n: number, parts: readonly Generator[], weights: readonly number[]) {
    this.#stream = stream;
    this.#n = n;
    this.#parts = parts;
    this.#weights = weights;
    this.heeds = parts.some((part) => part.heeds);
  }
  op(context: Context): Polled {
    const count = this.#parts.length;
    if (count === 0) return DONE;
    const pick = pickWeighted(this.#weights, drawAt(this.#stream, this.#n));
    let best: Offer | undefined;
    let bestAt = -1;
    let pending: Pending | undefined;
    for (let k = 0; k < count; k++) {
      const at = (pick + k) % count;
      const polled = this.#parts[at]!.op(context);
      if (polled.state === 'done') return this.#without(at).op(context);
      if (polled.state === 'pending') pending = sooner(pending, polled);
      else if (best === undefined || polled.op.time < best.op.time) {
        best = polled;
        bestAt = at;
        if (polled.op.time <= context.time) break;
      }
    }
    if (best === undefined) return pending ?? PENDING;
    if (pending !== undefined && pending.untilNs < best.op.time) return pending;
    const parts = replaced(this.#parts, bestAt, best.next);
    return offer(best.op, new Mix(this.#stream, this.#n + 1, parts, this.#weights));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    if (!this.heeds) return this;
    const parts = updatedAll(this.#parts, context, event);
    return parts === this.#parts ? this : new Mix(this.#stream, this.#n, parts, this.#weights);
  }
  #without(at: number): Mix {
    const keep = (_: unknown, i: number): boolean => i !== at;
    return new Mix(this.#stream, this.#n, this.#parts.filter(keep), this.#weights.filter(keep));
  }
}

/** Index of the part a draw in [0, 1) falls on. */
function pickWeighted(weights: readonly number[], draw: number): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let left = draw * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return weights.length - 1;
}

/** One operation of each part in turn: a, b, a, b... Ends when the part whose turn it is has ended. */
export function flipFlop(...parts: readonly GeneratorLike[]): Generator {
  return parts.length === 0 ? from(null) : new FlipFlop(parts.map(from), 0);
}

class FlipFlop implements Generator {
  readonly kind = 'flip-flop';
  readonly heeds: boolean;
  readonly #parts: readonly Generator[];
  readonly #turn: number;
  constructor(parts: readonly Generator[], turn: number) {
    this.#parts = parts;
    this.#turn = turn;
    this.heeds = parts.some((part) => part.heeds);
  }
  op(context: Context): Polled {
    const polled = this.#parts[this.#turn]!.op(context);
    if (polled.state !== 'offer') return polled;
    const parts = replaced(this.#parts, this.#turn, polled.next);
    return offer(polled.op, new FlipFlop(parts, (this.#turn + 1) % parts.length));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    if (!this.heeds) return this;
    const parts = updatedAll(this.#parts, context, event);
    return parts === this.#parts ? this : new FlipFlop(parts, this.#turn);
  }
}
