/**
 * A history in columns: one typed array per field, strings and values interned, so that ten million
 * operations fit in memory and checkers never touch an object per operation. Objects are made on demand.
 */
import type { Json, Op, OpType, Phase, Process } from '../op.ts';
import type { Interner } from './interner.ts';

/** Code of an invocation in the `types` column. */
export const INVOKE = 0;
/** Code of a completion that took effect. */
export const OK = 1;
/** Code of a completion that certainly had no effect. */
export const FAIL = 2;
/** Code of a completion whose effect is not known. */
export const INFO = 3;

/** Op types by code. */
export const TYPE_NAMES: readonly OpType[] = ['invoke', 'ok', 'fail', 'info'];
/** Phases by code. */
export const PHASE_NAMES: readonly Phase[] = ['setup', 'load', 'heal', 'settle', 'final'];

/** No value: an absent key, node, error, phase, or an unpaired operation. */
export const NONE = -1;

/** The raw columns; every array has one entry per operation, in history order. */
export interface Columns {
  types: Uint8Array;
  /** Nanoseconds since the run started. */
  times: Float64Array;
  /** Client processes are >= 0; a negative process p is the named one `names.get(-1 - p)`. */
  processes: Int32Array;
  /** Ids in `names`. */
  fs: Int32Array;
  /** Ids in `values`, or NONE. */
  keys: Int32Array;
  values: Int32Array;
  /** Ids in `names`, or NONE. */
  nodes: Int32Array;
  /** Ids in `values` of the error objects, or NONE. */
  errors: Int32Array;
  /** Codes in PHASE_NAMES; 255 for none. */
  phases: Uint8Array;
  /** Index of the other half: completion of an invocation, invocation of a completion; NONE if there is none. */
  pairs: Int32Array;
}

/** An immutable history. Build one with `HistoryBuilder`, or read one with the readers beside this file. */
export class History {
  readonly length: number;
  readonly columns: Columns;
  /** Function, process and node names. */
  readonly names: Interner<string>;
  /** Keys, values and errors. Two ids are equal exactly when the JSON values are deeply equal. */
  readonly values: Interner<Json>;

  constructor(length: number, columns: Columns, names: Interner<string>, values: Interner<Json>) {
    this.length = length;
    this.columns = columns;
    this.names = names;
    this.values = values;
  }

  type(i: number): OpType {
    return TYPE_NAMES[this.columns.types[i]!]!;
  }

  time(i: number): number {
    return this.columns.times[i]!;
  }

  process(i: number): Process {
    const p = this.columns.processes[i]!;
    return p >= 0 ? p : this.names.get(-1 - p);
  }

  f(i: number): string {
    return this.names.get(this.columns.fs[i]!);
  }

  key(i: number): Json | undefined {
    const id = this.columns.keys[i]!;
    return id === NONE ? undefined : this.values.get(id);
  }

  value(i: number): Json {
    return this.values.get(this.columns.values[i]!);
  }

  node(i: number): string | undefined {
    const id = this.columns.nodes[i]!;
    return id === NONE ? undefined : this.names.get(id);
  }

  /** Index of the completion of invocation i, of the invocation of completion i, or NONE. */
  pair(i: number): number {
    return this.columns.pairs[i]!;
  }

  /** The operation as an object. */
  op(i: number): Op {
    if (!(i >= 0 && i < this.length))
      throw new RangeError(`no operation ${i} in a history of ${this.length}`);
    const op: Op = {
      index: i,
      time: this.time(i),
      process: this.process(i),
      type: this.type(i),
      f: this.f(i),
      value: this.value(i),
    };
    const key = this.key(i);
    if (key !== undefined) op.key = key;
    const node = this.node(i);
    if (node !== undefined) op.node = node;
    const error = this.columns.errors[i]!;
    if (error !== NONE) op.error = this.values.get(error) as unknown as NonNullable<Op['error']>;
    const phase = this.columns.phases[i]!;
    if (phase !== 255) op.phase = PHASE_NAMES[phase]!;
    return op;
  }
}
