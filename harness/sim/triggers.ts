/**
 * Faults that wait for a moment instead of a time: the n-th time that a node reports something, sends a message of
 * a type, or is about to handle one. Whatever happens then happens to that node.
 */
import type { PlannedFault } from '../contracts.ts';

/** What can be waited for. `received`: a message is about to be handled. */
export type Moment = 'reached' | 'sent' | 'received';

/** The moment a fault waits for. */
export interface Trigger {
  on: Moment;
  /** Name of the probe, or type of the message. */
  name: string;
  /** Which one, counted over all nodes from the fault's `atNs` on, from 1. */
  nth: number;
  /** The fault begins this much later. */
  afterNs: number;
  /** Later than this it does not begin any more, ns of the run. */
  byNs: number;
}

/**
 * A fault of a case. With `when`, `atNs` is when counting begins, `untilNs - atNs` how long the fault lasts, and,
 * where it names no nodes, it hits the node at which the moment came.
 */
export interface CaseFault extends PlannedFault {
  when?: Trigger;
}

interface Waiting<N> {
  trigger: Trigger;
  fromNs: number;
  count: number;
  fire: (node: N) => void;
}

/** The faults of a run that wait. */
export class Triggers<N> {
  #waiting: Waiting<N>[] = [];

  /** Calls `fire` once, at the moment, with the node at which it came. */
  add(trigger: Trigger, fromNs: number, fire: (node: N) => void): void {
    this.#waiting.push({ trigger, fromNs, count: 0, fire });
  }

  /** Something happened. Linear in the number of faults that wait. */
  hear(on: Moment, name: string, node: N, nowNs: number): void {
    let fired = false;
    for (const one of this.#waiting) {
      const { trigger } = one;
      if (trigger.on !== on || trigger.name !== name || nowNs < one.fromNs || nowNs > trigger.byNs) continue;
      if (++one.count !== trigger.nth) continue;
      fired = true;
      one.fire(node);
    }
    if (fired) this.#waiting = this.#waiting.filter((one) => one.count < one.trigger.nth);
  }
}
