/**
 * Things that are only counted, in and out: permits of a semaphore, one element of a multiset. What comes in may
 * as well come in when it is invoked, and what goes out go out when it completes: nothing is ever worse for it. So
 * there must be enough whenever something that went out completes. O(n).
 */
import { permits } from '../models/locks.ts';
import type { FastDecision, FastPath } from './fast-path.ts';
import { invalidUpTo, VALID } from './fast-path.ts';
import type { Inquiry } from './inquiry.ts';
import { OPEN } from './problem.ts';

/**
 * The history index of the first completion by which more went out than can have come in; null when there is none.
 * `change`: by how much an operation changes the count; `ends`: its completion, OPEN when it may not have happened.
 */
export function overdrawnAt(
  calls: Int32Array,
  ends: (call: number) => number,
  change: (call: number) => number,
  initial: number,
): number | null {
  const events: number[] = [];
  for (const call of calls) {
    const by = change(call);
    if (by > 0) events.push(call * 2);
    else if (by < 0 && ends(call) !== OPEN) events.push(ends(call) * 2 + 1);
  }
  const callAt = new Map<number, number>();
  for (const call of calls) if (ends(call) !== OPEN) callAt.set(ends(call), call);
  let count = initial;
  for (const event of Float64Array.from(events).sort()) {
    const out = event % 2 === 1;
    const at = (event - (out ? 1 : 0)) / 2;
    count += change(out ? callAt.get(at)! : at);
    if (count < 0) return at;
  }
  return null;
}

/** Judges semaphores. */
export class PermitPath implements FastPath {
  readonly name = 'counting';
  readonly #inquiry: Inquiry;

  constructor(inquiry: Inquiry) {
    this.#inquiry = inquiry;
  }

  /** The verdict on one key; null where refusals were observed or numbers of permits are odd. */
  judge(calls: Int32Array): FastDecision {
    const { history, outcomes, model, initial } = this.#inquiry;
    const { fs, pairs } = history.columns;
    const acquire = history.names.find('acquire');
    const counts = new Map<number, number>();
    for (const call of calls) {
      const outcome = outcomes.of(call);
      if (outcome === null) continue;
      if (outcome === 'refused') return null;
      const n = permits({ f: '', input: history.value(call), output: null, outcome });
      if (!Number.isSafeInteger(n) || n < 0) return null;
      counts.set(call, fs[call] === acquire ? -n : n);
    }
    const ends = (call: number): number => (outcomes.of(call) === 'ok' ? pairs[call]! : OPEN);
    const start = model.init(initial) as number;
    const at = overdrawnAt(calls, ends, (call) => counts.get(call) ?? 0, start);
    return at === null ? VALID : invalidUpTo(this.#inquiry, calls, at);
  }
}
