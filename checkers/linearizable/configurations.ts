/**
 * Linearizability by configuration sets (just-in-time linearization: Lowe 2017, after Wing and Gong). Events are
 * taken as they come; kept is every configuration they allow: a state of the model, which pending operations
 * have taken effect, which optional operations were used. Operations take effect as late as possible, when the
 * completion of one of them demands it. When no configuration is left, no order explains what was seen, and
 * that is known at the earliest completion at which it is true. Memory is the set alone, whatever the length of
 * the history; the price is up to 2^pending configurations, so the set is bounded.
 *
 * Prunings, each keeping at least one explanation if there is any:
 *  - an operation that changes no state takes effect at once when it can;
 *  - of two configurations that differ only in optional operations used, the one that used fewer is enough;
 *  - an optional operation is tried only if something pending would go differently after it.
 */
import { ConfigSet, common, highBitOf, lowBitOf, type Path, UsedSets } from './config-set.ts';
import { ILLEGAL } from './state-table.ts';

/** Steps of a model on interned states and operations. */
export interface Steps {
  /** The state after an operation of this class, or ILLEGAL. */
  step(state: number, cls: number): number;
}

/** `on`: some configuration explains everything so far. `violated`: none does. `limit`: too many to tell. */
export type Progress = 'on' | 'violated' | 'limit';

/** Most operations pending at a time. */
export const MAX_PENDING = 64;

/** Steps between two looks at the limits while one completion is worked on. */
const PAUSE_EVERY = 2048;

/** The configurations of one object, event by event. */
export class Configurations {
  readonly #steps: Steps;
  readonly #most: number;
  readonly #traced: boolean;
  #now = new ConfigSet();
  #next = new ConfigSet();
  readonly #seen = new ConfigSet();
  /** By slot: class, or -1 when free; whether it changes no state; what the caller calls it. */
  readonly #cls = new Int32Array(MAX_PENDING).fill(-1);
  readonly #readOnly = new Uint8Array(MAX_PENDING);
  readonly #name = new Int32Array(MAX_PENDING);
  /** Slots in use lie below this. */
  #slots = 0;
  #used = new UsedSets();
  /** Optional operations by class: class and how many were invoked. */
  #poolCls: number[] = [];
  #poolSize: number[] = [];
  #poolName: number[] = [];
  readonly #pools = new Map<number, number>();
  #low = 0;
  #high = 0;
  #path: Path | null = null;
  /** Most configurations there ever were at a time, visited ones included. */
  peak = 0;
  /** Model steps taken. */
  work = 0;
  readonly #more: () => boolean;
  #pauseAt = PAUSE_EVERY;

