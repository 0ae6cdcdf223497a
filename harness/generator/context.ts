/**
 * What a generator may see of a run: the time, which threads there are, which of them are free, which process
 * each carries. A context is a cheap live view of the thread table, restricted to a set of threads, so that
 * asking a deep tree of generators allocates nothing.
 */
import type { Process } from '../op.ts';

/** A set of threads by index. Interned by its roster: equal sets of one roster are the same object. */
export class ThreadSet {
  /** Ascending. */
  readonly members: readonly number[];
  readonly #has: Uint8Array;
  readonly #roster: Roster;
  readonly #meets = new Map<ThreadSet, ThreadSet>();

  /** Use `Roster.set`. */
  constructor(roster: Roster, members: readonly number[], size: number) {
    this.#roster = roster;
    this.members = members;
    this.#has = new Uint8Array(size);
    for (const member of members) this.#has[member] = 1;
  }

  has(thread: number): boolean {
    return this.#has[thread] === 1;
  }

  /** The threads in both; remembered, so that repeating it costs one lookup. */
  meet(other: ThreadSet): ThreadSet {
    if (other === this) return this;
    let meet = this.#meets.get(other);
    if (meet === undefined) {
      meet = this.#roster.set((_, index) => this.has(index) && other.has(index));
      this.#meets.set(other, meet);
    }
    return meet;
  }
}

/**
 * The threads of a run, fixed for its whole life. Client threads come first, their index is their number;
 * then the named ones: `nemesis:<lane>`, `observer:<node>`.
 */
export class Roster {
  readonly clients: number;
  readonly named: readonly string[];
  readonly size: number;
  readonly all: ThreadSet;
  readonly #sets = new Map<string, ThreadSet>();
  readonly #singles: readonly ThreadSet[];

  constructor(clients: number, named: readonly string[] = []) {
    if (new Set(named).size !== named.length)
      throw new RangeError(`thread names repeat: ${named.join(', ')}`);
    this.clients = clients;
    this.named = [...named];
    this.size = clients + named.length;
    this.all = this.set(() => true);
    this.#singles = Array.from({ length: this.size }, (_, i) => this.set((__, index) => index === i));
  }

  /** Number of a client thread, or name of a named one. */
  name(thread: number): number | string {
    return thread < this.clients ? thread : this.named[thread - this.clients]!;
  }

  /** Index of a thread by number or name; -1 when there is none. */
  index(name: number | string): number {
    if (typeof name === 'number') return name >= 0 && name < this.clients ? name : -1;
    const at = this.named.indexOf(name);
    return at < 0 ? -1 : this.clients + at;
  }

  /** The threads for which the predicate holds. */
  set(holds: (name: number | string, index: number) => boolean): ThreadSet {
    const members: number[] = [];
    for (let i = 0; i < this.size; i++) if (holds(this.name(i), i)) members.push(i);
    const key = members.join(',');
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = new ThreadSet(this, members, this.size);
      this.#sets.set(key, set);
    }
    return set;
  }

  /** The set of one thread. */
  single(thread: number): ThreadSet {
    return this.#singles[thread]!;
  }
}

/** The mutable truth behind contexts, owned by whoever drives generators. */
export class ThreadTable {
  readonly roster: Roster;
  /** Nanoseconds since the start of the phase. */
  time = 0;
  /** For each thread the moment it became free, as a count; infinite while it is busy. */
  readonly #idleSince: Float64Array;
  readonly #processes: Process[];
  #ticks = 0;
  readonly #views = new Map<ThreadSet, Context>();

  constructor(roster: Roster) {
    this.roster = roster;
    this.#idleSince = new Float64Array(roster.size);
    this.#processes = Array.from({ length: roster.size }, (_, i) => roster.name(i));
    for (let i = 0; i < roster.size; i++) this.#idleSince[i] = this.#ticks++;
  }

  /** Marks a thread busy. */
  take(thread: number): void {
    this.#idleSince[thread] = Number.POSITIVE_INFINITY;
  }

  /** Marks a thread free. */
  release(thread: number): void {
    this.#idleSince[thread] = this.#ticks++;
  }

  /** Gives a client thread its next process; named threads keep theirs for life. */
  retire(thread: number): void {
    const process = this.#processes[thread]!;
    if (typeof process === 'number') this.#processes[thread] = process + this.roster.clients;
  }

  isFree(thread: number): boolean {
    return this.#idleSince[thread]! < Number.POSITIVE_INFINITY;
  }

  process(thread: number): Process {
    return this.#processes[thread]!;
  }

  /** Of these threads the free one that was idle longest, or -1: the fair choice. O(members). */
  longestIdle(members: readonly number[]): number {
    let best = -1;
    let since = Number.POSITIVE_INFINITY;
    for (let i = 0; i < members.length; i++) {
      const at = this.#idleSince[members[i]!]!;
      if (at < since) {
        since = at;
        best = members[i]!;
      }
    }
    return best;
  }

  /** The context of a set of threads; the same object each time. */
  view(threads: ThreadSet): Context {
    let view = this.#views.get(threads);
    if (view === undefined) {
      view = new Context(this, threads, undefined);
      this.#views.set(threads, view);
    }
    return view;
  }

  /** The context of all threads. */
  get context(): Context {
    return this.view(this.roster.all);
  }
}

/** A read-only view of the thread table, valid during one call. */
export class Context {
  readonly threads: ThreadSet;
  readonly #table: ThreadTable;
  readonly #time: number | undefined;

  /** Use `ThreadTable.view`. */
  constructor(table: ThreadTable, threads: ThreadSet, time: number | undefined) {
    this.#table = table;
    this.threads = threads;
    this.#time = time;
  }

  /** Nanoseconds since the start of the phase. */
  get time(): number {
    return this.#time ?? this.#table.time;
  }

  get roster(): Roster {
    return this.#table.roster;
  }

  isFree(thread: number): boolean {
    return this.threads.has(thread) && this.#table.isFree(thread);
  }

  /** The free thread that was idle longest, or -1. */
  nextFree(): number {
    return this.#table.longestIdle(this.threads.members);
  }

  /** True when no thread of this context is busy. */
  allFree(): boolean {
    const members = this.threads.members;
    for (let i = 0; i < members.length; i++) if (!this.#table.isFree(members[i]!)) return false;
    return true;
  }

  /** The process a thread carries now. */
  process(thread: number): Process {
    return this.#table.process(thread);
  }

  /** The same moment, seen by these threads only. */
  only(threads: ThreadSet): Context {
    const meet = threads.meet(this.threads);
    if (meet === this.threads) return this;
    return this.#time === undefined ? this.#table.view(meet) : new Context(this.#table, meet, this.#time);
  }

  /** The same threads, as they would be at another time if nothing happened until then. */
  at(time: number): Context {
    return new Context(this.#table, this.threads, time);
  }
}
