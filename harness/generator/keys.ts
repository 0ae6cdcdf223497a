/**
 * Independent keys: one generator per key, one key after another or several at a time. What a key's operations
 * are depends on the key alone, never on which threads get to it or when.
 */
import type { Json } from '../op.ts';
import { replaced, sooner } from './choice.ts';
import type { Context, Roster, ThreadSet } from './context.ts';
import { from, offer } from './data.ts';
import {
  DONE,
  type Generator,
  GeneratorError,
  type GeneratorEvent,
  type GeneratorLike,
  type Offer,
  type Pending,
  type Polled,
} from './generator.ts';
import { withKey } from './transform.ts';

/** The keys to work on: a list, or the n-th key by function, for ever or until it answers undefined. */
export type Keys = readonly Json[] | ((n: number) => Json | undefined);

function keyAt(keys: Keys, n: number): Json | undefined {
  return typeof keys === 'function' ? keys(n) : keys[n];
}

/** One key after another: each key's generator runs to its end, on all threads, then comes the next key. */
export function sequentialKeys(keys: Keys, make: (key: Json) => GeneratorLike): Generator {
  return from((_: Context, n: number) => {
    const key = keyAt(keys, n);
    return key === undefined ? null : withKey(key, make(key));
  });
}

/**
 * Several keys at a time: the visible threads are cut into groups of `threadsPerKey`, each group works one
 * key's generator to its end and then takes the next key nobody has taken. Threads that do not fill a group
 * join the last one; with fewer threads than that there is one group.
 */
export function concurrentKeys(
  threadsPerKey: number,
  keys: Keys,
  make: (key: Json) => GeneratorLike,
): Generator {
  if (!(threadsPerKey >= 1))
    throw new GeneratorError(`a group of ${threadsPerKey} threads cannot work on a key`);
  const groups = new Groups(threadsPerKey);
  return new ConcurrentKeys({ groups, keys, make: (key) => withKey(key, make(key)) }, [], 0, 0);
}

/** Number of groups `concurrentKeys` makes of so many threads. */
export function keyGroups(threads: number, threadsPerKey: number): number {
  return Math.max(1, Math.floor(threads / threadsPerKey));
}

/** How the visible threads are cut into groups; remembers its last answer. */
class Groups {
  readonly #size: number;
  #visible: ThreadSet | undefined;
  #sets: readonly ThreadSet[] = [];
  /** Group of each thread index. */
  #groupOf: Int32Array = new Int32Array(0);
  constructor(size: number) {
    this.#size = size;
  }
  sets(context: Context): readonly ThreadSet[] {
    if (this.#visible !== context.threads) this.#cut(context.threads, context.roster);
    return this.#sets;
  }
  groupOf(context: Context, thread: number): number {
    this.sets(context);
    return this.#groupOf[thread]!;
  }
  #cut(visible: ThreadSet, roster: Roster): void {
    const count = visible.members.length === 0 ? 0 : keyGroups(visible.members.length, this.#size);
    this.#groupOf = new Int32Array(roster.size).fill(-1);
    visible.members.forEach((thread, rank) => {
      this.#groupOf[thread] = Math.min(count - 1, Math.floor(rank / this.#size));
    });
    const groupOf = this.#groupOf;
    this.#sets = Array.from({ length: count }, (_, g) => roster.set((__, index) => groupOf[index] === g));
    this.#visible = visible;
  }
}

/** What stays the same for the life of a `ConcurrentKeys`. */
interface KeyedWork {
  groups: Groups;
  keys: Keys;
  make: (key: Json) => Generator;
}

class ConcurrentKeys implements Generator {
  readonly kind = 'concurrent-keys';
  readonly heeds: boolean;
  readonly #work: KeyedWork;
  /** What each group works on; undefined before its first key. */
  readonly #parts: readonly (Generator | undefined)[];
  /** Number of keys taken. */
  readonly #taken: number;
  /** The group that is asked first. */
  readonly #turn: number;
  constructor(work: KeyedWork, parts: readonly (Generator | undefined)[], taken: number, turn: number) {
    this.#work = work;
    this.#parts = parts;
    this.#taken = taken;
    this.#turn = turn;
    this.heeds = parts.some((part) => part?.heeds === true);
  }
  op(context: Context): Polled {
    const sets = this.#work.groups.sets(context);
    const count = sets.length;
    let best: { offer: Offer; group: number; taken: number } | undefined;
    let pending: Pending | undefined;
    for (let k = 0; k < count; k++) {
      const group = (this.#turn + k) % count;
      const inner = context.only(sets[group]!);
      const { polled, taken } = this.#poll(group, inner);
      if (polled.state === 'pending') pending = sooner(pending, polled);
      else if (polled.state === 'offer' && (best === undefined || polled.op.time < best.offer.op.time)) {
        best = { offer: polled, group, taken };
        if (polled.op.time <= context.time) break;
      }
    }
    if (best === undefined) return pending ?? DONE;
    if (pending !== undefined && pending.untilNs < best.offer.op.time) return pending;
    const parts = replaced(this.#parts, best.group, best.offer.next);
    return offer(best.offer.op, new ConcurrentKeys(this.#work, parts, best.taken, (best.group + 1) % count));
  }
  /** The next of a group, from its current key or the first untaken one that has anything to do. */
  #poll(group: number, inner: Context): { polled: Polled; taken: number } {
    let taken = this.#taken;
    let polled: Polled = this.#parts[group]?.op(inner) ?? DONE;
    while (polled.state === 'done') {
      const key = keyAt(this.#work.keys, taken);
      if (key === undefined) break;
      taken++;
      polled = this.#work.make(key).op(inner);
    }
    return { polled, taken };
  }
  update(context: Context, event: GeneratorEvent): Generator {
    if (!this.heeds) return this;
    const group = this.#work.groups.groupOf(context, event.thread);
    const part = group < 0 ? undefined : this.#parts[group];
    if (part === undefined || !part.heeds) return this;
    const next = part.update(context.only(this.#work.groups.sets(context)[group]!), event);
    return next === part
      ? this
      : new ConcurrentKeys(this.#work, replaced(this.#parts, group, next), this.#taken, this.#turn);
  }
}
