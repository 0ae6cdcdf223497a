/**
 * Observation: one worker per node that asks the node who leads, and for what is new in its replicated log, for any
 * system that can be asked. The answers are operations of the history; who leads also feeds the leader book.
 */
import type { NodeId, System, SystemContext } from '../contracts.ts';
import {
  cycle,
  delay,
  forEachThread,
  type Generator,
  observers,
  once,
  repeat,
  sequence,
} from '../generator/index.ts';
import type { Call, Completion, Worker } from '../interpreter/worker.ts';
import type { Json, Op } from '../op.ts';
import { signalAfter } from '../time.ts';
import type { LeaderBook } from './leader-book.ts';
import { LogTail } from './log-tail.ts';

/** How often each node is asked. */
export const OBSERVE_EVERY_MS = 100;
/** A node that says nothing for this long has not answered. */
export const OBSERVE_TIMEOUT_MS = 1_000;

/** Name of the thread that observes a node. */
export function observerThread(node: NodeId): string {
  return `observer:${node}`;
}

/** Of so many questions to a node that can be asked for both, one is about its log. */
const LOG_EVERY = 5;

/** Can the nodes of this system be asked anything? */
export function isObserved(system: System): boolean {
  return system.observe !== undefined || system.observeLog !== undefined;
}

/** Asks every node, steadily, each observer on its own. */
export function observing(system: System): Generator {
  const log = once({ f: 'log' });
  const leader = repeat({ f: 'leader' }, LOG_EVERY - 1);
  const round = system.observe === undefined ? log : system.observeLog ? sequence(leader, log) : leader;
  const gapNs = OBSERVE_EVERY_MS * 1e6 * (system.observe === undefined ? LOG_EVERY : 1);
  return observers(forEachThread(() => delay(gapNs, cycle(round), false)));
}

/** Asks every node once for the end of its log. */
export function lastLogs(): Generator {
  return observers(forEachThread(() => once({ f: 'log' })));
}

/** Asks one node who leads and for its log. Asking has no effect, so an observation that failed is definite. */
export class Observer implements Worker {
  readonly #node: NodeId;
  readonly #system: System;
  readonly #context: SystemContext;
  readonly #book: LeaderBook;
  readonly #onChange: () => void;
  readonly #tail = new LogTail();

  constructor(node: NodeId, system: System, context: SystemContext, book: LeaderBook, onChange: () => void) {
    this.#node = node;
    this.#system = system;
    this.#context = context;
    this.#book = book;
    this.#onChange = onChange;
  }

  /** Completes with the observation, or fails: nobody answered. */
  async invoke(op: Op, call: Call): Promise<Completion> {
    const signal = signalAfter(OBSERVE_TIMEOUT_MS, call.signal);
    if (op.f === 'log') return this.#log(call, signal);
    try {
      const observation = await this.#system.observe!(this.#node, this.#context, signal);
      if (this.#book.record(this.#node, observation)) this.#onChange();
      return { type: 'ok', value: observation as unknown as Json };
    } catch (error) {
      if (this.#book.record(this.#node, null)) this.#onChange();
      return noAnswer(error);
    }
  }

  async #log(call: Call, signal: AbortSignal): Promise<Completion> {
    const read = (from: number) => this.#system.observeLog!(this.#node, this.#context, from, signal);
    try {
      const observation = await this.#tail.next(read, () => call.signal.aborted);
      return { type: 'ok', value: observation as unknown as Json };
    } catch (error) {
      return noAnswer(error);
    }
  }
}

function noAnswer(error: unknown): Completion {
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'fail', value: null, error: { definite: true, kind: 'no-answer', message } };
}
