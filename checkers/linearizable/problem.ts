/**
 * One object's operations in the form the search works on: intervals of history indexes and classes.
 */
import { type History, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Model, ModelOp, Outcome } from '../models/model.ts';
import type { Outcomes } from './outcomes.ts';
import { StateTable } from './state-table.ts';

/** `ret` of an operation that may happen at any time from its invocation on, or never. */
export const OPEN = 0x7fffffff;

/** Operations in order of invocation. */
export interface Problem {
  size: number;
  /** History index of each operation's invocation, ascending. */
  call: Int32Array;
  /** History index of its completion, or OPEN: then it is optional. */
  ret: Int32Array;
  cls: Int32Array;
  table: StateTable;
  /** By class: never changes the state, whatever the state. */
  readOnly: Uint8Array;
  /** Id of the state before everything. */
  initial: number;
}

/** The model operation of an invocation; null when it never happened. */
export function modelOpAt(
  history: History,
  model: Model<unknown>,
  outcomes: Outcomes,
  call: number,
): ModelOp | null {
  const outcome = outcomes.of(call);
  if (outcome === null) return null;
  const f = history.f(call);
  const output = outcome === 'ok' && model.functions[f]!.answers ? history.value(history.pair(call)) : null;
  const op: ModelOp = { f, input: history.value(call), output, outcome };
  if (model.owned === true) op.process = history.columns.processes[call]!;
  const key = model.keys?.[call] ?? NONE;
  if (key !== NONE) op.key = history.values.get(key);
  return op;
}

/**
 * The problem of some invocations (ascending). Operations that tell nothing are left out: those that never
 * happened, and those of unknown outcome that change no state. O(n).
 */
export function problemOf(
  history: History,
  model: Model<unknown>,
  outcomes: Outcomes,
  calls: ArrayLike<number>,
  initial: Json,
): Problem {
  const table = new StateTable(model);
  const call = new Int32Array(calls.length);
  const ret = new Int32Array(calls.length);
  const cls = new Int32Array(calls.length);
  const classes = new ClassCache(history, model, table);
  let size = 0;
  for (let i = 0; i < calls.length; i++) {
    const at = calls[i]!;
    const outcome = outcomes.of(at);
    if (outcome === null) continue;
    const id = classes.of(at, outcome);
    if (outcome === 'info' && classes.readOnly(id)) continue;
    call[size] = at;
    ret[size] = outcome === 'info' ? OPEN : history.pair(at);
    cls[size] = id;
    size++;
  }
  const readOnly = new Uint8Array(table.classes);
  for (let id = 0; id < table.classes; id++) readOnly[id] = classes.readOnly(id) ? 1 : 0;
  return {
    size,
    call: call.subarray(0, size),
    ret: ret.subarray(0, size),
    cls: cls.subarray(0, size),
    table,
    readOnly,
    initial: table.initial(initial),
  };
}

const OUTCOME_CODE: Readonly<Record<Outcome, number>> = { ok: 0, info: 1, refused: 2 };

/** Finds classes by interned ids first, so that equal operations cost no object. */
class ClassCache {
  readonly #history: History;
  readonly #model: Model<unknown>;
  readonly #table: StateTable;
  readonly #ids = new Map<number, Map<number, number>>();
  readonly #readOnly: boolean[] = [];
  /** Dense numbers of processes and keys, where operations depend on them. */
  readonly #owners = new Map<number | string, number>();

  constructor(history: History, model: Model<unknown>, table: StateTable) {
    this.#history = history;
    this.#model = model;
    this.#table = table;
  }

  of(call: number, outcome: Outcome): number {
    const { fs, values } = this.#history.columns;
    const f = this.#history.names.get(fs[call]!);
    const answered = outcome === 'ok' && this.#model.functions[f]!.answers;
    const output = answered ? values[this.#history.pair(call)]! : NONE;
    const process = this.#model.owned === true ? this.#history.columns.processes[call]! : NONE;
    const key = this.#model.keys?.[call] ?? NONE;
    const owner = key === NONE ? process : `${process} ${key}`;
    if (owner !== NONE && !this.#owners.has(owner)) this.#owners.set(owner, this.#owners.size);
    const word = (fs[call]! * 3 + OUTCOME_CODE[outcome]) * this.#history.values.size + values[call]!;
    const kind = owner === NONE ? word : -1 - (word * 0x100_0000 + this.#owners.get(owner)!);
    let byOutput = this.#ids.get(kind);
    if (byOutput === undefined) this.#ids.set(kind, (byOutput = new Map()));
    let id = byOutput.get(output);
    if (id === undefined) {
      const op: ModelOp = {
        f,
        input: this.#history.values.get(values[call]!),
        output: output === NONE ? null : this.#history.values.get(output),
        outcome,
        ...(process === NONE ? {} : { process }),
        ...(key === NONE ? {} : { key: this.#history.values.get(key) }),
      };
      id = this.#table.classOf(op);
      byOutput.set(output, id);
    }
    return id;
  }

  readOnly(id: number): boolean {
    return (this.#readOnly[id] ??= this.#model.readOnly(this.#table.op(id)));
  }
}

/** The same problem with only some of its operations (ascending), some of them made optional. */
export function restrict(problem: Problem, keep: ArrayLike<number>, optional?: Uint8Array): Problem {
  const size = keep.length;
  const pick = (column: Int32Array): Int32Array => Int32Array.from(keep, (i) => column[i]!);
  const ret = pick(problem.ret);
  if (optional !== undefined) for (let i = 0; i < size; i++) if (optional[keep[i]!] === 1) ret[i] = OPEN;
  return { ...problem, size, call: pick(problem.call), ret, cls: pick(problem.cls) };
}
