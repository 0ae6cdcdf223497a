/**
 * As long as it is worth it: operations go on until what has happened to them says that there is no more to do.
 */
import type { Context } from './context.ts';
import { from, NOTHING, offer } from './data.ts';
import type { Generator, GeneratorEvent, GeneratorLike, Polled } from './generator.ts';

/**
 * The operations of `part` until `advance` answers null. It is given the state and each event and returns the next
 * state; it must be pure and states immutable. Operations that are open by then are not interrupted.
 */
export function asLongAs<S>(
  state: S,
  advance: (state: S, event: GeneratorEvent) => S | null,
  part: GeneratorLike,
): Generator {
  return new AsLongAs(state, advance, from(part));
}

class AsLongAs<S> implements Generator {
  readonly kind = 'as-long-as';
  readonly heeds = true;
  readonly #state: S;
  readonly #advance: (state: S, event: GeneratorEvent) => S | null;
  readonly #part: Generator;
  constructor(state: S, advance: (state: S, event: GeneratorEvent) => S | null, part: Generator) {
    this.#state = state;
    this.#advance = advance;
    this.#part = part;
  }
  op(context: Context): Polled {
    const polled = this.#part.op(context);
    if (polled.state !== 'offer') return polled;
    return offer(polled.op, new AsLongAs(this.#state, this.#advance, polled.next));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const state = this.#advance(this.#state, event);
    if (state === null) return NOTHING;
    const part = this.#part.update(context, event);
    if (part === this.#part && state === this.#state) return this;
    return new AsLongAs(state, this.#advance, part);
  }
}
