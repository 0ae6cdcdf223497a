/**
 * What nodes did against their protocol, in a few sentences for the end of a run: the events of each are in the
 * history.
 */
import type { ClusterEvent, NodeId } from '../contracts.ts';

/** Sums up `protocol-violation` events. */
export class Violations {
  readonly #nodes = new Map<NodeId, { count: number; reasons: Set<string> }>();

  /** Takes one event; others than violations are ignored. */
  record({ node, kind, detail }: ClusterEvent): void {
    if (kind !== 'protocol-violation') return;
    const { reason, count } = detail as { reason: string; count: number };
    const own = this.#nodes.get(node) ?? { count: 0, reasons: new Set() };
    own.count = Math.max(own.count, count);
    own.reasons.add(reason);
    this.#nodes.set(node, own);
  }

  /** One note per node. Counts are lower bounds: many violations are reported at round counts only. */
  notes(): string[] {
    return [...this.#nodes].map(([node, { count, reasons }]) => {
      const times = count === 1 ? 'once' : `${count} times or more`;
      return `${node} broke the protocol ${times}: ${[...reasons].slice(0, 3).join(', ')}`;
    });
  }
}
