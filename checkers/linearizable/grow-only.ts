/**
 * A set that is only added to and read as a whole, every element added once: reads must be ordered by
 * inclusion, and in that order every read comes after the additions it shows and before those it does not.
 * O(length of all reads).
 */
import { NONE } from '../../harness/history/history.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import { arrayOf } from '../models/values.ts';
import type { FastDecision } from './fast-path.ts';
import { invalidAbout, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN } from './problem.ts';

/** The verdict on a set with these operations, all of them additions and reads. */
export function growOnly(inquiry: Inquiry, calls: Int32Array): FastDecision {
  return new GrowOnly(inquiry, calls).judge();
}

class GrowOnly {
  readonly #inquiry: Inquiry;
  /** Call of the addition of each value id, or NONE. */
  readonly #adder: Int32Array;
  /** Position + 1 in the order of reads of the first read that shows each value id; 0 for none. */
  readonly #shown: Int32Array;
  readonly #adds: number[] = [];
  readonly #reads: number[] = [];
  /** Value ids of each read, by the id of what it read. */
  readonly #elements = new Map<number, Int32Array>();
  #readable = true;

  constructor(inquiry: Inquiry, calls: Int32Array) {
    this.#inquiry = inquiry;
    const { history, outcomes } = inquiry;
    const { fs, values, pairs } = history.columns;
    const read = history.names.find('read');
    const no = history.values.find(false);
    this.#adder = new Int32Array(history.values.size).fill(NONE);
    this.#shown = new Int32Array(history.values.size);
    for (const call of calls) {
      const outcome = outcomes.of(call);
      if (outcome === null) continue;
      if (fs[call] === read) {
        if (outcome === 'ok') this.#reads.push(call);
        continue;
      }
      // Added twice, or found present when added.
      if (this.#adder[values[call]!] !== NONE || (outcome === 'ok' && values[pairs[call]!] === no)) {
        this.#readable = false;
      }
      this.#adder[values[call]!] = call;
      this.#adds.push(call);
    }
  }

  judge(): FastDecision {
    if (!this.#readable) return null;
    const size = (call: number): number => this.#elementsOf(call).length;
    for (const call of this.#reads) {
      const wrong = this.#malformed(call);
      if (wrong !== null) return this.#invalid([call], [wrong]);
    }
    this.#reads.sort((a, b) => size(a) - size(b));
    return this.#ordered() ?? this.#inTime() ?? VALID;
  }

  #seenBy(call: number): Json {
    return this.#inquiry.history.value(this.#inquiry.history.pair(call));
  }

  #elementsOf(call: number): Int32Array {
    const { history } = this.#inquiry;
    const id = history.columns.values[history.pair(call)]!;
    let elements = this.#elements.get(id);
    if (elements === undefined) {
      const seen = arrayOf(this.#seenBy(call)) ?? [];
      elements = Int32Array.from(seen, (element) => history.values.find(element));
      this.#elements.set(id, elements);
    }
    return elements;
  }

  /** An element this read shows twice, or that nobody can have added by its end, or its own non-list. */
  #malformed(call: number): Json | null {
    const elements = this.#elementsOf(call);
    const ret = this.#inquiry.history.pair(call);
    const seen = this.#seenBy(call);
    for (let i = 0; i < elements.length; i++) {
      const id = elements[i]!;
      const adder = id < 0 ? NONE : this.#adder[id]!;
      if (adder === NONE || adder > ret) return (seen as Json[])[i]!;
    }
    if (new Set(elements).size === elements.length) return null;
    const once = new Set<number>();
    for (let i = 0; i < elements.length; i++) {
      if (once.has(elements[i]!)) return (seen as Json[])[i]!;
      once.add(elements[i]!);
    }
    return null;
  }

  /** Is every read contained in the next larger one? */
  #ordered(): FastDecision {
    let known = 0;
    for (let i = 0; i < this.#reads.length; i++) {
      const elements = this.#elementsOf(this.#reads[i]!);
      let old = 0;
      for (const id of elements) {
        if (this.#shown[id] !== 0) old++;
        else this.#shown[id] = i + 1;
      }
      if (old !== known) return this.#incomparable(i);
      known = elements.length;
    }
    return null;
  }

  /** A read lacks what an earlier, not larger one had: both, and an element of each the other lacks. */
  #incomparable(at: number): FastDecision {
    const mine = new Set(this.#elementsOf(this.#reads[at]!));
    for (let before = at - 1; before >= 0; before--) {
      const others = this.#elementsOf(this.#reads[before]!);
      const lacked = others.find((id) => !mine.has(id));
      if (lacked === undefined) continue;
      const theirs = new Set(others);
      const extra = [...mine].find((id) => !theirs.has(id))!;
      const { values } = this.#inquiry.history;
      return this.#invalid([this.#reads[before]!, this.#reads[at]!], [values.get(lacked), values.get(extra)]);
    }
    throw new Error('a read lacks an element that no smaller read had');
  }

  /** Additions, then the reads that show them, and so on: each must be able to follow all before it. */
  #inTime(): FastDecision {
    const { history, outcomes } = this.#inquiry;
    const end = (call: number): number => (outcomes.of(call) === 'ok' ? history.pair(call) : OPEN);
    let run = NONE;
    for (let i = 0; i < this.#reads.length; ) {
      const elements = this.#elementsOf(this.#reads[i]!);
      const before = run;
      for (const id of elements) {
        if (this.#shown[id] !== i + 1) continue;
        if (end(this.#adder[id]!) < before) return this.#late(this.#adder[id]!, before);
        run = Math.max(run, this.#adder[id]!);
      }
      const added = run;
      for (; i < this.#reads.length && this.#elementsOf(this.#reads[i]!).length === elements.length; i++) {
        if (end(this.#reads[i]!) < added) return this.#late(this.#reads[i]!, added);
        run = Math.max(run, this.#reads[i]!);
      }
    }
    for (const call of this.#adds) {
      if (this.#shown[history.columns.values[call]!] === 0 && end(call) < run) return this.#late(call, run);
    }
    return null;
  }

  /** `call` completed before `after`, which must precede it, was invoked. */
  #late(call: number, after: number): FastDecision {
    const { history } = this.#inquiry;
    const read = history.names.find('read');
    const { fs, values } = history.columns;
    const both = [call, after];
    const reads = both.filter((at) => fs[at] === read);
    const adds = both.filter((at) => fs[at] !== read);
    const ids = adds.map((at) => values[at]!);
    // Two additions are ordered by the first read that shows the one that must come first.
    if (reads.length === 0) reads.push(this.#reads[this.#shown[values[after]!]! - 1]!);
    if (reads.length === 2) {
      const smaller = new Set(this.#elementsOf(after));
      ids.push(this.#elementsOf(call).find((id) => !smaller.has(id))!);
    }
    return this.#invalid(
      [...reads, ...adds],
      ids.map((id) => history.values.get(id)),
    );
  }

  /** These reads, cut down to some elements, and the additions of those. */
  #invalid(calls: number[], elements: Json[]): FastDecision {
    const { history } = this.#inquiry;
    const adds = elements.map((element) => {
      const id = history.values.find(element);
      return id < 0 ? NONE : this.#adder[id]!;
    });
    const all = [...calls, ...adds.filter((call) => call !== NONE)];
    return invalidAbout(this.#inquiry, all, new Set(elements.map(canonicalJson)));
  }
}
