/**
 * A model turned into a table of ints: states and operation classes are interned, and each step of a class
 * from a state is asked of the model once, when it is first needed. Unlike enumerating the reachable states
 * beforehand, this has no size at which it stops working.
 */
import type { Json } from '../../harness/op.ts';
import type { Model, ModelOp } from '../models/model.ts';
import { TripleInterner } from './triple-table.ts';

/** No such step: the operation cannot happen in this state. */
export const ILLEGAL = -1;

const UNKNOWN = -2;
/** Beyond this many cells the table becomes a hash. */
const MAX_CELLS = 1 << 22;

/** What the classes of one table need and make; null for models that cannot say. */
export interface ClassHints {
  /** By class: id of the only state it can happen in, or -1. */
  need: Int32Array;
  /** By class: id of the state it leaves, whatever was before it, or -1. */
  make: Int32Array;
  /** Some class depends on the state in another way. */
  opaque: boolean;
}

/** Steps of one model over the classes of one history. */
export class StateTable {
  readonly model: Model<unknown>;
  readonly #states: unknown[] = [];
  readonly #ids = new Map<string | number, number>();
  #characters = 0;
  readonly #ops: ModelOp[] = [];
  readonly #classes = new Map<string, number>();
  /** Flat table, one row of `#width` classes per state; empty once it outgrew MAX_CELLS. */
  #cells = new Int32Array(0);
  #width = 0;
  #rows = 0;
  #hashed: TripleInterner | null = null;
  #next = new Int32Array(256);
  #canonical: { of(state: unknown): unknown } | null = null;
  #hints: ClassHints | null | undefined;

  constructor(model: Model<unknown>) {
    this.model = model;
  }

  /** The class of an operation. All classes must be known before the first step. */
  classOf(op: ModelOp): number {
    const { outcome, f, process, input, output } = op;
    const owner = op.key === undefined ? process : `${process} ${JSON.stringify(op.key)}`;
    const key = `${outcome}\n${f}\n${owner}\n${JSON.stringify(input)}\n${JSON.stringify(output)}`;
    let id = this.#classes.get(key);
    if (id === undefined) {
      id = this.#ops.length;
      this.#classes.set(key, id);
      this.#ops.push(op);
    }
    return id;
  }

  /** Number of classes and of states met so far. */
  get classes(): number {
    return this.#ops.length;
  }

  get states(): number {
    return this.#states.length;
  }

  /** Characters of all states met so far: how much they hold, as far as their texts tell. */
  get characters(): number {
    return this.#characters;
  }

  /** The operation a class stands for. */
  op(cls: number): ModelOp {
    return this.#ops[cls]!;
  }

  /** The id of a state. */
  stateOf(state: unknown): number {
    const key = this.model.identity(state);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#states.length;
      this.#ids.set(key, id);
      this.#states.push(state);
      if (typeof key === 'string') this.#characters += key.length;
    }
    return id;
  }

  /** The state with this id. */
  stateAt(id: number): unknown {
    return this.#states[id]!;
  }

  /** The id of the initial state. */
  initial(value: Json): number {
    return this.stateOf(this.model.init(value));
  }

  /** A state in words. */
  describe(state: number): string {
    return this.model.describe(this.#states[state]!);
  }

  /** What each class needs and makes, or null when the model does not say of every one. Asked once. */
  hints(): ClassHints | null {
    if (this.#hints === undefined) this.#hints = this.#askHints();
    return this.#hints;
  }

  #askHints(): ClassHints | null {
    const { needs, makes, readOnly } = this.model;
    if (needs === undefined || makes === undefined) return null;
    const id = (state: unknown): number => (state === undefined ? -1 : this.stateOf(state));
    const need = Int32Array.from(this.#ops, (op) => id(needs(op)));
    const make = Int32Array.from(this.#ops, (op) => id(makes(op)));
    let opaque = false;
    for (const [cls, op] of this.#ops.entries()) {
      if (make[cls] !== -1) continue;
      if (!readOnly(op)) return null;
      opaque ||= need[cls] === -1;
    }
    return { need, make, opaque };
  }

  /** The state after an operation of this class, or ILLEGAL. */
  step(state: number, cls: number): number {
    if (this.#hashed === null) {
      if (state < this.#rows && cls < this.#width) {
        const cell = state * this.#width + cls;
        const known = this.#cells[cell]!;
        return known !== UNKNOWN ? known : (this.#cells[cell] = this.#ask(state, cls));
      }
      return this.#growAndStep(state, cls);
    }
    const before = this.#hashed.size;
    const id = this.#hashed.intern(state, cls, 0);
    if (id < before) return this.#next[id]!;
    if (id === this.#next.length) {
      const grown = new Int32Array(id * 2);
      grown.set(this.#next);
      this.#next = grown;
    }
    return (this.#next[id] = this.#ask(state, cls));
  }

  #growAndStep(state: number, cls: number): number {
    const width = this.#ops.length;
    const rows = Math.max(16, state + 1, this.#rows * 2);
    if (width * rows > MAX_CELLS) {
      this.#hashed = new TripleInterner();
      this.#cells = new Int32Array(0);
      return this.step(state, cls);
    }
    const cells = new Int32Array(width * rows).fill(UNKNOWN);
    if (width === this.#width) cells.set(this.#cells);
    this.#cells = cells;
    this.#width = width;
    this.#rows = rows;
    return this.step(state, cls);
  }

  #ask(state: number, cls: number): number {
    const next = this.model.step(this.#states[state]!, this.#ops[cls]!);
    if (next === undefined) return ILLEGAL;
    if (this.model.canonical === undefined) return this.stateOf(next);
    this.#canonical ??= this.model.canonical(this.#ops);
    return this.stateOf(this.#canonical.of(next));
  }
}
