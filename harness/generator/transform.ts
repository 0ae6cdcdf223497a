/**
 * Operations changed on their way out: rewritten, renamed, dropped, given a key; and events intercepted on
 * their way in. Inner generators see events as they happened, outer names included.
 */
import type { Json } from '../op.ts';
import type { Context } from './context.ts';
import { from, offer } from './data.ts';
import {
  type Generator,
  GeneratorError,
  type GeneratorEvent,
  type GeneratorLike,
  type OpDraft,
  type Polled,
} from './generator.ts';

/** Every operation as `change` returns it; it must keep thread and kind. */
export function map(change: (op: OpDraft, context: Context) => OpDraft, part: GeneratorLike): Generator {
  return new MapOps(change, from(part));
}

/** Renames functions, by table (others stay) or by function. */
export function fMap(
  names: Readonly<Record<string, string>> | ((f: string) => string),
  part: GeneratorLike,
): Generator {
  const rename =
    typeof names === 'function' ? names : (f: string) => (Object.hasOwn(names, f) ? names[f]! : f);
  return map((op) => ({ ...op, f: rename(op.f) }), part);
}

/** Gives operations without a key this one. */
export function withKey(key: Json, part: GeneratorLike): Generator {
  return map(
    ({ what, time, thread, f, key: own, value }) => ({
      what,
      time,
      thread,
      f,
      key: own === undefined ? key : own,
      value,
    }),
    part,
  );
}

class MapOps implements Generator {
  readonly kind = 'map';
  readonly heeds: boolean;
  readonly #change: (op: OpDraft, context: Context) => OpDraft;
  readonly #part: Generator;
  constructor(change: (op: OpDraft, context: Context) => OpDraft, part: Generator) {
    this.#change = change;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    const polled = this.#part.op(context);
    if (polled.state !== 'offer') return polled;
    const op = polled.op.what === 'invoke' ? this.#change(polled.op, context) : polled.op;
    return offer(op, new MapOps(this.#change, polled.next));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new MapOps(this.#change, part);
  }
}

/** Operations dropped in a row before a filter counts as stuck. */
const DROPPED = 10_000;

/** Only the operations for which `keep` holds; the others never happen. Throws when it keeps nothing. */
export function filter(keep: (op: OpDraft) => boolean, part: GeneratorLike): Generator {
  return new Filter(keep, from(part));
}

class Filter implements Generator {
  readonly kind = 'filter';
  readonly heeds: boolean;
  readonly #keep: (op: OpDraft) => boolean;
  readonly #part: Generator;
  constructor(keep: (op: OpDraft) => boolean, part: Generator) {
    this.#keep = keep;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    let part = this.#part;
    for (let dropped = 0; dropped < DROPPED; dropped++) {
      const polled = part.op(context);
      if (polled.state !== 'offer') return polled;
      if (this.#keep(polled.op)) return offer(polled.op, new Filter(this.#keep, polled.next));
      part = polled.next;
    }
    throw new GeneratorError(`a filter dropped ${DROPPED} operations in a row`);
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = this.#part.update(context, event);
    return part === this.#part ? this : new Filter(this.#keep, part);
  }
}

/** Lets `handle` answer every event: it is given the generator after the event and returns what goes on. */
export function onUpdate(
  handle: (part: Generator, context: Context, event: GeneratorEvent) => GeneratorLike,
  part: GeneratorLike,
): Generator {
  return new OnUpdate(handle, from(part));
}

class OnUpdate implements Generator {
  readonly kind = 'on-update';
  readonly heeds = true;
  readonly #handle: (part: Generator, context: Context, event: GeneratorEvent) => GeneratorLike;
  readonly #part: Generator;
  constructor(
    handle: (part: Generator, context: Context, event: GeneratorEvent) => GeneratorLike,
    part: Generator,
  ) {
    this.#handle = handle;
    this.#part = part;
  }
  op(context: Context): Polled {
    const polled = this.#part.op(context);
    return polled.state === 'offer' ? offer(polled.op, new OnUpdate(this.#handle, polled.next)) : polled;
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const part = from(this.#handle(this.#part.update(context, event), context, event));
    return part === this.#part ? this : new OnUpdate(this.#handle, part);
  }
}
