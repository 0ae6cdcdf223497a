/**
 * What a model is: the sequential object a history is compared with. Models speak JSON and know nothing of
 * histories or search; engines intern operations into classes and states into ints and ask each question once.
 */
import type { Json } from '../../harness/op.ts';

/**
 * How an operation counts. `ok`: it happened, and `output` is what it answered. `info`: it happened or not, at
 * any time from its invocation on, and `output` is unknown (null). `refused`: it did not happen, because its
 * precondition did not hold at some instant within it; it changes nothing.
 */
export type Outcome = 'ok' | 'info' | 'refused';

/** One operation as a model sees it. Operations with equal fields are one class. */
export interface ModelOp {
  f: string;
  input: Json;
  output: Json;
  outcome: Outcome;
  /** Who performs it; only for models whose operations are `owned`. */
  process?: number;
  /** Its key in the history; only for models that carry `keys`. */
  key?: Json;
  /** `output` lists only the items in question of those it answered. */
  partial?: boolean;
}

/** What a model says about one of its functions. */
export interface ModelFunction {
  /** Its answer tells something about the state; otherwise engines ignore the answer. */
  answers: boolean;
  /** It never changes any state. */
  readOnly: boolean;
  /** A definite failure of kind `precondition-failed` is an observation (`refused`). */
  refusable: boolean;
}

/** A sequential object. States are immutable values. */
export interface Model<S = Json> {
  name: string;
  summary: string;
  functions: Readonly<Record<string, ModelFunction>>;
  /** Every key is an object of its own; otherwise keys are ignored and the whole history is one object. */
  independent: boolean;
  /** What an operation does depends on which process performs it: locks. */
  owned?: boolean;
  /** Which object an operation belongs to, instead of its key; null and undefined stand for one of no name. */
  partition?(f: string, input: Json, key: Json | undefined): Json | undefined;
  /** Ids of the keys that operations carry, by history index, when steps may depend on them. */
  keys?: Int32Array;
  /** The state before any operation; `initial` is the option of that name, null when it was not given. */
  init(initial: Json): S;
  /** The state after the operation, or undefined when it cannot happen in this state. Must be a function. */
  step(state: S, op: ModelOp): S | undefined;
  /** A primitive that is equal exactly for equal states. */
  identity(state: S): string | number;
  /** The operation changes no state it can happen in, whichever that is. */
  readOnly(op: ModelOp): boolean;
  /**
   * One state of every kind these operations can tell apart, so that a window of a history can be judged
   * without knowing what came before it. Each operation is given as often as it occurs where `counts` is set,
   * else once. Absent, or none: windows are not used.
   */
  counts?: boolean;
  representatives?(ops: readonly ModelOp[]): S[];
  /**
   * The item an operation is about, as text; null when it is about none in particular, undefined when it is about
   * all at once. Present only where leaving out every operation about one item never makes a legal history
   * illegal, operations about all aside: an element of a set, an item of a queue.
   */
  item?(op: ModelOp): string | null | undefined;
  /** An operation about all items, as far as it is about these (canonical texts). */
  restrict?(op: ModelOp, items: ReadonlySet<string>): ModelOp;
  /**
   * Maps states that none of these operations, in any number and order, can tell apart to one of them, so that a
   * search need not. For models with very many states of which few matter.
   */
  canonical?(ops: readonly ModelOp[]): { of(state: S): S };
  /**
   * The only state the operation can happen in, and the state it leaves behind whatever was before it; undefined
   * when there is none such. A model that has both and says what every operation that changes anything makes lets
   * searches look ahead.
   */
  needs?(op: ModelOp): S | undefined;
  makes?(op: ModelOp): S | undefined;
  /** A state in words: `5`, `[1 2 3]`. */
  describe(state: S): string;
  /** An operation in words, in the past tense: `read 5`, `wrote 3`. */
  describeOp(op: ModelOp): string;
}

/** An operation a model was given and cannot read. */
export class ModelError extends Error {
  constructor(model: string, op: ModelOp, expected: string) {
    super(`model ${model}: ${op.f} ${JSON.stringify(op.input)} is not understood; expected ${expected}`);
    this.name = 'ModelError';
  }
}