  /**
   * `most` configurations at a time; `traced` keeps how each was reached, for small histories. `more` is asked
   * every few thousand steps, as one completion may take millions; once false, the completion ends with `limit`.
   */
  constructor(
    steps: Steps,
    initial: Iterable<number>,
    most: number,
    traced = false,
    more: () => boolean = () => true,
  ) {
    this.#steps = steps;
    this.#most = most;
    this.#traced = traced;
    this.#more = more;
    for (const state of initial) if (this.#now.add(state, 0, 0, 0) && traced) this.#now.paths.push(null);
  }

  /** Configurations now. */
  get size(): number {
    return this.#now.size;
  }

  /** Optional operations not yet accounted for, by kind. */
  get optionalKinds(): number {
    return this.#poolCls.length;
  }

  /** An operation that must take effect before it completes. Returns its slot, or -1 when too many are pending. */
  invoke(cls: number, readOnly: boolean, name = 0): number {
    let slot = 0;
    while (slot < this.#slots && this.#cls[slot] !== -1) slot++;
    if (slot === MAX_PENDING) return -1;
    if (slot === this.#slots) this.#slots++;
    this.#cls[slot] = cls;
    this.#readOnly[slot] = readOnly ? 1 : 0;
    this.#name[slot] = name;
    if (readOnly) this.#takeEverywhere(slot);
    return slot;
  }

  /** An operation that may take effect at any time from now on, or never. */
  invokeOptional(cls: number, name = 0): void {
    let pool = this.#pools.get(cls);
    if (pool === undefined) {
      pool = this.#poolCls.length;
      this.#pools.set(cls, pool);
      this.#poolCls.push(cls);
      this.#poolSize.push(0);
      this.#poolName.push(name);
    }
    this.#poolSize[pool]!++;
  }

  /** The operation in a slot completed: it has taken effect by now. The slot is free afterwards. */
  complete(slot: number): Progress {
    const lowBit = lowBitOf(slot);
    const highBit = highBitOf(slot);
    const now = this.#now;
    const seen = this.#seen;
    this.#next.clear();
    seen.clear();
    for (let at = 0; at < now.size; at++) {
      const low = now.low[at]!;
      const high = now.high[at]!;
      const path = this.#traced ? now.paths[at]! : null;
      if ((low & lowBit) !== 0 || (high & highBit) !== 0) {
        this.#keep(now.state[at]!, low & ~lowBit, high & ~highBit, now.used[at]!, path);
      } else this.#visit(now.state[at]!, low, high, now.used[at]!, path);
    }
    // Visited configurations are worked off in order; new ones join at the end.
    for (let at = 0; at < seen.size; at++) {
      if (seen.size + this.#next.size > this.#most) return 'limit';
      if (!this.#explore(at, lowBit, highBit)) return 'limit';
    }
    this.peak = Math.max(this.peak, seen.size, this.#next.size);
    this.#free(slot);
    [this.#now, this.#next] = [this.#next, this.#now];
    if (this.#now.size === 0) return 'violated';
    if (this.#poolCls.length > 0 && !this.#prune()) return 'limit';
    return this.#now.size > this.#most ? 'limit' : 'on';
  }

  /** The operation in a slot will never be known to have taken effect: it becomes optional. */
  release(slot: number): void {
    const cls = this.#cls[slot]!;
    if (this.#readOnly[slot] === 1) this.#rebuild(slot, (used) => used);
    else {
      this.invokeOptional(cls, this.#name[slot]!);
      const pool = this.#pools.get(cls)!;
      this.#rebuild(slot, (used, taken) => (taken ? this.#used.plus(used, pool) : used));
    }
    this.#free(slot);
    this.#prune();
  }

  /** The operation in a slot never took effect: configurations in which it had are wrong. */
  cancel(slot: number): Progress {
    const changes = this.#readOnly[slot] === 0;
    this.#rebuild(slot, (used, taken) => (taken && changes ? -1 : used));
    this.#free(slot);
    return this.#now.size === 0 ? 'violated' : 'on';
  }

  /** Every configuration: its state, and the operations that took effect, in order, when they are traced. */
  *each(): Generator<{ state: number; path: number[] }> {
    for (let at = 0; at < this.#now.size; at++) {
      const path: number[] = [];
      for (let step = this.#now.paths[at] ?? null; step !== null; step = step.before) path.push(step.op);
      yield { state: this.#now.state[at]!, path: path.reverse() };
    }
  }

  /** Renumbers states, when the caller forgets those no configuration is in. */
  renumberStates(rename: (state: number) => number): void {
    const from = this.#now;
    this.#next.clear();
    for (let at = 0; at < from.size; at++) {
      const path = this.#traced ? from.paths[at]! : null;
      this.#keep(rename(from.state[at]!), from.low[at]!, from.high[at]!, from.used[at]!, path);
    }
    [this.#now, this.#next] = [this.#next, this.#now];
  }

  #free(slot: number): void {
    this.#cls[slot] = -1;
    while (this.#slots > 0 && this.#cls[this.#slots - 1] === -1) this.#slots--;
  }

  /** Whether there is time for more, asked once in PAUSE_EVERY steps. */
  #goesOn(): boolean {
    if (this.work < this.#pauseAt) return true;
    this.#pauseAt = this.work + PAUSE_EVERY;
    return this.#more();
  }

  /** Everything that can follow one visited configuration; false when the limits ended it. */
  #explore(at: number, lowBit: number, highBit: number): boolean {
    const seen = this.#seen;
    const state = seen.state[at]!;
    const used = seen.used[at]!;
    const low = seen.low[at]!;
    const high = seen.high[at]!;
    const before = this.#traced ? seen.paths[at]! : null;
    for (let other = 0; other < this.#slots; other++) {
      // What changes no state was taken as soon as it could be.
      if (this.#cls[other] === -1 || this.#readOnly[other] === 1) continue;
      const lowOther = lowBitOf(other);
      const highOther = highBitOf(other);
      if ((low & lowOther) !== 0 || (high & highOther) !== 0) continue;
      this.work++;
      const next = this.#steps.step(state, this.#cls[other]!);
      if (next === ILLEGAL) continue;
      this.#settle(next, low | lowOther, high | highOther, this.#trace(this.#name[other]!, before));
      this.#arrive(next, used, lowBit, highBit);
    }
    for (let pool = 0; pool < this.#poolCls.length; pool++) {
      if (!this.#goesOn()) return false;
      if (this.#used.count(used, pool) >= this.#poolSize[pool]!) continue;
      this.work++;
      const next = this.#steps.step(state, this.#poolCls[pool]!);
      if (next === ILLEGAL || next === state || !this.#matters(state, next, low, high, used, pool)) continue;
      this.#settle(next, low, high, this.#trace(this.#poolName[pool]!, before));
      this.#arrive(next, this.#used.plus(used, pool), lowBit, highBit);
    }
    return this.#goesOn();
  }

  /** A configuration just made: done with when the awaited operation has taken effect, else to be worked on. */
  #arrive(state: number, used: number, lowBit: number, highBit: number): void {
    const low = this.#low;
    const high = this.#high;
    if ((low & lowBit) !== 0 || (high & highBit) !== 0) {
      this.#keep(state, low & ~lowBit, high & ~highBit, used, this.#path);
    } else this.#visit(state, low, high, used, this.#path);
  }

  #keep(state: number, low: number, high: number, used: number, path: Path | null): void {
    if (this.#next.add(state, low, high, used) && this.#traced) this.#next.paths.push(path);
  }

  #visit(state: number, low: number, high: number, used: number, path: Path | null): void {
    if (this.#seen.add(state, low, high, used) && this.#traced) this.#seen.paths.push(path);
  }

  #trace(op: number, before: Path | null): Path | null {
    return this.#traced ? { op, before } : null;
  }

  /** Lets everything take effect that can in this state and changes nothing. Result in `#low`, `#high`, `#path`. */
  #settle(state: number, low: number, high: number, path: Path | null): void {
    let reached = path;
    let lowNow = low;
    let highNow = high;
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#cls[slot] === -1 || this.#readOnly[slot] === 0) continue;
      const lowBit = lowBitOf(slot);
      const highBit = highBitOf(slot);
      if ((lowNow & lowBit) !== 0 || (highNow & highBit) !== 0) continue;
      this.work++;
      if (this.#steps.step(state, this.#cls[slot]!) === ILLEGAL) continue;
      lowNow |= lowBit;
      highNow |= highBit;
      reached = this.#trace(this.#name[slot]!, reached);
    }
    this.#low = lowNow;
    this.#high = highNow;
    this.#path = reached;
  }

  #takeEverywhere(slot: number): void {
    const from = this.#now;
    const lowBit = lowBitOf(slot);
    const highBit = highBitOf(slot);
    this.#next.clear();
    for (let at = 0; at < from.size; at++) {
      this.work++;
      const taken = this.#steps.step(from.state[at]!, this.#cls[slot]!) !== ILLEGAL;
      const path = this.#traced ? from.paths[at]! : null;
      this.#keep(
        from.state[at]!,
        taken ? from.low[at]! | lowBit : from.low[at]!,
        taken ? from.high[at]! | highBit : from.high[at]!,
        from.used[at]!,
        taken ? this.#trace(this.#name[slot]!, path) : path,
      );
    }
    [this.#now, this.#next] = [this.#next, this.#now];
  }

  /** The set without one slot; `used` decides by configuration, -1 drops it. */
  #rebuild(slot: number, used: (used: number, taken: boolean) => number): void {
    const from = this.#now;
    const lowBit = lowBitOf(slot);
    const highBit = highBitOf(slot);
    this.#next.clear();
    for (let at = 0; at < from.size; at++) {
      const low = from.low[at]!;
      const high = from.high[at]!;
      const after = used(from.used[at]!, (low & lowBit) !== 0 || (high & highBit) !== 0);
      const path = this.#traced ? from.paths[at]! : null;
      if (after >= 0) this.#keep(from.state[at]!, low & ~lowBit, high & ~highBit, after, path);
    }
    [this.#now, this.#next] = [this.#next, this.#now];
  }

  /** Would anything that could come next go differently in `next` than in `state`? */
  #matters(state: number, next: number, low: number, high: number, used: number, taken: number): boolean {
    for (let slot = 0; slot < this.#slots; slot++) {
      const cls = this.#cls[slot]!;
      if (cls === -1) continue;
      const lowBit = lowBitOf(slot);
      const highBit = highBitOf(slot);
      if ((low & lowBit) === 0 && (high & highBit) === 0 && this.#differs(state, next, cls)) return true;
    }
    for (let pool = 0; pool < this.#poolCls.length; pool++) {
      const already = this.#used.count(used, pool) + (pool === taken ? 1 : 0);
      if (already >= this.#poolSize[pool]!) continue;
      const cls = this.#poolCls[pool]!;
      if (this.#steps.step(next, cls) !== next && this.#differs(state, next, cls)) return true;
    }
    return false;
  }

  #differs(state: number, next: number, cls: number): boolean {
    this.work++;
    const after = this.#steps.step(next, cls);
    return after !== ILLEGAL && after !== this.#steps.step(state, cls);
  }

  /**
   * Of configurations that differ only in what they used, keeps the most frugal; forgets what all have used. False
   * when the limits ended it, with all of them kept.
   */
  #prune(): boolean {
    const from = this.#now;
    const groups = new Map<string, number[]>();
    let spent: readonly number[] | null = null;
    for (let at = 0; at < from.size; at++) {
      const key = `${from.state[at]},${from.low[at]},${from.high[at]}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [at]);
      else group.push(at);
    }
    const kept: number[] = [];
    for (const group of groups.values()) {
      for (const at of group) {
        this.work += group.length;
        if (!this.#goesOn()) return false;
        const used = from.used[at]!;
        if (group.some((other) => other !== at && this.#used.within(from.used[other]!, used))) continue;
        kept.push(at);
        const members = this.#used.members(used);
        spent = spent === null ? members : common(spent, members);
      }
    }
    if (kept.length === from.size && (spent === null || spent.length === 0)) return true;
    this.#next.clear();
    const rest = this.#forgetSpent(spent ?? []);
    for (const at of kept) {
      const path = this.#traced ? from.paths[at]! : null;
      this.#keep(from.state[at]!, from.low[at]!, from.high[at]!, rest(from.used[at]!), path);
    }
    [this.#now, this.#next] = [this.#next, this.#now];
    return true;
  }

  /** Takes what every configuration has used out of the pools; returns how multisets read without it. */
  #forgetSpent(spent: readonly number[]): (used: number) => number {
    if (spent.length === 0) return (used) => used;
    const old = this.#used;
    this.#used = new UsedSets();
    for (const pool of spent) this.#poolSize[pool]!--;
    const number: number[] = [];
    const [cls, size, name] = [this.#poolCls, this.#poolSize, this.#poolName];
    this.#poolCls = [];
    this.#poolSize = [];
    this.#poolName = [];
    this.#pools.clear();
    for (let pool = 0; pool < cls.length; pool++) {
      if (size[pool] === 0) continue;
      number[pool] = this.#poolCls.length;
      this.#pools.set(cls[pool]!, this.#poolCls.length);
      this.#poolCls.push(cls[pool]!);
      this.#poolSize.push(size[pool]!);
      this.#poolName.push(name[pool]!);
    }
    return (used) => {
      const left = [...spent];
      const members = old.members(used).filter((pool) => {
        const at = left.indexOf(pool);
        if (at >= 0) left.splice(at, 1);
        return at < 0;
      });
      return this.#used.idOf(members.map((pool) => number[pool]!));
    };
  }
}
