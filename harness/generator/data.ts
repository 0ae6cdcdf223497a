/**
 * Plain data as generators: null, one operation, a list, a function. `from` turns any of them into a
 * generator; every combinator accepts them.
 */
import type { Context } from './context.ts';
import {
  DONE,
  type Generator,
  GeneratorError,
  type GeneratorEvent,
  type GeneratorLike,
  type Offer,
  type OpDraft,
  type OpTemplate,
  PENDING,
  type Polled,
} from './generator.ts';

/** An offer of an operation. */
export function offer(op: OpDraft, next: Generator): Offer {
  return { state: 'offer', op, next };
}

class Nothing implements Generator {
  readonly kind = 'nothing';
  readonly heeds = false;
  op(): Polled {
    return DONE;
  }
  update(): Generator {
    return this;
  }
}

/** The exhausted generator. */
export const NOTHING: Generator = new Nothing();

/** A generator from whatever stands for one. */
export function from(like: GeneratorLike): Generator {
  if (like === null || like === undefined) return NOTHING;
  if (typeof like === 'function') return new FromFunction(like, 0, NOTHING);
  if (Array.isArray(like)) return sequence(...(like as readonly GeneratorLike[]));
  if (isGenerator(like)) return like;
  if (typeof (like as OpTemplate).f === 'string') return new Literal(like as OpTemplate);
  throw new GeneratorError(`not a generator: ${JSON.stringify(like)}`);
}

function isGenerator(like: unknown): like is Generator {
  return typeof (like as Generator).op === 'function' && typeof (like as Generator).update === 'function';
}

/** The template as an operation for a free thread of the context, or pending while there is none. */
export function fill(template: OpTemplate, context: Context, next: Generator): Polled {
  let thread: number;
  if (template.thread === undefined) thread = context.nextFree();
  else {
    thread = context.roster.index(template.thread);
    if (thread < 0)
      throw new GeneratorError(
        `operation ${template.f} names thread ${template.thread}, which does not exist`,
      );
    if (!context.isFree(thread)) thread = -1;
  }
  if (thread < 0) return PENDING;
  const { f, key, value } = template;
  return offer({ what: 'invoke', time: context.time, thread, f, key, value: value ?? null }, next);
}

/** One operation, once. */
class Literal implements Generator {
  readonly kind = 'operation';
  readonly heeds = false;
  readonly #template: OpTemplate;
  constructor(template: OpTemplate) {
    this.#template = template;
  }
  op(context: Context): Polled {
    return fill(this.#template, context, NOTHING);
  }
  update(): Generator {
    return this;
  }
}

/** One after another, no barrier between: the next begins while operations of the last are still open. */
export function sequence(...parts: readonly GeneratorLike[]): Generator {
  return parts.length === 0 ? NOTHING : new Sequence(parts, 0, from(parts[0]!));
}

class Sequence implements Generator {
  readonly kind = 'sequence';
  readonly heeds: boolean;
  readonly #parts: readonly GeneratorLike[];
  readonly #at: number;
  readonly #current: Generator;
  constructor(parts: readonly GeneratorLike[], at: number, current: Generator) {
    this.#parts = parts;
    this.#at = at;
    this.#current = current;
    this.heeds = current.heeds;
  }
  op(context: Context): Polled {
    let at = this.#at;
    let current = this.#current;
    for (;;) {
      const polled = current.op(context);
      if (polled.state === 'pending') return polled;
      if (polled.state === 'offer') return offer(polled.op, new Sequence(this.#parts, at, polled.next));
      at++;
      if (at >= this.#parts.length) return DONE;
      current = from(this.#parts[at]!);
    }
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const current = this.#current.update(context, event);
    return current === this.#current ? this : new Sequence(this.#parts, this.#at, current);
  }
}

/** Calls that may give an empty generator in a row before a function counts as stuck. */
const EMPTY_CALLS = 1000;

class FromFunction implements Generator {
  readonly kind = 'function';
  readonly heeds: boolean;
  readonly #make: (context: Context, calls: number) => GeneratorLike;
  readonly #calls: number;
  readonly #current: Generator;
  constructor(make: (context: Context, calls: number) => GeneratorLike, calls: number, current: Generator) {
    this.#make = make;
    this.#calls = calls;
    this.#current = current;
    this.heeds = current.heeds;
  }
  op(context: Context): Polled {
    let calls = this.#calls;
    let current = this.#current;
    for (let empty = 0; empty < EMPTY_CALLS; empty++) {
      const polled = current.op(context);
      if (polled.state === 'pending') return polled;
      if (polled.state === 'offer') {
        return offer(polled.op, new FromFunction(this.#make, calls, polled.next));
      }
      const made = this.#make(context, calls);
      if (made === null) return DONE;
      calls++;
      current = from(made);
    }
    throw new GeneratorError(`a generator function gave ${EMPTY_CALLS} empty generators in a row`);
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const current = this.#current.update(context, event);
    return current === this.#current ? this : new FromFunction(this.#make, this.#calls, current);
  }
}
