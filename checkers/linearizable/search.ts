/**
 * The general search for a linearization (Wing and Gong, with Lowe's memo): depth first over the order in
 * which operations take effect, never visiting the same set of operations and state twice.
 *
 * Events lie in a doubly linked list from which an operation is lifted when it takes effect and into which it
 * is put back when the search retreats (dancing links). The set of lifted operations is known by a Zobrist
 * hash, 64 bits; a collision can hide a linearization but never invent one, so `valid` is exact and `invalid`
 * must be confirmed by the caller. Prunings, each keeping at least one linearization if there is any:
 *  - operations that change no state whatever it is are taken as soon as they can be;
 *  - of optional operations of one class only the earliest invoked is tried;
 *  - an optional operation is tried only if something that could come next would go differently without it
 *    (otherwise leaving it out leaves the rest as it was);
 *  - where the model says what operations need and make, what is still to come is looked at (look-ahead.ts).
 */
import { type Budget, UNLIMITED } from '../contract.ts';
import { LookAhead } from './look-ahead.ts';
import { OPEN, type Problem } from './problem.ts';
import { SearchList } from './search-list.ts';
import { ILLEGAL } from './state-table.ts';
import { TripleSet } from './triple-table.ts';

/** How optional operations are treated: as they are, as an endless supply once invoked, or left out. */
export type OptionalRule = 'exact' | 'endless' | 'none';

/** What limits a search. */
export interface SearchLimits {
  /** Most steps. */
  steps: number;
  /** Most configurations remembered, 24 to 48 bytes each; states of the model count for several. */
  configurations: number;
  budget?: Budget;
  /** State before everything; default: the problem's. */
  initial?: number;
  /** Changes the hash keys, for a second opinion on `invalid`. */
  salt?: number;
}

/** `limit`: it ended before it knew. */
export interface SearchResult {
  verdict: 'valid' | 'invalid' | 'limit';
  steps: number;
  configurations: number;
  /**
   * History index of the latest completion no order got past so far. When invalid, no order does, unless it was
   * found by looking ahead.
   */
  stuckAt: number;
  /** Some branch was cut off for what comes later. */
  lookedAhead: boolean;
}

/** A step asks a model a few times, which takes a millisecond where states are large. */
const SPEND_EVERY = 128;
/** A state of a model is an object and its text: it takes the room of this many configurations... */
const STATE_WEIGHT = 8;
/** ...and of one more for so many characters of the text. */
const CHARACTERS = 8;
/** States for each operation that count for nothing: a search that never retreats meets that many. */
const FREE_STATES = 4;
/** Longest path through an endless supply, for each operation and in any case: longer ones grow for ever. */
const ENDLESS_DEPTH = 4;
const LEAST_DEPTH = 64;
const EAGER = 1;
const OPTIONAL = 2;

/** Searches for a linearization of the problem. */
export function search(problem: Problem, optional: OptionalRule, limits: SearchLimits): SearchResult {
  return new Search(problem, optional, limits).run();
}

class Search {
  readonly #problem: Problem;
  readonly #limits: SearchLimits;
  readonly #list: SearchList;
  readonly #seen = new TripleSet();
  readonly #ahead: LookAhead | null;
  readonly #endless: boolean;
  readonly #salt: number;
  /** Optional operations by class: those of class number k are `#pool[#poolStart[k]...#poolStart[k + 1]]`. */
  readonly #poolClass: Int32Array;
  readonly #poolStart: Int32Array;
  readonly #pool: Int32Array;
  readonly #used: Int32Array;
  /** The path: what was lifted, from which state, how. */
  #pathOp = new Int32Array(1024);
  #pathState = new Int32Array(1024);
  #pathTag = new Uint8Array(1024);
  #depth = 0;
  #state: number;
  #h1 = 0;
  #h2 = 0;
  /** Where to go on: a node of the list, then a class of optional operations. */
  #cursor = 0;
  #optionalCursor = 0;
  #furthest = 0;
  /** An endless supply leads to ever larger states: a queue that is only filled. */
  #diverges = false;

  constructor(problem: Problem, optional: OptionalRule, limits: SearchLimits) {
    this.#problem = problem;
    this.#limits = limits;
    this.#list = new SearchList(problem);
    // Searches from other states are small, and there are many of them: the counts would cost more than they save.
    this.#ahead = limits.initial === undefined ? LookAhead.of(problem, optional !== 'none') : null;
    this.#endless = optional === 'endless';
    this.#salt = limits.salt ?? 0;
    this.#state = limits.initial ?? problem.initial;
    const pools = optional === 'none' ? new Map<number, number[]>() : poolsOf(problem);
    this.#poolClass = Int32Array.from(pools.keys());
    this.#poolStart = new Int32Array(pools.size + 1);
    this.#used = new Int32Array(pools.size);
    let next = 0;
    for (const members of pools.values())
      this.#poolStart[next + 1] = this.#poolStart[next++]! + members.length;
    this.#pool = Int32Array.from([...pools.values()].flat());
  }

