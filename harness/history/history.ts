/**
 * A history in columns: one typed array per field, strings and values interned, so that ten million
 * operations fit in memory and checkers never touch an object per operation. Objects are made on demand.
 */
import type { Json, Op, OpError, OpType, Phase, Process } from '../op.ts';
import {
  type Columns,
  copyColumns,
  INVOKE,
  NO_PHASE,
  NONE,
  PHASE_NAMES,
  pickColumns,
  TYPE_NAMES,
} from './columns.ts';
import { type Interner, JsonInterner, StringInterner, type ValuesTransfer } from './interner.ts';
import { type Partition, partitionColumn } from './partition.ts';

export { type Columns, FAIL, INFO, INVOKE, NONE, OK, PHASE_NAMES, TYPE_NAMES } from './columns.ts';
export type { Partition } from './partition.ts';

/** Conditions on operations; all that are given must hold. */
export interface Selection {
  /** Times in [fromNs, toNs). */
  fromNs?: number;
  toNs?: number;
  process?: Process;
  f?: string;
  key?: Json;
  node?: string;
  phase?: Phase;
  type?: OpType;
  /** Only clients, or only processes of the harness. */
  by?: 'clients' | 'harness';
}

/** A history as plain data for `postMessage`. With shared memory, sending it copies names and texts only. */
export interface HistoryTransfer {
  length: number;
  columns: Columns;
  names: readonly string[];
  values: ValuesTransfer;
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

  /** Nanoseconds since the run started. */
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

  error(i: number): OpError | undefined {
    const id = this.columns.errors[i]!;
    return id === NONE ? undefined : (this.values.get(id) as unknown as OpError);
  }

  phase(i: number): Phase | undefined {
    const code = this.columns.phases[i]!;
    return code === NO_PHASE ? undefined : PHASE_NAMES[code];
  }

  /** Index of the completion of invocation i, of the invocation of completion i, or NONE. */
  pair(i: number): number {
    return this.columns.pairs[i]!;
  }

  /** How invocation i ended. One that never completed (crash, end of the run) is `info`: nobody knows. */
  outcome(i: number): Exclude<OpType, 'invoke'> {
    if (this.columns.types[i] !== INVOKE) throw new RangeError(`operation ${i} is not an invocation`);
    const pair = this.columns.pairs[i]!;
    return pair === NONE ? 'info' : (this.type(pair) as Exclude<OpType, 'invoke'>);
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
    const error = this.error(i);
    if (error !== undefined) op.error = error;
    const phase = this.phase(i);
    if (phase !== undefined) op.phase = phase;
    return op;
  }

  /** Every operation as an object, made as it is asked for. */
  *ops(): Generator<Op> {
    for (let i = 0; i < this.length; i++) yield this.op(i);
  }

  /** Positions for which the test holds, ascending. The test gets positions; read columns in it, not objects. */
  indexesWhere(test: (i: number) => boolean): Int32Array {
    let out = new Int32Array(1024);
    let count = 0;
    for (let i = 0; i < this.length; i++) {
      if (!test(i)) continue;
      if (count === out.length) {
        const wider = new Int32Array(count * 2);
        wider.set(out);
        out = wider;
      }
      out[count++] = i;
    }
    return out.subarray(0, count);
  }

  /** Positions of the operations a selection admits, ascending. O(n) integer compares. */
  select(selection: Selection): Int32Array {
    const c = this.columns;
    const tests: ((i: number) => boolean)[] = [];
    const equal = (column: Int32Array | Uint8Array, wanted: number): void => {
      tests.push((i) => column[i] === wanted);
    };
    // A name or value that was never interned has the id MISSING, which no column holds.
    const nameId = (name: string): number => missing(this.names.find(name));
    const { fromNs, toNs, process, f, key, node, phase, type, by } = selection;
    if (fromNs !== undefined) tests.push((i) => c.times[i]! >= fromNs);
    if (toNs !== undefined) tests.push((i) => c.times[i]! < toNs);
    if (typeof process === 'number') equal(c.processes, process);
    if (typeof process === 'string') {
      const id = nameId(process);
      equal(c.processes, id === MISSING ? MISSING : -1 - id);
    }
    if (f !== undefined) equal(c.fs, nameId(f));
    if (key !== undefined) equal(c.keys, missing(this.values.find(key)));
    if (node !== undefined) equal(c.nodes, nameId(node));
    if (phase !== undefined) equal(c.phases, PHASE_NAMES.indexOf(phase));
    if (type !== undefined) equal(c.types, TYPE_NAMES.indexOf(type));
    if (by !== undefined) tests.push((i) => c.processes[i]! >= 0 === (by === 'clients'));
    return this.indexesWhere((i) => tests.every((test) => test(i)));
  }

  /** Positions by key id (NONE: operations without a key), of all operations or of the given ones. O(n). */
  byKey(positions?: Int32Array): Partition {
    return partitionColumn(this.columns.keys, positions);
  }

  /** Positions by process column value. O(n). */
  byProcess(positions?: Int32Array): Partition {
    return partitionColumn(this.columns.processes, positions);
  }

  /** Positions by function name id. O(n). */
  byF(positions?: Int32Array): Partition {
    return partitionColumn(this.columns.fs, positions);
  }

  /** Positions by node name id (NONE: operations without a node). O(n). */
  byNode(positions?: Int32Array): Partition {
    return partitionColumn(this.columns.nodes, positions);
  }

  /**
   * A history of the operations at these positions alone, sharing names and values; operation i of it is
   * operation `positions[i]` of this one. Halves whose other half is left out become unpaired.
   */
  pick(positions: Int32Array): History {
    const picked = pickColumns(this.columns, positions);
    return new History(positions.length, picked, this.names, this.values);
  }

  /**
   * Plain data that another thread turns back with `fromTransfer`. `shared` (the default where the platform
   * has it) puts the columns in shared memory: make it once, post it to any number of workers. This history
   * stays usable. O(n) copying of columns, O(distinct values) for the rest.
   */
  toTransfer(shared = typeof SharedArrayBuffer !== 'undefined'): HistoryTransfer {
    const allocate = shared
      ? (bytes: number) => new SharedArrayBuffer(bytes)
      : (bytes: number) => new ArrayBuffer(bytes);
    const names: string[] = [];
    for (let id = 0; id < this.names.size; id++) names.push(this.names.get(id));
    const values = this.values instanceof JsonInterner ? this.values : reinterned(this.values);
    return {
      length: this.length,
      columns: copyColumns(this.columns, this.length, allocate),
      names,
      values: values.toTransfer(allocate),
    };
  }

  /** The history in a transfer; values are parsed when they are first asked for. */
  static fromTransfer(transfer: HistoryTransfer): History {
    return new History(
      transfer.length,
      transfer.columns,
      new StringInterner(transfer.names),
      JsonInterner.fromTransfer(transfer.values),
    );
  }
}

const MISSING = -0x8000_0000;

function missing(id: number): number {
  return id === -1 ? MISSING : id;
}

function reinterned(values: Interner<Json>): JsonInterner {
  const copy = new JsonInterner();
  for (let id = 0; id < values.size; id++) copy.intern(values.get(id));
  return copy;
}
