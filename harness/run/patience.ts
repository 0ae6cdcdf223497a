/**
 * How long a phase waits for a cluster that may not answer any more: until nothing was answered for a while. A queue
 * that is being emptied may take as long as it takes; a cluster that is silent may not.
 */
import { after, type Timer } from '../time.ts';

/** A signal that aborts after a silence of `ms`, or with `parent`. */
export class Patience {
  readonly signal: AbortSignal;
  readonly #ms: number;
  readonly #silence = new AbortController();
  #timer: Timer | null = null;

  constructor(ms: number, parent: AbortSignal) {
    this.#ms = ms;
    this.signal = AbortSignal.any([parent, this.#silence.signal]);
    this.answered();
  }

  /** Something was answered: the silence begins anew. */
  answered(): void {
    if (this.signal.aborted) return;
    this.#timer?.cancel();
    this.#timer = after(this.#ms, () => this.#silence.abort(), true);
  }
}
