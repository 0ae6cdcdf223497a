/**
 * Grows a history one operation at a time and pairs completions with invocations as they arrive. What is
 * still open at the end stays unpaired: such an operation is indeterminate.
 */
import type { Json, Op, Process } from '../op.ts';
import { type UsageDetails, UsageError } from '../registry.ts';
import {
  allocateColumns,
  type Columns,
  copyColumns,
  cutColumns,
  INFO,
  INVOKE,
  NO_PHASE,
  NONE,
  PHASE_NAMES,
  TYPE_CODES,
  TYPE_NAMES,
} from './columns.ts';
import { History } from './history.ts';
import { JsonInterner, StringInterner } from './interner.ts';

/** A history that breaks the rules of processes or cannot be parsed; readers add file, line and column. */
export class HistoryError extends UsageError {
  /** Position of the operation in the history, from 0. */
  readonly index: number;
  constructor(index: number, message: string, details: UsageDetails = {}) {
    super(message, details);
    this.name = 'HistoryError';
    this.index = index;
  }
}

/** Client processes below this have their open invocation in an array instead of a map. */
const DENSE_PROCESSES = 1 << 20;

/** Appends operations to columns that double when full: amortised O(1) each. */
export class HistoryBuilder {
  readonly names = new StringInterner();
  readonly values = new JsonInterner();
  #columns: Columns;
  #length = 0;
  /** Open invocation + 1 of client processes, 0 for none. */
  #openDense = new Int32Array(64);
  /** Open invocation of all other processes, by column value. */
  readonly #open = new Map<number, number>();
  /** What numbered clients are called where they come from. */
  readonly #called = new Map<number, string>();

