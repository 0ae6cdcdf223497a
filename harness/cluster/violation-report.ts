/**
 * Protocol violations as events: the first few of each node in full, then only at round counts, so that a
 * node that prints garbage all day fills neither the history nor the screen.
 */
import type { ClusterEvent, NodeId } from '../contracts.ts';

const IN_FULL = 5;
const LINE_CHARS = 300;

/** Turns violations into a bounded number of events. */
export class ViolationReport {
  readonly #counts = new Map<NodeId, number>();
  readonly #emit: (event: ClusterEvent) => void;

  constructor(emit: (event: ClusterEvent) => void) {
    this.#emit = emit;
  }

  /** Counts a violation and, when it is among the first or a power of ten, emits it. */
  add(node: NodeId, reason: string, line: string): void {
    const count = (this.#counts.get(node) ?? 0) + 1;
    this.#counts.set(node, count);
    if (count > IN_FULL && !/^10+$/.test(String(count))) return;
    const shown = line.length <= LINE_CHARS ? line : `${line.slice(0, LINE_CHARS)}...`;
    this.#emit({ node, kind: 'protocol-violation', detail: { reason, line: shown, count } });
  }
}
