/**
 * Operations made one at a time from a seed and a state: the random leaf of most workloads.
 */
import type { Seed } from '../random.ts';
import type { Context } from './context.ts';
import { fill } from './data.ts';
import { Draws, streamOf } from './draws.ts';
import {
  DONE,
  type Generator,
  type GeneratorEvent,
  type OpTemplate,
  PENDING,
  type Polled,
} from './generator.ts';

/**
 * Operations drawn at random: call number n sees draws that belong to it alone, so its operation depends on
 * the seed and n, never on timing. Ends when `make` answers null.
 */
export function drawn(
  seed: Seed,
  make: (draws: Draws, n: number, context: Context) => OpTemplate | null,
): Generator {
  return unfold(seed, null, (_, n, draws, context) => {
    const op = make(draws, n, context);
    return op === null ? null : [op, null];
  });
}

/** How `unfold` makes its next operation: state, number of the call, its draws, context. Null ends it. */
export type Step<S> = (
  state: S,
  n: number,
  draws: Draws,
  context: Context,
) => readonly [OpTemplate, S] | null;

/**
 * Operations from a state that each of them advances; with `observe`, events advance it too. Both functions
 * must be pure and states immutable.
 */
export function unfold<S>(
  seed: Seed,
  state: S,
  step: Step<S>,
  observe?: (state: S, event: GeneratorEvent) => S,
): Generator {
  return new Unfold(streamOf(seed), 0, state, step, observe);
}

class Unfold<S> implements Generator {
  readonly kind = 'unfold';
  readonly heeds: boolean;
  readonly #stream: number;
  readonly #n: number;
  readonly #state: S;
  readonly #step: Step<S>;
  readonly #observe: ((state: S, event: GeneratorEvent) => S) | undefined;
  constructor(
    stream: number,
    n: number,
    state: S,
    step: Step<S>,
    observe: ((state: S, event: GeneratorEvent) => S) | undefined,
  ) {
    this.#stream = stream;
    this.#n = n;
    this.#state = state;
    this.#step = step;
    this.#observe = observe;
    this.heeds = observe !== undefined;
  }
  op(context: Context): Polled {
    if (context.nextFree() < 0) return PENDING;
    const made = this.#step(this.#state, this.#n, new Draws(this.#stream, this.#n), context);
    if (made === null) return DONE;
    const next = new Unfold(this.#stream, this.#n + 1, made[1], this.#step, this.#observe);
    return fill(made[0], context, next);
  }
  update(_: Context, event: GeneratorEvent): Generator {
    if (this.#observe === undefined) return this;
    const state = this.#observe(this.#state, event);
    return Object.is(state, this.#state)
      ? this
      : new Unfold(this.#stream, this.#n, state, this.#step, this.#observe);
  }
}
