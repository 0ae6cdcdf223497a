/**
 * What was the greatest value acknowledged before this operation began? The question behind tokens, terms and
 * monotonic reads: an operation may not fall behind what was over before it started.
 */
import { NONE } from '../harness/history/history.ts';

/** Follows one object through its events in order. */
export class RunningMax {
  #best = NONE;
  #value = Number.NEGATIVE_INFINITY;
  readonly #before = new Map<number, { call: number; value: number }>();

  /** An operation begins: what was acknowledged so far counts for it. O(1). */
  begin(call: number): void {
    this.#before.set(call, { call: this.#best, value: this.#value });
  }

  /**
   * It was acknowledged with this value. Returns the operation that was over before it began with the
   * greatest value (its invocation, NONE for none) and that value. O(1).
   */
  end(call: number, value: number): { call: number; value: number } {
    const before = this.#before.get(call) ?? { call: NONE, value: Number.NEGATIVE_INFINITY };
    this.#before.delete(call);
    if (value > this.#value) {
      this.#value = value;
      this.#best = call;
    }
    return before;
  }
}
