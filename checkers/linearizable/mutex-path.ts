/**
 * A mutex whose owners take turns acquiring and releasing: each certainly holds it from the completion of the
 * acquisition to the invocation of the release, and no two such spans may overlap. O(n log n).
 */
import { NONE } from '../../harness/history/history.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidBy, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN } from './problem.ts';

/** Judges mutexes. */
export class MutexPath implements FastPath {
  readonly name = 'holding spans';
  readonly #inquiry: Inquiry;
  readonly #acquire: number;
  readonly #nothing: number;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
    this.#acquire = inquiry.history.names.find('acquire');
    this.#nothing = inquiry.history.values.find(null);
  }

  /** The verdict on one key; null where refusals were observed or an owner did not take turns. */
  judge(calls: Int32Array): FastDecision {
    const { history, outcomes } = this.#inquiry;
    const { fs, values, pairs, processes } = history.columns;
    const acquired: number[] = [];
    const released: number[] = [];
    /** Span each owner is in, by owner; processes and values are numbered apart. */
    const holding = new Map<number, number>();
    for (const call of calls) {
      const outcome = outcomes.of(call);
      if (outcome === null) continue;
      if (outcome === 'refused') return null;
      const owner = values[call] === this.#nothing ? -1 - processes[call]! : values[call]!;
      const span = holding.get(owner);
      if (fs[call] === this.#acquire) {
        // Whether it holds from here on is not known; it matters only if it goes on as if it did.
        if (span !== undefined) return null;
        holding.set(owner, outcome === 'info' ? NONE : acquired.length);
        if (outcome === 'info') continue;
        acquired.push(call);
        released.push(NONE);
      } else {
        if (span === undefined || span === NONE) return null;
        // An owner invoking the release before its acquisition completed is two clients in one.
        if (pairs[acquired[span]!]! > call) return null;
        released[span] = call;
        holding.delete(owner);
      }
    }
    return this.#compare(acquired, released);
  }

  #compare(acquired: number[], released: number[]): FastDecision {
    const { pairs } = this.#inquiry.history.columns;
    const order = Float64Array.from(acquired, (call, span) => pairs[call]! * acquired.length + span).sort();
    let last = NONE;
    for (const packed of order) {
      const span = packed % acquired.length;
      if (last !== NONE && pairs[acquired[span]!]! < (released[last]! === NONE ? OPEN : released[last]!)) {
        const calls = [last, span].flatMap((at) => [acquired[at]!, released[at]!]);
        return invalidBy(
          this.#inquiry,
          calls.filter((call) => call !== NONE),
        );
      }
      last = span;
    }
    return VALID;
  }
}