  /** `capacity`: how many operations are expected; more are fine. */
  constructor(capacity = 1024) {
    this.#columns = allocateColumns(Math.max(1, capacity));
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Adds the next operation and returns its index; `op.index` is ignored, position is what counts. Throws
   * `HistoryError` when a process invokes while an invocation is open, completes without one, or a client
   * completes another function than it invoked.
   */
  add(op: Op): number {
    const type = TYPE_CODES.get(op.type);
    if (type === undefined) throw new HistoryError(this.#length, `type is "${op.type}"`);
    return this.addRow(
      type,
      op.time,
      this.processColumn(op.process),
      this.names.intern(op.f),
      op.key === undefined ? NONE : this.values.intern(op.key),
      this.#valueColumn(op),
      op.node === undefined ? NONE : this.names.intern(op.node),
      op.error === undefined ? NONE : this.values.intern(op.error as unknown as Json),
      op.phase === undefined ? NO_PHASE : PHASE_NAMES.indexOf(op.phase),
    );
  }

  /** The id of a value. A completion often holds the very object of its invocation, which has one. */
  #valueColumn({ type, process, value }: Op): number {
    if (type !== 'invoke' && typeof value === 'object' && value !== null && typeof process === 'number') {
      const open = this.openOf(process);
      const id = open === NONE ? NONE : this.#columns.values[open]!;
      if (id !== NONE && this.values.get(id) === value) return id;
    }
    return this.values.intern(value ?? null);
  }

  /** The `processes` column value of a process. */
  processColumn(process: Process): number {
    if (typeof process !== 'number') return -1 - this.names.intern(process);
    if (Number.isInteger(process) && process >= 0 && process <= 0x7fff_ffff) return process;
    throw new HistoryError(this.#length, `process ${process} is not an integer from 0 to 2147483647`);
  }

  /** Remembers what a numbered client is called, for errors: its number stands in no file. */
  call(process: number, name: string): void {
    this.#called.set(process, name);
  }

  /** Index of the open invocation of a process (by column value), or NONE. */
  openOf(process: number): number {
    if (process >= 0 && process < this.#openDense.length) return this.#openDense[process]! - 1;
    return this.#open.get(process) ?? NONE;
  }

  /** Values of an operation added before, for readers that complete what a later line leaves out. */
  valueId(i: number): number {
    return this.#columns.values[i]!;
  }

  /** Like `add`, for readers that have column values in hand already. */
  addRow(
    type: number,
    time: number,
    process: number,
    f: number,
    key: number,
    value: number,
    node: number,
    error: number,
    phase: number,
  ): number {
    const i = this.#length;
    if (i === this.#columns.types.length) this.#columns = copyColumns(this.#columns, i * 2);
    const c = this.#columns;
    c.types[i] = type;
    c.times[i] = time;
    c.processes[i] = process;
    c.fs[i] = f;
    c.keys[i] = key;
    c.values[i] = value;
    c.nodes[i] = node;
    c.errors[i] = error;
    c.phases[i] = phase;
    c.pairs[i] = this.#pair(i, type, process, f);
    this.#length = i + 1;
    return i;
  }

  /** The pair of operation i, or NONE; sets the other half's pair. */
  #pair(i: number, type: number, process: number, f: number): number {
    const dense = process >= 0 && process < DENSE_PROCESSES;
    if (dense && process >= this.#openDense.length) {
      const wider = new Int32Array(Math.max(process + 1, this.#openDense.length * 2));
      wider.set(this.#openDense);
      this.#openDense = wider;
    }
    const open = this.openOf(process);
    if (type === INVOKE) {
      if (open !== NONE) throw this.#overlapping(i, process, f, open);
      if (dense) this.#openDense[process] = i + 1;
      else this.#open.set(process, i);
      return NONE;
    }
    if (open === NONE) {
      // Processes of the harness may report what happened by itself; clients may not.
      if (process < 0 && type === INFO) return NONE;
      throw this.#unasked(i, type, process, f);
    }
    const c = this.#columns;
    // What a nemesis says of its faults is prose; a client is answered what it asked.
    if (process >= 0 && c.fs[open] !== f) throw this.#another(i, type, process, f, open);
    if (dense) this.#openDense[process] = 0;
    else this.#open.delete(process);
    c.pairs[open] = i;
    // A completion concerns the key of its invocation, whether its line repeats it or not.
    if (c.keys[i] === NONE) c.keys[i] = c.keys[open]!;
    return open;
  }

  #overlapping(i: number, process: number, f: number, open: number): HistoryError {
    const openF = this.names.get(this.#columns.fs[open]!);
    return new HistoryError(
      i,
      `process ${this.#processName(process)} invokes ${this.names.get(f)} while its ${openF} (operation ${open}) is still open`,
      { hint: `expected a completion (ok, fail or info) of operation ${open} first` },
    );
  }

  #another(i: number, type: number, process: number, f: number, open: number): HistoryError {
    const asked = this.names.get(this.#columns.fs[open]!);
    const completes = `process ${this.#processName(process)} completes ${this.names.get(f)} (${TYPE_NAMES[type]!})`;
    return new HistoryError(i, `${completes}, but what it invoked is ${asked} (operation ${open})`, {
      hint: `expected "f": "${asked}": a completion names the function of its invocation`,
    });
  }

  #unasked(i: number, type: number, process: number, f: number): HistoryError {
    const name = this.#processName(process);
    const word = TYPE_NAMES[type]!;
    const message = `process ${name} completes ${this.names.get(f)} (${word}) without an open invocation`;
    for (let before = i - 1; before >= 0; before--) {
      if (this.#columns.processes[before] !== process) continue;
      const pair = this.#columns.pairs[before]!;
      if (pair === NONE) break;
      return new HistoryError(i, message, {
        hint: `operation ${pair} of this process completed already, at operation ${before}; an operation completes once`,
      });
    }
    return new HistoryError(i, message, {
      hint: 'expected an earlier line of this process with type invoke',
    });
  }

  #processName(process: number): string {
    if (process < 0) return this.names.get(-1 - process);
    return this.#called.get(process) ?? String(process);
  }

  /** The history so far; the builder must not be used afterwards. */
  build(): History {
    return new History(this.#length, cutColumns(this.#columns, this.#length), this.names, this.values);
  }
}

/** A history from operation objects, in order. */
export function historyOf(ops: Iterable<Op>): History {
  const builder = new HistoryBuilder(Array.isArray(ops) ? ops.length : undefined);
  for (const op of ops) builder.add(op);
  return builder.build();
}
