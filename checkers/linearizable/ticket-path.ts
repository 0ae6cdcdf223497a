/**
 * A counter whose increments tell the number they found: the numbers are the order. In that order, with reads
 * of a number before the increment that takes it, everything must be able to follow what comes before it; and
 * numbers nobody was told were taken by increments of unknown outcome, invoked early enough. O(n log n).
 */
import { NONE } from '../../harness/history/history.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidUpTo, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN } from './problem.ts';

/** What is known of each number. */
interface Numbers {
  /** Call of the increment that was told it, or NONE. */
  taker: Int32Array;
  /** Reads of it: first completion and last call. */
  firstRet: Int32Array;
  lastCall: Int32Array;
  /** All numbers below this one were taken. */
  top: number;
  /** Calls of increments of unknown outcome, ascending. */
  loose: number[];
}

/** Judges counters that tell. */
export class TicketPath implements FastPath {
  readonly name = 'numbering';
  readonly #inquiry: Inquiry;
  readonly #read: number;
  readonly #get: number;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    this.#read = inquiry.history.names.find('read');
    this.#get = inquiry.history.names.find('get');
  }

  /** The verdict on one key. */
  judge(calls: Int32Array): FastDecision {
    const numbers = this.#collect(calls);
    const stuckAt = typeof numbers === 'number' ? numbers : this.#follow(numbers);
    return stuckAt === null ? VALID : invalidUpTo(this.#inquiry, calls, stuckAt);
  }

  /** The numbers, or the completion that cannot be. */
  #collect(calls: Int32Array): Numbers | number {
    const { history, outcomes } = this.#inquiry;
    const { fs, pairs } = history.columns;
    const most = calls.length + 1;
    const numbers: Numbers = {
      taker: new Int32Array(most).fill(NONE),
      firstRet: new Int32Array(most).fill(OPEN),
      lastCall: new Int32Array(most).fill(NONE),
      top: 0,
      loose: [],
    };
    for (const call of calls) {
      const outcome = outcomes.of(call);
      if (outcome === null) continue;
      const reads = fs[call] === this.#read || fs[call] === this.#get;
      if (outcome === 'info') {
        if (!reads) numbers.loose.push(call);
        continue;
      }
      const ret = pairs[call]!;
      const number = history.value(ret);
      if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number >= most) return ret;
      if (reads) {
        numbers.firstRet[number] = Math.min(numbers.firstRet[number]!, ret);
        numbers.lastCall[number] = call;
      } else if (numbers.taker[number] !== NONE) {
        return Math.max(ret, pairs[numbers.taker[number]!]!);
      } else numbers.taker[number] = call;
      numbers.top = Math.max(numbers.top, reads ? number : number + 1);
    }
    return numbers;
  }

  /** The completion by which something is wrong, or null. */
  #follow({ taker, firstRet, lastCall, top, loose }: Numbers): number | null {
    const { pairs } = this.#inquiry.history.columns;
    let run = NONE;
    for (let number = 0; number <= top; number++) {
      const call = taker[number]!;
      if (firstRet[number]! < run) return pairs[run]!;
      run = Math.max(run, lastCall[number]!);
      if (call === NONE) continue;
      if (pairs[call]! < run) return pairs[run]!;
      run = Math.max(run, call);
    }
    const due: number[] = [];
    let soonest = OPEN;
    for (let number = top; number >= 0; number--) {
      const call = taker[number]!;
      if (call !== NONE) soonest = Math.min(soonest, pairs[call]!);
      else if (number < top) due.push(soonest);
      soonest = Math.min(soonest, firstRet[number]!);
    }
    due.sort((a, b) => a - b);
    for (const [k, deadline] of due.entries()) {
      // A later increment may yet be told a number that is due: only the whole history shows that none was.
      if (k >= loose.length || loose[k]! >= deadline) return this.#inquiry.history.length;
    }
    return null;
  }
}
