/**
 * Pseudo-operations: the interpreter performs them itself and they never enter the history.
 */
import type { Context } from './context.ts';
import { NOTHING, offer } from './data.ts';
import { type Generator, type OpDraft, PENDING, type Polled } from './generator.ts';

class Pseudo implements Generator {
  readonly kind: string;
  readonly heeds = false;
  readonly #what: 'sleep' | 'log';
  readonly #value: number | string;
  constructor(what: 'sleep' | 'log', value: number | string) {
    this.kind = what;
    this.#what = what;
    this.#value = value;
  }
  op(context: Context): Polled {
    const thread = context.nextFree();
    if (thread < 0) return PENDING;
    const op: OpDraft = {
      what: this.#what,
      time: context.time,
      thread,
      f: this.#what,
      key: undefined,
      value: this.#value,
    };
    return offer(op, NOTHING);
  }
  update(): Generator {
    return this;
  }
}

/**
 * Keeps one thread busy for `spanNs`. Other threads go on: to hold all of them, put a barrier behind it
 * (`phases`), or one into each thread (`eachThread`).
 */
export function sleep(spanNs: number): Generator {
  return new Pseudo('sleep', spanNs);
}

/** Says a line in the log of the run. */
export function log(line: string): Generator {
  return new Pseudo('log', line);
}