  run(): SearchResult {
    const budget = this.#limits.budget ?? UNLIMITED;
    const list = this.#list;
    let steps = 0;
    let charged = 0;
    this.#takeReadOnly();
    this.#restart();
    while (list.mustLeft > 0) {
      if (++steps - charged >= SPEND_EVERY || this.#diverges) {
        charged = steps;
        if (this.#diverges || steps > this.#limits.steps || this.#full() || !budget.spend(SPEND_EVERY)) {
          return this.#result('limit', steps);
        }
      }
      const node = this.#cursor;
      if (list.isCall(node)) {
        if (!this.#tryOp(list.op[node]!)) this.#cursor = list.next[node]!;
      } else if (this.#optionalCursor < this.#poolClass.length) {
        if (!this.#tryOptional(this.#optionalCursor, node)) this.#optionalCursor++;
      } else {
        if (node > this.#furthest) this.#furthest = node;
        if (!this.#retreat()) return this.#result('invalid', steps);
      }
    }
    return this.#result('valid', steps);
  }

  #result(verdict: SearchResult['verdict'], steps: number): SearchResult {
    const stuckAt = this.#list.at[this.#furthest]!;
    const lookedAhead = this.#ahead?.used ?? false;
    return { verdict, steps, configurations: this.#seen.size, stuckAt, lookedAhead };
  }

  /**
   * No more can be remembered. Of ten open enqueues there are few sets, and millions of orders, each a state.
   */
  #full(): boolean {
    const { table, size } = this.#problem;
    const counted = Math.max(0, 1 - (FREE_STATES * size) / Math.max(1, table.states));
    const weight = counted * (STATE_WEIGHT * table.states + table.characters / CHARACTERS);
    return this.#seen.size + weight >= this.#limits.configurations;
  }

  #restart(): void {
    this.#cursor = this.#list.next[0]!;
    this.#optionalCursor = 0;
  }

  /** Lifts an operation that must happen, if it can happen now and leads somewhere new. */
  #tryOp(op: number): boolean {
    const next = this.#problem.table.step(this.#state, this.#problem.cls[op]!);
    if (next === ILLEGAL) return false;
    if (next !== this.#state && this.#ahead?.strands(this.#state, op)) return false;
    const h1 = this.#h1 ^ zobrist(op, this.#salt);
    const h2 = this.#h2 ^ zobrist(op, this.#salt + 1);
    if (!this.#seen.add(h1, h2, next)) return false;
    this.#push(op, 0);
    this.#h1 = h1;
    this.#h2 = h2;
    this.#list.lift(op);
    this.#ahead?.take(op);
    this.#enter(next);
    return true;
  }

  /** Uses the earliest unused optional operation of a class, if that could make a difference. */
  #tryOptional(pool: number, barrier: number): boolean {
    const op = this.#available(pool, this.#used[pool]!, this.#list.at[barrier]!);
    if (op < 0) return false;
    if (this.#endless && this.#depth > ENDLESS_DEPTH * this.#problem.size + LEAST_DEPTH) {
      this.#diverges = true;
      return false;
    }
    const cls = this.#poolClass[pool]!;
    const next = this.#problem.table.step(this.#state, cls);
    if (next === ILLEGAL || next === this.#state || !this.#matters(next, pool, barrier)) return false;
    if (this.#ahead?.strands(this.#state, op)) return false;
    let { h1, h2 } = { h1: this.#h1, h2: this.#h2 };
    if (!this.#endless) {
      h1 ^= zobrist(op, this.#salt);
      h2 ^= zobrist(op, this.#salt + 1);
    }
    if (!this.#seen.add(h1, h2, next)) return false;
    this.#push(pool, OPTIONAL);
    this.#h1 = h1;
    this.#h2 = h2;
    if (!this.#endless) {
      this.#used[pool]!++;
      this.#ahead?.take(op);
    }
    this.#enter(next);
    return true;
  }

  /** The optional operation number `index` of a pool if it was invoked before `before`, else -1. */
  #available(pool: number, index: number, before: number): number {
    const at = this.#poolStart[pool]! + index;
    if (at >= this.#poolStart[pool + 1]!) return -1;
    const op = this.#pool[at]!;
    return this.#problem.call[op]! < before ? op : -1;
  }

  /** Would any operation that could come next go differently in `next` than in the present state? */
  #matters(next: number, pool: number, barrier: number): boolean {
    const { table, cls } = this.#problem;
    const list = this.#list;
    for (let node = list.next[0]!; list.isCall(node); node = list.next[node]!) {
      const after = table.step(next, cls[list.op[node]!]!);
      if (after !== ILLEGAL && after !== table.step(this.#state, cls[list.op[node]!]!)) return true;
    }
    for (let other = 0; other < this.#poolClass.length; other++) {
      const index = this.#used[other]! + (other === pool && !this.#endless ? 1 : 0);
      if (this.#available(other, index, list.at[barrier]!) < 0) continue;
      const after = table.step(next, this.#poolClass[other]!);
      if (after !== ILLEGAL && after !== next && after !== table.step(this.#state, this.#poolClass[other]!)) {
        return true;
      }
    }
    return false;
  }

  #enter(state: number): void {
    this.#state = state;
    this.#takeReadOnly();
    this.#restart();
  }

  /** Takes every operation that can happen now and changes nothing, ever, or nothing anybody will see. */
  #takeReadOnly(): void {
    const { table, cls, readOnly } = this.#problem;
    const ahead = this.#ahead;
    const list = this.#list;
    for (let again = true; again; ) {
      again = false;
      for (let node = list.next[0]!; list.isCall(node); ) {
        const op = list.op[node]!;
        const following = list.next[node]!;
        const reads = readOnly[cls[op]!] === 1 && table.step(this.#state, cls[op]!) !== ILLEGAL;
        if (reads || (ahead !== null && readOnly[cls[op]!] === 0 && ahead.isIdle(this.#state, op))) {
          this.#push(op, EAGER);
          list.lift(op);
          ahead?.take(op);
          if (!reads) this.#state = table.step(this.#state, cls[op]!);
          this.#h1 ^= zobrist(op, this.#salt);
          this.#h2 ^= zobrist(op, this.#salt + 1);
          // Lifting the first completion brings later invocations within reach.
          again = true;
        }
        node = following;
      }
    }
  }

  /** Undoes the last choice and goes on behind it; false when there is none left. */
  #retreat(): boolean {
    while (this.#depth > 0) {
      const top = --this.#depth;
      const tag = this.#pathTag[top]!;
      const subject = this.#pathOp[top]!;
      this.#state = this.#pathState[top]!;
      if (tag === OPTIONAL) {
        const op = this.#endless ? -1 : this.#pool[this.#poolStart[subject]! + --this.#used[subject]!]!;
        if (op >= 0) {
          this.#flip(op);
          this.#ahead?.restore(op);
        }
        this.#cursor = this.#list.barrier();
        this.#optionalCursor = subject + 1;
        return true;
      }
      this.#list.unlift(subject);
      this.#ahead?.restore(subject);
      this.#flip(subject);
      if (tag === EAGER) continue;
      this.#cursor = this.#list.next[this.#list.callNode[subject]!]!;
      this.#optionalCursor = 0;
      return true;
    }
    return false;
  }

  #flip(op: number): void {
    this.#h1 ^= zobrist(op, this.#salt);
    this.#h2 ^= zobrist(op, this.#salt + 1);
  }

  #push(subject: number, tag: number): void {
    const depth = this.#depth++;
    if (depth === this.#pathOp.length) this.#growPath();
    this.#pathOp[depth] = subject;
    this.#pathState[depth] = this.#state;
    this.#pathTag[depth] = tag;
  }

  #growPath(): void {
    const length = this.#pathOp.length * 2;
    const ops = new Int32Array(length);
    const states = new Int32Array(length);
    const tags = new Uint8Array(length);
    ops.set(this.#pathOp);
    states.set(this.#pathState);
    tags.set(this.#pathTag);
    this.#pathOp = ops;
    this.#pathState = states;
    this.#pathTag = tags;
  }
}

/** Optional operations by class, each list in order of invocation. */
function poolsOf(problem: Problem): Map<number, number[]> {
  const pools = new Map<number, number[]>();
  for (let op = 0; op < problem.size; op++) {
    if (problem.ret[op] !== OPEN) continue;
    const members = pools.get(problem.cls[op]!);
    if (members === undefined) pools.set(problem.cls[op]!, [op]);
    else members.push(op);
  }
  return pools;
}

/** A fixed pseudo-random int for an operation, another one for every salt. */
function zobrist(op: number, salt: number): number {
  let h = Math.imul(op + 0x7ed55d16, 0x9e3779b1) ^ Math.imul(salt + 0x165667b1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}
