/**
 * A model's states and operations as ints, for a history without end: states no configuration is in any more
 * are forgotten, classes of operations that are over are used again.
 */
import type { Steps } from '../linearizable/configurations.ts';
import { ILLEGAL } from '../linearizable/state-table.ts';
import type { Model, ModelOp } from '../models/model.ts';

/** States kept before those not in use are forgotten. */
const MANY_STATES = 4096;

/** Steps of one model. Not memoised: with values written once, few steps are asked twice. */
export class LiveTable implements Steps {
  readonly #model: Model<unknown>;
  #states: unknown[] = [];
  #ids = new Map<string | number, number>();
  readonly #ops: ModelOp[] = [];
  readonly #free: number[] = [];
  /** By class: the last state it led to, and its id. An update often leads to the same one. */
  readonly #next: unknown[] = [];
  readonly #nextId: number[] = [];
  readonly #lasting = new Map<string, number>();
  #forgetAt = MANY_STATES;

  constructor(model: Model<unknown>) {
    this.#model = model;
  }

  /** The id of a state. */
  stateOf(state: unknown): number {
    const key = this.#model.identity(state);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#states.length;
      this.#ids.set(key, id);
      this.#states.push(state);
    }
    return id;
  }

  /** A class for one operation; give it back with `drop` once the operation is over. */
  classOf(op: ModelOp): number {
    const id = this.#free.pop() ?? this.#ops.length;
    this.#ops[id] = op;
    this.#next[id] = undefined;
    return id;
  }

  /** The class of all operations equal to this one, kept for good: for those of unknown outcome. */
  lastingClassOf(op: ModelOp): number {
    const key = `${op.f}\n${op.process}\n${JSON.stringify(op.input)}`;
    let id = this.#lasting.get(key);
    if (id === undefined) this.#lasting.set(key, (id = this.#ops.push(op) - 1));
    return id;
  }

  /** Gives a class back. */
  drop(cls: number): void {
    this.#free.push(cls);
  }

  step(state: number, cls: number): number {
    const before = this.#states[state];
    const next = this.#model.step(before, this.#ops[cls]!);
    if (next === undefined) return ILLEGAL;
    if (next === before) return state;
    if (next !== this.#next[cls]) {
      this.#nextId[cls] = this.stateOf(next);
      this.#next[cls] = next;
    }
    return this.#nextId[cls]!;
  }

  /** Forgets states when there are many: `renumber` must rename those still in use, each by asking. */
  forget(renumber: (rename: (state: number) => number) => void): void {
    if (this.#states.length < this.#forgetAt) return;
    const old = this.#states;
    this.#states = [];
    this.#ids = new Map();
    this.#next.fill(undefined);
    renumber((state) => this.stateOf(old[state]!));
    this.#forgetAt = MANY_STATES + 4 * this.#states.length;
  }
}
