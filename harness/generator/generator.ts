/**
 * What a generator is: an immutable value that, shown a context, offers an operation together with the
 * generator that remains, and that can be shown what happened. Everything that varies, random state included,
 * lies inside the value, so asking twice gives the same answer and asking speculatively costs nothing.
 */
import type { Json, OpError, OpType, Process } from '../op.ts';
import type { Context } from './context.ts';

/**
 * An operation as a generator offers it. `sleep` and `log` are pseudo-operations: the interpreter performs
 * them itself and they never enter the history.
 */
export interface OpDraft {
  readonly what: 'invoke' | 'sleep' | 'log';
  /** When it is due, in nanoseconds since the start of the phase; at or before the context's time: now. */
  readonly time: number;
  /** Index of the thread that performs it, free in the context it was offered for. */
  readonly thread: number;
  readonly f: string;
  readonly key: Json | undefined;
  /** `sleep`: how long in nanoseconds. `log`: the line. */
  readonly value: Json;
}

/** An operation and the generator that remains once it was dispatched. */
export interface Offer {
  readonly state: 'offer';
  readonly op: OpDraft;
  readonly next: Generator;
}

/** Nothing now; ask again after the next event, or at `untilNs` at the latest. */
export interface Pending {
  readonly state: 'pending';
  readonly untilNs: number;
}

/** Nothing now, and never again. */
export interface Done {
  readonly state: 'done';
}

/** The answer of a generator to the question what to do next. */
export type Polled = Offer | Pending | Done;

/** The only value of `Done`. */
export const DONE: Done = { state: 'done' };
/** Pending until something happens. */
export const PENDING: Pending = { state: 'pending', untilNs: Number.POSITIVE_INFINITY };

/** Something that happened to an operation: it was dispatched (`invoke`), or it completed. */
export interface GeneratorEvent {
  readonly type: OpType;
  readonly time: number;
  readonly thread: number;
  /** The process that performed it. After `info` the context already shows its successor. */
  readonly process: Process;
  readonly f: string;
  readonly key: Json | undefined;
  readonly value: Json;
  readonly error: OpError | undefined;
}

/**
 * A source of operations. Implementations are immutable; both methods are pure functions of the generator, the
 * context as it is during the call, and the event. A context must not be kept: it is a live view.
 */
export interface Generator {
  /** Name of the combinator, for error messages. */
  readonly kind: string;
  /** False when `update` never changes anything here or below, so that callers may skip it. */
  readonly heeds: boolean;
  /** What to do next. The offered thread is free in `context`. */
  op(context: Context): Polled;
  /**
   * The generator after `event`. `context` shows the state after the event: the thread is busy after an
   * invocation, free after a completion, and carries its next process after an `info`.
   */
  update(context: Context, event: GeneratorEvent): Generator;
}

/** An operation as plain data; whatever is missing is filled in from the context. */
export interface OpTemplate {
  f: string;
  key?: Json;
  /** Defaults to null. */
  value?: Json;
  /** Name of the thread that must perform it; by default the free thread that was idle longest. */
  thread?: number | string;
}

/**
 * Whatever stands for a generator. Null is exhausted, a template is one operation, a list is its elements one
 * after another without a barrier, a function is asked for a generator again each time the last one is
 * exhausted, until it answers null. Functions must be pure: `calls` counts how often it was asked before.
 */
export type GeneratorLike =
  | Generator
  | OpTemplate
  | null
  | readonly GeneratorLike[]
  | ((context: Context, calls: number) => GeneratorLike);

/** A generator that broke its contract, or threw; names the combinator. */
export class GeneratorError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GeneratorError';
  }
}
