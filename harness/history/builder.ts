/**
 * Grows a history one operation at a time and pairs completions with invocations as they arrive.
 */
import type { Json, Op } from '../op.ts';
import { type Columns, History, INVOKE, NONE, PHASE_NAMES, TYPE_NAMES } from './history.ts';
import { type Interner, jsonInterner, stringInterner } from './interner.ts';

/** A history that breaks the rules of processes; names the operation. */
export class HistoryError extends Error {
  readonly index: number;
  constructor(index: number, message: string) {
    super(`operation ${index}: ${message}`);
    this.name = 'HistoryError';
    this.index = index;
  }
}

/** Appends operations to columns that double when full: amortised O(1) each. */
export class HistoryBuilder {
  readonly names: Interner<string> = stringInterner();
  readonly values: Interner<Json> = jsonInterner();
  #columns: Columns = allocate(1024);
  #length = 0;
  /** Open invocation of each process (by column value). */
  readonly #open = new Map<number, number>();

  get length(): number {
    return this.#length;
  }

  /**
   * Adds the next operation; `op.index` is ignored, position is what counts. Throws `HistoryError` when a
   * process invokes while an invocation is open, or completes without one.
   */
  add(op: Op): void {
    const i = this.#length;
    if (i === this.#columns.types.length) this.#columns = grow(this.#columns);
    const c = this.#columns;
    const process = typeof op.process === 'number' ? op.process : -1 - this.names.intern(op.process);
    const type = TYPE_NAMES.indexOf(op.type);
    c.types[i] = type;
    c.times[i] = op.time;
    c.processes[i] = process;
    c.fs[i] = this.names.intern(op.f);
    c.keys[i] = op.key === undefined ? NONE : this.values.intern(op.key);
    c.values[i] = this.values.intern(op.value ?? null);
    c.nodes[i] = op.node === undefined ? NONE : this.names.intern(op.node);
    c.errors[i] = op.error === undefined ? NONE : this.values.intern(op.error as unknown as Json);
    c.phases[i] = op.phase === undefined ? 255 : PHASE_NAMES.indexOf(op.phase);
    c.pairs[i] = NONE;
    this.#pair(i, type, process, op);
    this.#length = i + 1;
  }

  #pair(i: number, type: number, process: number, op: Op): void {
    const open = this.#open.get(process);
    if (type === INVOKE) {
      if (open !== undefined) {
        throw new HistoryError(
          i,
          `process ${op.process} invokes ${op.f} while its operation ${open} is open`,
        );
      }
      this.#open.set(process, i);
      return;
    }
    if (open === undefined) {
      // The cluster and nemesis may report by themselves; clients may not.
      if (typeof op.process === 'string' && op.type === 'info') return;
      throw new HistoryError(i, `process ${op.process} completes ${op.f} that it never invoked`);
    }
    this.#open.delete(process);
    this.#columns.pairs[i] = open;
    this.#columns.pairs[open] = i;
  }

  /** The history so far; the builder must not be used afterwards. */
  build(): History {
    const c = this.#columns;
    const n = this.#length;
    const columns: Columns = {
      types: c.types.subarray(0, n),
      times: c.times.subarray(0, n),
      processes: c.processes.subarray(0, n),
      fs: c.fs.subarray(0, n),
      keys: c.keys.subarray(0, n),
      values: c.values.subarray(0, n),
      nodes: c.nodes.subarray(0, n),
      errors: c.errors.subarray(0, n),
      phases: c.phases.subarray(0, n),
      pairs: c.pairs.subarray(0, n),
    };
    return new History(n, columns, this.names, this.values);
  }
}

function allocate(capacity: number): Columns {
  return {
    types: new Uint8Array(capacity),
    times: new Float64Array(capacity),
    processes: new Int32Array(capacity),
    fs: new Int32Array(capacity),
    keys: new Int32Array(capacity),
    values: new Int32Array(capacity),
    nodes: new Int32Array(capacity),
    errors: new Int32Array(capacity),
    phases: new Uint8Array(capacity),
    pairs: new Int32Array(capacity),
  };
}

function grow(old: Columns): Columns {
  const next = allocate(old.types.length * 2);
  for (const name of Object.keys(old) as (keyof Columns)[]) next[name].set(old[name] as never);
  return next;
}

/** A history from operation objects, in order. */
export function historyOf(ops: Iterable<Op>): History {
  const builder = new HistoryBuilder();
  for (const op of ops) builder.add(op);
  return builder.build();
}
