/**
 * A model of one's own: the sequential object a history is compared with, in as little code as it takes. What
 * is written here is adapted to the engines by `custom.ts`.
 */
import type { Json } from '../../harness/op.ts';

/**
 * One operation as a model of one's own sees it. `ok`: it happened and answered `output`. `info`: it may have
 * happened, at any time from its invocation on; what it answered is unknown, so `output` is undefined.
 * `refused`: it did not happen, because its precondition did not hold (only functions that are `refusable`).
 */
export interface CustomOp<Value = Json> {
  readonly f: string;
  /** The value it was invoked with. */
  readonly input: Value;
  /** The value it completed with; undefined unless the outcome is `ok`. */
  readonly output: Value | undefined;
  readonly outcome: 'ok' | 'info' | 'refused';
  /** Its key in the history, if it has one. */
  readonly key: Json | undefined;
  /** Its process; only for models that say `owned`. */
  readonly process: number | undefined;
}

/** What a model says about one of its functions. All is optional: nothing said costs time, never the truth. */
export interface CustomFunction {
  /** It never changes a state, whatever its answer. Searches are much shorter for knowing. */
  readOnly?: boolean;
  /** Its failures of kind `precondition-failed` are given to `step`, with the outcome `refused`. */
  refusable?: boolean;
}

/**
 * A sequential object. States are plain values: JSON, `undefined` inside objects, `bigint`, `Date`, `Map` and
 * `Set`. Other states need `hash` and `equal`.
 */
export interface CustomModel<State, Value = Json> {
  /** What sentences call the object; default `object`. */
  name?: string;
  /**
   * Functions it understands; a history that calls others is refused with their names. Without it, every
   * function is given to `step`.
   */
  functions?: readonly string[] | Readonly<Record<string, CustomFunction>>;
  /** `step` looks at `op.process`: locks, sessions. */
  owned?: boolean;
  /** The state before any operation; `initial` is the option of that name of the checker, if it was given. */
  init(initial?: Json): State;
  /**
   * The state after the operation, or undefined when it cannot happen in this state. Must not change the state
   * it is given, and must depend on nothing else. With `output` undefined it must take any answer.
   */
  step(state: State, op: CustomOp<Value>): State | undefined;
  /**
   * The object an operation belongs to: each is judged by itself. Default: the key of the operation. All
   * operations for which it gives the same JSON value belong together; `() => null` makes one object of all.
   */
  partition?(op: Pick<CustomOp<Value>, 'f' | 'input' | 'key'>): Json | undefined;
  /** A state in words, for sentences: `[1 2 3]`. Default: as JSON. */
  describe?(state: State): string;
  /** An operation in words, in the past tense: `took 3`. Default: the function, its input and output. */
  describeOp?(op: CustomOp<Value>): string;
  /** Are two states the same? With `hash`, which must then be equal too. */
  equal?(a: State, b: State): boolean;
  hash?(state: State): string | number;
}

/** A model of whatever states: what checkers take. */
// biome-ignore lint/suspicious/noExplicitAny: states and values are the business of the model alone
export type AnyCustomModel = CustomModel<any, any>;

/**
 * A model with its types inferred, checked for what is missing. Throws `TypeError` that names it. Values are
 * typed `any` unless the type argument says more: histories hold whatever clients wrote.
 */
// biome-ignore lint/suspicious/noExplicitAny: JSON of the user's own choosing
export function defineModel<State, Value = any>(model: CustomModel<State, Value>): CustomModel<State, Value> {
  const problem = problemWith(model);
  if (problem !== null) throw new TypeError(`this is no model: ${problem}`);
  return model;
}

/** Is this an object somebody meant as a model? */
export function isModelObject(value: unknown): value is AnyCustomModel {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const METHODS = ['init', 'step', 'partition', 'describe', 'describeOp', 'equal', 'hash'] as const;
const NAMES: readonly string[] = [...METHODS, 'name', 'functions', 'owned'];

/** What keeps a value from being a model, or null. */
export function problemWith(value: unknown): string | null {
  if (!isModelObject(value)) return `expected an object with init and step, got ${typeName(value)}`;
  const given = value as unknown as Record<string, unknown>;
  for (const name of ['init', 'step']) {
    if (given[name] === undefined) return `${name} is missing; a model needs init() and step(state, op)`;
  }
  for (const name of METHODS) {
    const method = given[name];
    if (method !== undefined && typeof method !== 'function')
      return `${name} is ${typeName(method)}, not a function`;
  }
  if ((given['equal'] === undefined) !== (given['hash'] === undefined))
    return 'equal and hash need each other';
  if (given['name'] !== undefined && typeof given['name'] !== 'string') return 'name is not a text';
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) return `"${name}" is not part of a model, which has ${NAMES.join(', ')}`;
  }
  return problemWithFunctions(given['functions']);
}

function problemWithFunctions(functions: unknown): string | null {
  if (functions === undefined) return null;
  if (Array.isArray(functions)) {
    return functions.every((name) => typeof name === 'string') ? null : 'functions is not a list of names';
  }
  if (!isModelObject(functions)) return 'functions is neither a list of names nor an object by name';
  for (const [name, said] of Object.entries(functions)) {
    if (!isModelObject(said)) return `functions.${name} is not an object, e.g. { readOnly: true }`;
    for (const key of Object.keys(said)) {
      if (key !== 'readOnly' && key !== 'refusable') {
        return `functions.${name}.${key} is not known; there are readOnly and refusable`;
      }
    }
  }
  return null;
}

/** What something is, for messages. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object') return value === undefined ? 'nothing' : `a ${typeof value}`;
  const made = (value as object).constructor?.name;
  return made === undefined || made === 'Object' ? 'an object' : `a ${made}`;
}
