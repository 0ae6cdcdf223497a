/**
 * A counter that is changed by one amount only and read, by an exact greedy: an increment counts when it completes, or
 * earlier when a read cannot do without it; then those are taken that would have to count soonest anyway.
 * O(n log n).
 */
import { INVOKE, NONE } from '../../harness/history/history.ts';
import { deltaOf } from '../models/counter.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidUpTo, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN } from './problem.ts';

/** Judges counters. */
export class CounterPath implements FastPath {
  readonly name = 'counting';
  readonly #inquiry: Inquiry;
  readonly #read: number;
  /** By history index of a call: increments that count; and what reads must be at least. */
  readonly #counted: Uint8Array;
  readonly #least: Int32Array;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    const { names, length } = inquiry.history;
    this.#read = names.find('read');
    this.#counted = new Uint8Array(length);
    this.#least = new Int32Array(length);
  }

  /** The verdict on one key; null when different amounts are added. */
  judge(calls: Int32Array): FastDecision {
    const { history, outcomes } = this.#inquiry;
    const { fs, types, pairs } = history.columns;
    const amount = this.#amount(calls);
    if (amount === null) return null;
    const pending = new Pending(calls.length);
    let count = 0;
    for (const event of eventsOf(calls, pairs, history.length)) {
      const invoked = types[event] === INVOKE;
      const call = invoked ? event : pairs[event]!;
      const outcome = outcomes.of(call);
      if (outcome === null) continue;
      const certain = outcome === 'ok';
      if (fs[call] !== this.#read) {
        if (invoked) pending.add(call, certain ? pairs[call]! : OPEN);
        else if (certain && this.#counted[call] === 0) {
          this.#counted[call] = 1;
          count++;
        }
      } else if (invoked) this.#least[call] = count;
      else if (certain) {
        const read = history.value(event);
        const seen = typeof read === 'number' ? read / amount : null;
        if (seen === null || seen < this.#least[call]!) return invalidUpTo(this.#inquiry, calls, event);
        while (count < seen) {
          const next = pending.take(this.#counted);
          if (next === NONE) return invalidUpTo(this.#inquiry, calls, event);
          this.#counted[next] = 1;
          count++;
        }
        if (count > seen && !Number.isInteger(seen)) return invalidUpTo(this.#inquiry, calls, event);
      }
    }
    return VALID;
  }

  /** The only amount that is ever added (1 when nothing is), or null: there are several, or none that counts. */
  #amount(calls: Int32Array): number | null {
    const { history, outcomes } = this.#inquiry;
    const { fs, values } = history.columns;
    const known = new Map<number, number>();
    let amount: number | null = null;
    for (const call of calls) {
      if (fs[call] === this.#read || outcomes.of(call) === null) continue;
      const kind = fs[call]! * history.values.size + values[call]!;
      let delta = known.get(kind);
      if (delta === undefined) {
        delta = deltaOf({ f: history.f(call), input: history.value(call), output: null, outcome: 'info' });
        known.set(kind, delta);
      }
      if (delta === 0 || !Number.isSafeInteger(delta) || (amount !== null && delta !== amount)) return null;
      amount = delta;
    }
    return amount ?? 1;
  }
}

/** Calls and completions of these operations in order. */
function eventsOf(calls: Int32Array, pairs: Int32Array, length: number): Int32Array {
  const events = new Int32Array(calls.length * 2);
  let size = 0;
  for (const call of calls) {
    events[size++] = call;
    if (pairs[call] !== NONE) events[size++] = pairs[call]!;
  }
  if (size === length) {
    for (let i = 0; i < length; i++) events[i] = i;
    return events.subarray(0, size);
  }
  return events.subarray(0, size).sort();
}

/** Increments by their completion: a binary heap of calls. */
class Pending {
  readonly #calls: Int32Array;
  readonly #rets: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#calls = new Int32Array(capacity);
    this.#rets = new Int32Array(capacity);
  }

  add(call: number, ret: number): void {
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#rets[parent]! <= ret) break;
      this.#put(at, this.#calls[parent]!, this.#rets[parent]!);
      at = parent;
    }
    this.#put(at, call, ret);
  }

  /** The one to complete first of those not counted, or NONE. */
  take(counted: Uint8Array): number {
    while (this.#size > 0) {
      const call = this.#calls[0]!;
      this.#removeFirst();
      if (counted[call] === 0) return call;
    }
    return NONE;
  }

  #removeFirst(): void {
    const last = --this.#size;
    const [call, ret] = [this.#calls[last]!, this.#rets[last]!];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#rets[child + 1]! < this.#rets[child]!) child++;
      if (this.#rets[child]! >= ret) break;
      this.#put(at, this.#calls[child]!, this.#rets[child]!);
      at = child;
    }
    this.#put(at, call, ret);
  }

  #put(at: number, call: number, ret: number): void {
    this.#calls[at] = call;
    this.#rets[at] = ret;
  }
}
