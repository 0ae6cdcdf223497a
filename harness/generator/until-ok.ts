/**
 * Tries until it worked: operations go on until one of them completes `ok`.
 */
import type { Context } from './context.ts';
import { from, offer } from './data.ts';
import { DONE, type Generator, type GeneratorEvent, type GeneratorLike, type Polled } from './generator.ts';

/** The operations of `part` until one of them is acknowledged. Give it something endless, such as `repeat`. */
export function untilOk(part: GeneratorLike): Generator {
  return new UntilOk(from(part), []);
}

class UntilOk implements Generator {
  readonly kind = 'until-ok';
  readonly heeds = true;
  readonly #part: Generator;
  /** Threads with an open operation of ours. */
  readonly #open: readonly number[];
  constructor(part: Generator, open: readonly number[]) {
    this.#part = part;
    this.#open = open;
  }
  op(context: Context): Polled {
    const polled = this.#part.op(context);
    if (polled.state !== 'offer') return polled;
    const open = polled.op.what === 'invoke' ? [...this.#open, polled.op.thread] : this.#open;
    return offer(polled.op, new UntilOk(polled.next, open));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    const ours = event.type !== 'invoke' && this.#open.includes(event.thread);
    if (ours && event.type === 'ok') return SATISFIED;
    if (!ours) return part === this.#part ? this : new UntilOk(part, this.#open);
    return new UntilOk(
      part,
      this.#open.filter((thread) => thread !== event.thread),
    );
  }
}

const SATISFIED: Generator = {
  kind: 'until-ok',
  heeds: false,
  op: () => DONE,
  update: () => SATISFIED,
};
