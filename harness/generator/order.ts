/**
 * Order in time: barriers between generators. A barrier waits until every thread the generator can see is
 * free, so nothing of one phase overlaps the next.
 */
import type { Context } from './context.ts';
import { from, sequence } from './data.ts';
import {
  type Generator,
  type GeneratorEvent,
  type GeneratorLike,
  PENDING,
  type Polled,
} from './generator.ts';

/** Waits until all visible threads are free, then becomes `part`. */
export function synchronize(part: GeneratorLike): Generator {
  return new Synchronize(from(part));
}

class Synchronize implements Generator {
  readonly kind = 'synchronize';
  readonly heeds: boolean;
  readonly #part: Generator;
  constructor(part: Generator) {
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    return context.allFree() ? this.#part.op(context) : PENDING;
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new Synchronize(part);
  }
}

/** One after another, with a barrier before each but the first. */
export function phases(...parts: readonly GeneratorLike[]): Generator {
  return sequence(...parts.map((part, i) => (i === 0 ? part : synchronize(part))));
}

/**
 * First one, then a barrier, then the other. (Not called `then`: a module that exports `then` is taken for a
 * promise by `await import()`.)
 */
export function andThen(first: GeneratorLike, second: GeneratorLike): Generator {
  return phases(first, second);
}
