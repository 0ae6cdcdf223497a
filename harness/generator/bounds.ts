/**
 * How often: bounds on the number of operations, repetition, bounds on processes and on operations in flight.
 */
import type { Context } from './context.ts';
import { from, offer } from './data.ts';
import {
  DONE,
  type Generator,
  GeneratorError,
  type GeneratorEvent,
  type GeneratorLike,
  PENDING,
  type Polled,
} from './generator.ts';

/** At most `count` operations of `part`. */
export function limit(count: number, part: GeneratorLike): Generator {
  return new Limit(count, from(part));
}

/** At most one operation of `part`. */
export function once(part: GeneratorLike): Generator {
  return limit(1, part);
}

class Limit implements Generator {
  readonly kind = 'limit';
  readonly heeds: boolean;
  readonly #left: number;
  readonly #part: Generator;
  constructor(left: number, part: Generator) {
    this.#left = left;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    if (this.#left <= 0) return DONE;
    const polled = this.#part.op(context);
    return polled.state === 'offer' ? offer(polled.op, new Limit(this.#left - 1, polled.next)) : polled;
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new Limit(this.#left, part);
  }
}

/**
 * Asks the same generator, unadvanced, again and again: `repeat({ f: 'read' })` reads for ever. With a count,
 * so many times. To start a finite generator over, see `cycle`.
 */
export function repeat(part: GeneratorLike, count = Number.POSITIVE_INFINITY): Generator {
  return new Repeat(count, from(part));
}

class Repeat implements Generator {
  readonly kind = 'repeat';
  readonly heeds: boolean;
  readonly #left: number;
  readonly #part: Generator;
  constructor(left: number, part: Generator) {
    this.#left = left;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    if (this.#left <= 0) return DONE;
    const polled = this.#part.op(context);
    return polled.state === 'offer' ? offer(polled.op, new Repeat(this.#left - 1, this.#part)) : polled;
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new Repeat(this.#left, part);
  }
}

/**
 * Starts a finite generator over when it is exhausted, for ever or `count` times. The same draws come again
 * each time; use a function of the call count where they should differ.
 */
export function cycle(part: GeneratorLike, count = Number.POSITIVE_INFINITY): Generator {
  const whole = from(part);
  return count <= 0 ? from(null) : new Cycle(whole, whole, count);
}

class Cycle implements Generator {
  readonly kind = 'cycle';
  readonly heeds: boolean;
  readonly #whole: Generator;
  readonly #current: Generator;
  readonly #left: number;
  constructor(whole: Generator, current: Generator, left: number) {
    this.#whole = whole;
    this.#current = current;
    this.#left = left;
    this.heeds = current.heeds || whole.heeds;
  }
  op(context: Context): Polled {
    const polled = this.#current.op(context);
    if (polled.state === 'offer') return offer(polled.op, new Cycle(this.#whole, polled.next, this.#left));
    if (polled.state === 'pending' || this.#left <= 1) return polled;
    const again = this.#whole.op(context);
    if (again.state === 'offer') return offer(again.op, new Cycle(this.#whole, again.next, this.#left - 1));
    return again;
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const current = this.#current.update(context, event);
    return current === this.#current ? this : new Cycle(this.#whole, current, this.#left);
  }
}

/**
 * Ends once an operation could come from more than `count` distinct client processes: bounds how much crashes
 * blow up the search for a linearization.
 */
export function processLimit(count: number, part: GeneratorLike): Generator {
  return new ProcessLimit(count, new Set(), from(part));
}

class ProcessLimit implements Generator {
  readonly kind = 'process-limit';
  readonly heeds: boolean;
  readonly #count: number;
  readonly #seen: ReadonlySet<number>;
  readonly #part: Generator;
  constructor(count: number, seen: ReadonlySet<number>, part: Generator) {
    this.#count = count;
    this.#seen = seen;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    const seen = withProcesses(this.#seen, context);
    if (seen.size > this.#count) return DONE;
    const polled = this.#part.op(context);
    return polled.state === 'offer'
      ? offer(polled.op, new ProcessLimit(this.#count, seen, polled.next))
      : polled;
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new ProcessLimit(this.#count, this.#seen, part);
  }
}

/** The set plus every client process of the context; the same set when none is new. */
function withProcesses(seen: ReadonlySet<number>, context: Context): ReadonlySet<number> {
  let grown: Set<number> | undefined;
  for (const thread of context.threads.members) {
    const process = context.process(thread);
    if (typeof process === 'number' && !(grown ?? seen).has(process)) {
      grown ??= new Set(seen);
      grown.add(process);
    }
  }
  return grown ?? seen;
}

/** At most `count` operations of `part` in flight at any time. */
export function concurrencyLimit(count: number, part: GeneratorLike): Generator {
  if (count < 1) throw new GeneratorError(`a concurrency limit of ${count} would never let anything through`);
  return new ConcurrencyLimit(count, [], from(part));
}

class ConcurrencyLimit implements Generator {
  readonly kind = 'concurrency-limit';
  readonly heeds = true;
  readonly #count: number;
  /** Threads with an open operation of ours. */
  readonly #open: readonly number[];
  readonly #part: Generator;
  constructor(count: number, open: readonly number[], part: Generator) {
    this.#count = count;
    this.#open = open;
    this.#part = part;
  }
  op(context: Context): Polled {
    if (this.#open.length >= this.#count) return PENDING;
    const polled = this.#part.op(context);
    if (polled.state !== 'offer') return polled;
    const open = polled.op.what === 'invoke' ? [...this.#open, polled.op.thread] : this.#open;
    return offer(polled.op, new ConcurrencyLimit(this.#count, open, polled.next));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    const ends = event.type !== 'invoke' && this.#open.includes(event.thread);
    if (!ends && part === this.#part) return this;
    const open = ends ? this.#open.filter((thread) => thread !== event.thread) : this.#open;
    return new ConcurrencyLimit(this.#count, open, part);
  }
}
