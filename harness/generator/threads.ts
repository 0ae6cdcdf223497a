/**
 * Who performs what: generators restricted to some threads, or copied for each. The inner context shows only
 * those threads, and only their events are passed on.
 */

import { any, replaced, sooner } from './choice.ts';
import type { Context, Roster, ThreadSet } from './context.ts';
import { from, offer } from './data.ts';
import {
  DONE,
  type Generator,
  type GeneratorEvent,
  type GeneratorLike,
  type Offer,
  PENDING,
  type Pending,
  type Polled,
} from './generator.ts';

/** Only the threads for which the predicate holds. Ends at once where there is no such thread. */
export function onThreads(
  holds: (name: number | string, index: number) => boolean,
  part: GeneratorLike,
): Generator {
  return new OnThreads(selectBy(holds), from(part));
}

/** Only client threads; with a second generator, that one on the nemesis lanes beside it. */
export function clients(part: GeneratorLike, beside?: GeneratorLike): Generator {
  const restricted = onThreads((name) => typeof name === 'number', part);
  return beside === undefined ? restricted : any(restricted, nemesis(beside));
}

/** Only nemesis lanes, or only the lane with this name. */
export function nemesis(part: GeneratorLike, lane?: string): Generator {
  return onThreads(
    (name) =>
      typeof name === 'string' &&
      (lane === undefined ? name.startsWith('nemesis:') : name === `nemesis:${lane}`),
    part,
  );
}

/** Only observers. */
export function observers(part: GeneratorLike): Generator {
  return onThreads((name) => typeof name === 'string' && name.startsWith('observer:'), part);
}

/** Which of the visible threads are meant; remembers its last answer, since it is asked at every step. */
class Selection {
  readonly #select: (visible: ThreadSet, roster: Roster) => ThreadSet;
  #visible: ThreadSet | undefined;
  #selected: ThreadSet | undefined;
  constructor(select: (visible: ThreadSet, roster: Roster) => ThreadSet) {
    this.#select = select;
  }
  of(context: Context): ThreadSet {
    const visible = context.threads;
    if (this.#visible !== visible || this.#selected === undefined) {
      this.#visible = visible;
      this.#selected = this.#select(visible, context.roster);
    }
    return this.#selected;
  }
}

function selectBy(holds: (name: number | string, index: number) => boolean): Selection {
  return new Selection((visible, roster) =>
    roster.set((name, index) => visible.has(index) && holds(name, index)),
  );
}

class OnThreads implements Generator {
  readonly kind = 'on-threads';
  readonly heeds: boolean;
  readonly #selection: Selection;
  readonly #part: Generator;
  constructor(selection: Selection, part: Generator) {
    this.#selection = selection;
    this.#part = part;
    this.heeds = part.heeds;
  }
  op(context: Context): Polled {
    const set = this.#selection.of(context);
    if (set.members.length === 0) return DONE;
    const polled = this.#part.op(context.only(set));
    return polled.state === 'offer' ? offer(polled.op, new OnThreads(this.#selection, polled.next)) : polled;
  }
  update(context: Context, event: GeneratorEvent): Generator {
    if (!this.heeds) return this;
    const set = this.#selection.of(context);
    if (!set.has(event.thread)) return this;
    const part = this.#part.update(context.only(set), event);
    return part === this.#part ? this : new OnThreads(this.#selection, part);
  }
}

/**
 * Of the visible threads the first `shares[0][0]` run the first generator, the next `shares[1][0]` the second,
 * and so on; those left run `rest`. Ends when all have ended.
 */
export function reserve(
  shares: readonly (readonly [number, GeneratorLike])[],
  rest: GeneratorLike,
): Generator {
  const parts: Generator[] = [];
  let start = 0;
  for (const [count, part] of [...shares, [Number.POSITIVE_INFINITY, rest] as const]) {
    parts.push(onRanks(start, start + count, part));
    start += count;
  }
  return any(...parts);
}

/** The visible threads with ranks in [low, high), counted in order of their index. */
export function onRanks(low: number, high: number, part: GeneratorLike): Generator {
  const selection = new Selection((visible, roster) => {
    const chosen = new Set(visible.members.slice(low, high));
    return roster.set((_, index) => chosen.has(index));
  });
  return new OnThreads(selection, from(part));
}

/** An independent copy of a generator for every visible thread. Ends when all have ended. */
export function eachThread(part: GeneratorLike): Generator {
  const whole = from(part);
  return new EachThread(() => whole, [], 0);
}

/** Like `eachThread`, with a generator made for the thread's number or name. */
export function forEachThread(make: (name: number | string) => GeneratorLike): Generator {
  return new EachThread((name) => from(make(name)), [], 0);
}

class EachThread implements Generator {
  readonly kind = 'each-thread';
  readonly heeds = true;
  readonly #make: (name: number | string) => Generator;
  /** By thread; undefined until the thread's first operation. */
  readonly #copies: readonly (Generator | undefined)[];
  /** Position among the visible threads that is asked first. */
  readonly #turn: number;
  constructor(
    make: (name: number | string) => Generator,
    copies: readonly (Generator | undefined)[],
    turn: number,
  ) {
    this.#make = make;
    this.#copies = copies;
    this.#turn = turn;
  }
  op(context: Context): Polled {
    const { roster, threads } = context;
    const count = threads.members.length;
    let best: Offer | undefined;
    let bestAt = -1;
    let pending: Pending | undefined;
    for (let k = 0; k < count; k++) {
      const at = (this.#turn + k) % count;
      const thread = threads.members[at]!;
      const polled = context.isFree(thread)
        ? this.#copy(thread, roster).op(context.only(roster.single(thread)))
        : PENDING;
      if (polled.state === 'pending') pending = sooner(pending, polled);
      else if (polled.state === 'offer' && (best === undefined || polled.op.time < best.op.time)) {
        best = polled;
        bestAt = at;
        if (polled.op.time <= context.time) break;
      }
    }
    if (best === undefined) return pending ?? DONE;
    if (pending !== undefined && pending.untilNs < best.op.time) return pending;
    const copies = this.#copies.slice();
    copies[threads.members[bestAt]!] = best.next;
    return offer(best.op, new EachThread(this.#make, copies, (bestAt + 1) % count));
  }
  update(context: Context, event: GeneratorEvent): Generator {
    const copy = this.#copies[event.thread];
    if (copy === undefined || !copy.heeds) return this;
    const next = copy.update(context.only(context.roster.single(event.thread)), event);
    return next === copy
      ? this
      : new EachThread(this.#make, replaced(this.#copies, event.thread, next), this.#turn);
  }
  #copy(thread: number, roster: Roster): Generator {
    return this.#copies[thread] ?? this.#make(roster.name(thread));
  }
}
