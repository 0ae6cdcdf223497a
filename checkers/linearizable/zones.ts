/**
 * Linearizability of a register whose values are each written once, in linear time but for one sort.
 *
 * A value with everything that follows it by cas is a chain; chains cannot interleave, because a value never
 * comes back. A chain is certainly current between the first completion and the last invocation of its
 * operations, if these come in that order (a forward zone); otherwise all its operations overlap and it fits
 * into one instant (a backward zone). A history is linearizable exactly when operations inside each chain can
 * follow the chain's order, no two forward zones overlap, and no backward zone lies within a forward one.
 * (Gibbons and Korach's zones, extended to cas.) Refused cas are not covered: see `refusals.ts`.
 */
import { NONE } from '../../harness/history/history.ts';
import { OPEN } from './problem.ts';
import { CAS, READ, type RegisterColumns } from './register-columns.ts';
import { type GroupingEnd, ValueGroups } from './value-groups.ts';

/** What cannot be: positions in the columns of the operations it rests on. */
export type Conflict =
  | Exclude<GroupingEnd, { kind: 'ambiguous' }>
  /** An operation that would have to follow itself through cas operations. */
  | { kind: 'cycle'; op: number }
  /** `later` comes after `earlier` in its chain, but completed before that was invoked. */
  | { kind: 'order'; earlier: number; later: number }
  /** Two chains certainly current at once, or one written and over while another was current. */
  | { kind: 'overlap'; ops: [number, number, number, number] };

/** The answer for one key. */
export type ZoneVerdict = { verdict: 'valid' | 'ambiguous' } | { verdict: 'invalid'; conflict: Conflict };

/** Judges one key after the other, reusing its memory. */
export class Zones {
  readonly groups = new ValueGroups();
  /** Ends of every chain, with the operations that define them: first completion, last invocation. */
  firstRet = new Int32Array(0);
  lastCall = new Int32Array(0);
  firstRetOp = new Int32Array(0);
  lastCallOp = new Int32Array(0);
  /** How many values the operations wrote or read: what is compared with besides has a number, and no chain. */
  values = 0;
  /** Chain of each of these values. */
  chainOf = new Int32Array(0);
  chains = 0;
  /** Chains with forward zones in order of time. */
  forward = new Int32Array(0);
  forwards = 0;
  #run = NONE;
  #runOp = NONE;
  #visited = 0;

  /** Judges the columns, refused operations aside. O(n log n) with a native sort, else O(n). */
  judge(c: RegisterColumns, initial: number, valueCount: number): ZoneVerdict {
    const end = this.groups.group(c, initial, valueCount);
    if (end?.kind === 'ambiguous') return { verdict: 'ambiguous' };
    const conflict = end ?? this.#followChains(c) ?? this.#compareZones();
    return conflict === null ? { verdict: 'valid' } : { verdict: 'invalid', conflict };
  }

  #followChains(c: RegisterColumns): Conflict | null {
    const { groups } = this;
    this.#reserve(groups.count);
    this.#visited = 0;
    const broken = this.#follow(c, 0);
    if (broken !== null) return broken;
    let updates = 0;
    for (let i = 0; i < c.size; i++) {
      if (groups.happened[i] === 0) continue;
      updates++;
      if (c.kind[i] === CAS) continue;
      const order = this.#follow(c, groups.local(c.to[i]!));
      if (order !== null) return order;
    }
    if (this.#visited === updates) return null;
    return { kind: 'cycle', op: this.#unvisited(c) };
  }

  #reserve(values: number): void {
    this.chains = 0;
    this.forwards = 0;
    this.values = values;
    if (this.chainOf.length < values) {
      const size = 2 * values;
      this.firstRet = new Int32Array(size);
      this.lastCall = new Int32Array(size);
      this.firstRetOp = new Int32Array(size);
      this.lastCallOp = new Int32Array(size);
      this.chainOf = new Int32Array(size);
      this.forward = new Int32Array(size);
    }
    this.chainOf.fill(NONE, 0, values);
  }

