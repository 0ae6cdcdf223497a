/**
 * Adapts a model of somebody's own to the engines. Nothing it does can pass unnoticed: what it throws, what it
 * returns that cannot be a state, and states it changes instead of making new ones become one clear error.
 */
import { type History, INVOKE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { AnyCustomModel, CustomFunction, CustomOp } from './define.ts';
import { typeName } from './define.ts';
import type { Model, ModelFunction, ModelOp } from './model.ts';
import { freeze, stateKey } from './state-key.ts';

/** A fault of a model, not of the history: the model, where in it, and at which operation. */
export class ModelFault extends Error {
  /** The operation it was asked about, if any. */
  readonly op: ModelOp | null;

  constructor(message: string, op: ModelOp | null) {
    super(message);
    this.name = 'ModelFault';
    this.op = op;
  }
}

/** The model as the engines know it. `file` is where it came from, for messages. */
export function adaptModel(custom: AnyCustomModel, history: History, file: string | null): Model<unknown> {
  return new Adapter(custom, file).model(functionsOf(custom, history), history);
}

/** What an operation is called when its model has no words for it. */
function said(op: ModelOp): string {
  const input = op.input === null ? '' : ` ${JSON.stringify(op.input)}`;
  if (op.outcome === 'refused') return `was refused: ${op.f}${input}`;
  const done = op.outcome === 'info' ? `may have done: ${op.f}${input}` : `did ${op.f}${input}`;
  return op.outcome === 'ok' ? `${done} -> ${JSON.stringify(op.output)}` : done;
}

function functionsOf(custom: AnyCustomModel, history: History): Record<string, ModelFunction> {
  const { functions } = custom;
  const of = ({ readOnly = false, refusable = false }: CustomFunction): ModelFunction => {
    return { answers: true, readOnly, refusable };
  };
  const listed = Array.isArray(functions)
    ? functions.map((name: string): [string, CustomFunction] => [name, {}])
    : Object.entries((functions ?? {}) as Record<string, CustomFunction>);
  if (functions !== undefined) return Object.fromEntries(listed.map(([name, what]) => [name, of(what)]));
  const { types, processes, fs } = history.columns;
  const called = new Set<number>();
  for (let i = 0; i < history.length; i++) {
    if (types[i] === INVOKE && processes[i]! >= 0) called.add(fs[i]!);
  }
  return Object.fromEntries(Array.from(called, (id) => [history.names.get(id), of({})]));
}

class Adapter {
  readonly #custom: AnyCustomModel;
  readonly #file: string | null;
  readonly #ops = new WeakMap<ModelOp, CustomOp>();
  /** States of models with `hash` and `equal`, by hash. */
  readonly #buckets = new Map<string | number, { state: unknown; id: number }[]>();
  /** What states that cannot be frozen looked like when they were made. */
  readonly #looks = new WeakMap<object, string | number>();
  #count = 0;

  constructor(custom: AnyCustomModel, file: string | null) {
    this.#custom = custom;
    this.#file = file;
  }

  model(functions: Readonly<Record<string, ModelFunction>>, history: History): Model<unknown> {
    const custom = this.#custom;
    const { describe, describeOp, partition } = custom;
    const words = (op: ModelOp): string => this.#ask(op, 'describeOp', () => describeOp!(this.#op(op)));
    return {
      name: custom.name ?? 'object',
      summary: 'a model of your own',
      functions,
      independent: true,
      keys: history.columns.keys,
      owned: custom.owned === true,
      init: (initial) => this.#init(initial),
      step: (state, op) => this.#step(state, op),
      identity: (state) => this.#identity(state, null, 'init'),
      readOnly: (op) => op.outcome === 'refused' || functions[op.f]!.readOnly,
      describe: (state) =>
        describe === undefined
          ? stateKey(state).key
          : String(this.#ask(null, 'describe', () => describe(state))),
      describeOp: (op) => (describeOp === undefined ? said(op) : String(words(op))),
      ...(partition === undefined
        ? {}
        : {
            partition: (f: string, input: Json, key: Json | undefined): Json | undefined => {
              const op: ModelOp = { f, input, output: null, outcome: 'info' };
              return this.#ask(op, 'partition', () => partition(freeze({ f, input, key })));
            },
          }),
    };
  }

  #init(initial: Json): unknown {
    const state = this.#ask(null, 'init', () => this.#custom.init(initial ?? undefined));
    if (state === undefined) throw this.#fault(null, 'init returned nothing, which is no state', null);
    this.#identity(state, null, 'init');
    return freeze(state);
  }

  #step(state: unknown, op: ModelOp): unknown {
    const next = this.#ask(op, 'step', () => this.#custom.step(state, this.#op(op)));
    this.#unchanged(state, op);
    if (next === undefined) return undefined;
    const key = this.#identity(next, op, 'step');
    const reads = op.outcome === 'refused' || this.#readOnly(op.f);
    if (reads && key !== this.#identity(state, op, 'step')) {
      const why = op.outcome === 'refused' ? 'was refused' : 'is said to be readOnly';
      throw this.#fault(op, `step changed the state, though the operation ${why}`, null);
    }
    return freeze(next);
  }

  #readOnly(f: string): boolean {
    const { functions } = this.#custom;
    if (functions === undefined || Array.isArray(functions)) return false;
    return (functions as Record<string, CustomFunction>)[f]?.readOnly === true;
  }

  #identity(state: unknown, op: ModelOp | null, from: string): string | number {
    const { hash, equal } = this.#custom;
    if (hash !== undefined && equal !== undefined) return this.#bucket(state, op);
    try {
      const { key, mutable } = stateKey(state);
      if (mutable && !this.#looks.has(state as object)) this.#looks.set(state as object, key);
      return key;
    } catch (error) {
      if (error instanceof RangeError)
        throw this.#fault(op, `${from} returned a state that contains itself`, null);
      const of = state instanceof Promise ? '; a model answers at once' : '';
      throw this.#fault(op, `${from} returned no usable state: ${(error as Error).message}${of}`, null);
    }
  }

  #bucket(state: unknown, op: ModelOp | null): number {
    const { hash, equal } = this.#custom;
    const code = this.#ask(op, 'hash', () => hash!(state));
    if (typeof code !== 'string' && typeof code !== 'number') {
      throw this.#fault(op, `hash returned ${typeName(code)}, not a text or a number`, null);
    }
    if (typeof state === 'object' && state !== null && !this.#looks.has(state)) this.#looks.set(state, code);
    let bucket = this.#buckets.get(code);
    if (bucket === undefined) this.#buckets.set(code, (bucket = []));
    let held = bucket.find((other) => this.#ask(op, 'equal', () => equal!(other.state, state)));
    if (held === undefined) bucket.push((held = { state, id: this.#count++ }));
    return held.id;
  }

  /** What could not be frozen must look as it did. */
  #unchanged(state: unknown, op: ModelOp): void {
    if (typeof state !== 'object' || state === null) return;
    const before = this.#looks.get(state);
    if (before === undefined) return;
    const now = this.#custom.hash === undefined ? stateKey(state).key : this.#custom.hash(state);
    if (now !== before) {
      throw this.#fault(op, 'step changed the state it was given; it must return a new one', null);
    }
  }

  #op(op: ModelOp): CustomOp {
    let custom = this.#ops.get(op);
    if (custom === undefined) {
      const { f, input, outcome, key, process } = op;
      custom = freeze({ f, input, output: outcome === 'ok' ? op.output : undefined, outcome, key, process });
      this.#ops.set(op, custom);
    }
    return custom;
  }

  #ask<T>(op: ModelOp | null, method: string, ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const frozen = error instanceof TypeError && /read only|not extensible|cannot delete/i.test(message);
      const hint = frozen ? '; states are frozen: return a new one instead of changing it' : '';
      throw this.#fault(op, `${method} threw: ${message}${hint}`, error);
    }
  }

  #fault(op: ModelOp | null, what: string, error: unknown): ModelFault {
    const { name } = this.#custom;
    const source = this.#file ?? `model ${name ?? '(without a name)'}`;
    const line = this.#file === null ? null : lineIn(this.#file, error);
    const place = line === null ? source : `${source}:${line}`;
    return new ModelFault(`${place}: ${what}${op === null ? '' : ` (at ${asked(op)})`}`, op);
  }
}

/** An operation as a message names it. */
function asked(op: ModelOp): string {
  const input = op.input === null ? '' : ` ${JSON.stringify(op.input)}`;
  const key = op.key === undefined ? '' : ` of key ${JSON.stringify(op.key)}`;
  if (op.outcome !== 'ok') {
    return `${op.f}${input}${key}, ${op.outcome === 'info' ? 'of unknown outcome' : 'refused'}`;
  }
  return `${op.f}${input}${key} -> ${JSON.stringify(op.output)}`;
}

/** The line of the model's own file that an error came from. */
function lineIn(file: string, error: unknown): number | null {
  if (!(error instanceof Error) || error.stack === undefined) return null;
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  const place = new RegExp(`${name.replaceAll(/[.*+?^$(){}|[\]\\]/g, '\\$&')}:(\\d+)`).exec(error.stack);
  return place === null ? null : Number(place[1]);
}
