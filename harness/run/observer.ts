/**
 * Leader observation: one worker per node that asks the node who leads, for any system that can be asked. The
 * answers are operations of the history; the latest ones also feed the leader book.
 */
import type { NodeId, System, SystemContext } from '../contracts.ts';
import type { Call, Completion, Worker } from '../interpreter/worker.ts';
import type { Json } from '../op.ts';
import { signalAfter } from '../time.ts';
import type { LeaderBook } from './leader-book.ts';

/** How often each node is asked. */
export const OBSERVE_EVERY_MS = 100;
/** A node that says nothing for this long has not answered. */
export const OBSERVE_TIMEOUT_MS = 1_000;

/** Name of the thread that observes a node. */
export function observerThread(node: NodeId): string {
  return `observer:${node}`;
}

/** Asks one node who leads. Asking has no effect, so an observation that failed is definite. */
export class Observer implements Worker {
  readonly #node: NodeId;
  readonly #system: System;
  readonly #context: SystemContext;
  readonly #book: LeaderBook;
  readonly #onChange: () => void;

  constructor(node: NodeId, system: System, context: SystemContext, book: LeaderBook, onChange: () => void) {
    this.#node = node;
    this.#system = system;
    this.#context = context;
    this.#book = book;
    this.#onChange = onChange;
  }

  /** Completes with the observation, or fails: nobody answered. */
  async invoke(_op: unknown, call: Call): Promise<Completion> {
    const signal = signalAfter(OBSERVE_TIMEOUT_MS, call.signal);
    try {
      const observation = await this.#system.observe!(this.#node, this.#context, signal);
      if (this.#book.record(this.#node, observation)) this.#onChange();
      return { type: 'ok', value: observation as unknown as Json };
    } catch (error) {
      if (this.#book.record(this.#node, null)) this.#onChange();
      const message = error instanceof Error ? error.message : String(error);
      return { type: 'fail', value: null, error: { definite: true, kind: 'no-answer', message } };
    }
  }
}
