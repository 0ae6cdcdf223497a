/**
 * What each operation counts as, decided once for every engine: happened, may have happened, was refused, or
 * never happened.
 */
import { FAIL, type History, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Model, Outcome } from '../models/model.ts';

/**
 * When a failed operation with a precondition is an observation that the precondition did not hold.
 * `declared`: when its error says so (kind `precondition-failed`). `observation`: also when it has no error at
 * all, as in histories of other tools. `ignore`: never.
 */
export type FailedRule = 'declared' | 'observation' | 'ignore';

/** Reads outcomes of one history; answers are cached per error. */
export class Outcomes {
  readonly #history: History;
  readonly #model: Model<unknown>;
  readonly #rule: FailedRule;
  readonly #declared = new Map<number, boolean>();

  constructor(history: History, model: Model<unknown>, rule: FailedRule) {
    this.#history = history;
    this.#model = model;
    this.#rule = rule;
  }

  /** The outcome of the operation invoked at `call`, or null when it certainly never happened. */
  of(call: number): Outcome | null {
    const { types, pairs, fs } = this.#history.columns;
    const ret = pairs[call]!;
    if (ret === NONE) return 'info';
    const type = types[ret];
    if (type === OK) return 'ok';
    if (type !== FAIL) return 'info';
    const refusable = this.#model.functions[this.#history.names.get(fs[call]!)]?.refusable;
    return refusable === true && this.#observed(ret) ? 'refused' : null;
  }

  #observed(ret: number): boolean {
    if (this.#rule === 'ignore') return false;
    const error = this.#history.columns.errors[ret]!;
    if (error === NONE) return this.#rule === 'observation';
    let declared = this.#declared.get(error);
    if (declared === undefined) {
      const value = this.#history.values.get(error) as { kind?: Json } | null;
      declared = value?.kind === 'precondition-failed';
      this.#declared.set(error, declared);
    }
    return declared;
  }
}
