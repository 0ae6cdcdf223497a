/**
 * Sets. Elements are independent of each other, so a set that is never read as a whole is judged element by
 * element: an element that is added once and removed at most once is certainly present from the first
 * completion to the last invocation of what shows it present, and whoever found it absent must have been able
 * to look before or after. Elements for which more is possible go to the search, each by itself. A set that is
 * only added to and read as a whole is judged by `grow-only.ts`.
 */
import { NONE } from '../../harness/history/history.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidBy, VALID } from './fast-path.ts';
import { growOnly } from './grow-only.ts';
import type { Inquiry } from './inquiry.ts';
import { overdrawnAt } from './permit-path.ts';
import { OPEN } from './problem.ts';

/** What one operation says about its element. */
const NOTHING = 0;
const PRESENT = 1;
const ABSENT = 2;
/** It added the element; it may have; it removed the element; it may have; it removed it if it was there. */
const ADDED = 3;
const MAY_ADD = 4;
const REMOVED = 5;
const MAY_REMOVE = 6;
const DROPPED = 7;

/** Judges sets and multisets. */
export class SetPath implements FastPath {
  readonly name = 'by element';
  readonly #inquiry: Inquiry;
  readonly #local: Int32Array;
  readonly #stamp: Int32Array;
  readonly #true: number;
  readonly #false: number;
  readonly #names: { add: number; remove: number; contains: number; read: number };
  #round = 0;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    const { names, values } = inquiry.history;
    this.#local = new Int32Array(values.size);
    this.#stamp = new Int32Array(values.size);
    this.#true = values.find(true);
    this.#false = values.find(false);
    const [add, remove] = [names.find('add'), names.find('remove')];
    this.#names = { add, remove, contains: names.find('contains'), read: names.find('read') };
  }

  /** The verdict on one key. O(n), plus the length of all reads. */
  judge(calls: Int32Array): FastDecision {
    const { outcomes, history, model } = this.#inquiry;
    const { fs } = history.columns;
    let reads = false;
    let others = false;
    for (const call of calls) {
      const outcome = outcomes.of(call);
      if (fs[call] === this.#names.read) reads ||= outcome === 'ok';
      else if (fs[call] !== this.#names.add) others ||= outcome !== null && outcome !== 'refused';
    }
    if (reads) return others || model.name === 'multiset' ? null : growOnly(this.#inquiry, calls);
    return this.#byElement(calls);
  }

  #byElement(calls: Int32Array): FastDecision {
    const { starts, sorted } = this.#grouped(calls);
    const left: Int32Array[] = [];
    for (let group = 0; group + 1 < starts.length; group++) {
      const own = sorted.subarray(starts[group]!, starts[group + 1]!);
      const answer = this.#inquiry.model.name === 'multiset' ? this.#bag(own) : this.#element(own);
      if (answer === null) left.push(own);
      else if (!answer) return invalidBy(this.#inquiry, own);
    }
    return left.length === 0 ? VALID : { verdict: 'split', parts: left };
  }

  /** Calls by element, in order within each. */
  #grouped(calls: Int32Array): { starts: Int32Array; sorted: Int32Array } {
    this.#round++;
    const { values, fs } = this.#inquiry.history.columns;
    const sizes = new Int32Array(calls.length + 2);
    let count = 0;
    for (const call of calls) {
      if (fs[call] === this.#names.read) continue;
      const value = values[call]!;
      if (this.#stamp[value] !== this.#round) {
        this.#stamp[value] = this.#round;
        this.#local[value] = count++;
      }
      sizes[this.#local[value]! + 1]!++;
    }
    for (let group = 0; group < count; group++) sizes[group + 1]! += sizes[group]!;
    const starts = sizes.slice(0, count + 1);
    const next = starts.slice();
    const sorted = new Int32Array(starts[count]!);
    for (const call of calls) {
      if (fs[call] !== this.#names.read) sorted[next[this.#local[values[call]!]!]!++] = call;
    }
    return { starts, sorted };
  }

  #meaning(call: number): number {
    const { outcomes, history } = this.#inquiry;
    const { fs, values, pairs } = history.columns;
    const outcome = outcomes.of(call);
    if (outcome === null) return NOTHING;
    if (outcome === 'refused') return ABSENT;
    const answer = outcome === 'ok' ? values[pairs[call]!]! : NONE;
    // An element that is a boolean itself makes its own echo look like an answer.
    const plain = values[call] !== this.#true && values[call] !== this.#false;
    if (fs[call] === this.#names.contains) {
      if (outcome === 'info') return NOTHING;
      return answer === this.#true ? PRESENT : answer === this.#false ? ABSENT : DROPPED + 1;
    }
    if (fs[call] === this.#names.add) {
      if (outcome === 'info') return MAY_ADD;
      return plain && answer === this.#false ? PRESENT : ADDED;
    }
    if (outcome === 'info') return MAY_REMOVE;
    if (plain && answer === this.#false) return ABSENT;
    return plain && answer === this.#true ? REMOVED : DROPPED;
  }

  /** Is one element's history right? null when it was added or removed more than once. */
  #element(calls: Int32Array): boolean | null {
    const { pairs } = this.#inquiry.history.columns;
    let add = NONE;
    let remove = NONE;
    let [addKind, removeKind] = [NOTHING, NOTHING];
    let firstRet = OPEN;
    let lastCall = NONE;
    let seen = false;
    for (const call of calls) {
      const kind = this.#meaning(call);
      if (kind > DROPPED) return null;
      if (kind === ADDED || kind === MAY_ADD) {
        if (add !== NONE) return null;
        [add, addKind] = [call, kind];
      } else if (kind >= REMOVED) {
        if (remove !== NONE) return null;
        [remove, removeKind] = [call, kind];
      } else if (kind === PRESENT) {
        seen = true;
        firstRet = Math.min(firstRet, pairs[call]!);
        lastCall = Math.max(lastCall, call);
      }
    }
    const adds = addKind === ADDED ? [add] : addKind === MAY_ADD ? [NONE, add] : [NONE];
    const removes = removeKind === REMOVED ? [remove] : removeKind === NOTHING ? [NONE] : [NONE, remove];
    for (const a of adds) {
      for (const r of removes) {
        if (a === NONE ? r === NONE && !seen : this.#fits(calls, a, r, firstRet, lastCall)) {
          // A removal that must have happened without effect found the element absent.
          const idle = removeKind === DROPPED && r === NONE;
          if (!idle || a === NONE || this.#absent(remove, a, r, firstRet, lastCall)) return true;
        }
      }
    }
    return false;
  }

  /** Is one element of a multiset taken out no more often than it was put in? null when more is said of it. */
  #bag(calls: Int32Array): boolean | null {
    const change = new Map<number, number>();
    for (const call of calls) {
      const kind = this.#meaning(call);
      if (kind === NOTHING || kind === MAY_REMOVE) continue;
      if (kind !== ADDED && kind !== MAY_ADD && kind !== REMOVED) return null;
      change.set(call, kind === REMOVED ? -1 : 1);
    }
    const ends = (call: number): number => this.#end(call, true);
    return overdrawnAt(calls, ends, (call) => change.get(call) ?? 0, 0) === null;
  }

  #end(call: number, certain: boolean): number {
    return certain && this.#inquiry.outcomes.of(call) === 'ok' ? this.#inquiry.history.pair(call) : OPEN;
  }

  /** Can the element have been added by one operation and removed by another, or not at all? */
  #fits(calls: Int32Array, add: number, remove: number, firstRet: number, lastCall: number): boolean {
    const from = this.#presentFrom(add, remove, firstRet);
    const to = this.#presentTo(add, remove, lastCall);
    if (add > from) return false;
    if (remove !== NONE && this.#end(remove, true) < Math.max(add, lastCall)) return false;
    for (const call of calls) {
      if (this.#meaning(call) !== ABSENT) continue;
      if (call > from && this.#inquiry.history.pair(call) < to) return false;
    }
    return true;
  }

  #absent(call: number, add: number, remove: number, firstRet: number, lastCall: number): boolean {
    const from = this.#presentFrom(add, remove, firstRet);
    return call < from || this.#inquiry.history.pair(call) > this.#presentTo(add, remove, lastCall);
  }

  #presentFrom(add: number, remove: number, firstRet: number): number {
    const removed = remove === NONE ? OPEN : this.#end(remove, true);
    return Math.min(firstRet, this.#end(add, true), removed);
  }

  #presentTo(add: number, remove: number, lastCall: number): number {
    return remove === NONE ? OPEN : Math.max(lastCall, add, remove);
  }
}