  /** Walks one chain from its head; every group must be able to follow those before it. */
  #follow(c: RegisterColumns, head: number): Conflict | null {
    const { groups } = this;
    const chain = this.chains++;
    // Before everything the initial value was there, as if written at -1.
    this.firstRet[chain] = head === 0 ? -1 : OPEN;
    this.lastCall[chain] = -1;
    this.firstRetOp[chain] = NONE;
    this.lastCallOp[chain] = NONE;
    this.#run = -1;
    this.#runOp = NONE;
    for (let v = head; ; ) {
      this.chainOf[v] = chain;
      const w = groups.writer[v]!;
      if (w !== NONE) {
        this.#visited++;
        const late = this.#enter(c, chain, w, w);
        if (late !== null) return late;
      }
      if (groups.firstRead[v] !== NONE) {
        const late = this.#enter(c, chain, groups.firstRead[v]!, groups.lastRead[v]!);
        if (late !== null) return late;
      }
      const next = groups.successor[v]!;
      if (next === NONE) return null;
      v = groups.local(c.to[next]!);
    }
  }

  /** Adds a group, given by the operations that return first and are invoked last in it. */
  #enter(c: RegisterColumns, chain: number, first: number, last: number): Conflict | null {
    if (c.ret[first]! < this.#run) return { kind: 'order', earlier: this.#runOp, later: first };
    if (c.call[last]! > this.#run) {
      this.#run = c.call[last]!;
      this.#runOp = last;
    }
    if (c.ret[first]! < this.firstRet[chain]!) {
      this.firstRet[chain] = c.ret[first]!;
      this.firstRetOp[chain] = first;
    }
    if (c.call[last]! > this.lastCall[chain]!) {
      this.lastCall[chain] = c.call[last]!;
      this.lastCallOp[chain] = last;
    }
    return null;
  }

  #unvisited(c: RegisterColumns): number {
    for (let i = 0; i < c.size; i++) {
      if (c.kind[i] === READ || this.groups.happened[i] === 0) continue;
      if (this.chainOf[this.groups.local(c.to[i]!)] === NONE) return i;
    }
    throw new Error('a chain was counted wrongly');
  }

  #compareZones(): Conflict | null {
    const { firstRet, lastCall, forward } = this;
    const order = new Float64Array(this.chains);
    for (let chain = 0; chain < this.chains; chain++) {
      if (firstRet[chain]! < lastCall[chain]!) {
        order[this.forwards++] = (firstRet[chain]! + 1) * this.chains + chain;
      }
    }
    const sorted = order.subarray(0, this.forwards).sort();
    for (let i = 0; i < this.forwards; i++) forward[i] = sorted[i]! % this.chains;
    for (let i = 1; i < this.forwards; i++) {
      const [a, b] = [forward[i - 1]!, forward[i]!];
      if (firstRet[b]! < lastCall[a]!) return this.#overlap(a, b);
    }
    for (let chain = 0; chain < this.chains; chain++) {
      if (firstRet[chain]! < lastCall[chain]! || this.firstRetOp[chain] === NONE) continue;
      const around = this.forwardBefore(lastCall[chain]!);
      if (around !== NONE && lastCall[forward[around]!]! > firstRet[chain]!) {
        return this.#overlap(forward[around]!, chain);
      }
    }
    return null;
  }

  /** Position in `forward` of the last forward zone that begins before an index, or NONE. O(log n). */
  forwardBefore(index: number): number {
    let low = 0;
    let high = this.forwards;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.firstRet[this.forward[middle]!]! < index) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #overlap(a: number, b: number): Conflict {
    return {
      kind: 'overlap',
      ops: [this.firstRetOp[a]!, this.lastCallOp[a]!, this.firstRetOp[b]!, this.lastCallOp[b]!],
    };
  }
}
