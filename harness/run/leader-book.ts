/**
 * What observers last heard from each node about who leads. Faults that aim at the leader ask it, the live
 * view shows it. It judges nothing: that is the checkers' work, on the history.
 */
import type { LeaderObservation, NodeId } from '../contracts.ts';

/** Latest observation per node. */
export class LeaderBook {
  readonly #latest = new Map<NodeId, LeaderObservation>();

  /** Notes what a node said, or that it did not answer (null). True when the set of leaders changed. */
  record(node: NodeId, observation: LeaderObservation | null): boolean {
    const before = JSON.stringify(this.leaders());
    if (observation === null) this.#latest.delete(node);
    else this.#latest.set(node, observation);
    return JSON.stringify(this.leaders()) !== before;
  }

  /** Nodes that say that they lead, by name. */
  leaders(): { node: NodeId; term?: number | null }[] {
    return [...this.#latest]
      .filter(([, said]) => said.leading)
      .map(([node, said]) => (said.term === undefined ? { node } : { node, term: said.term }))
      .sort((a, b) => (a.node < b.node ? -1 : 1));
  }

  /**
   * The one node to call the leader: among those that say they lead, the highest term, then the most nodes
   * naming it, then the name. Null when nobody claims to lead.
   */
  leader(): NodeId | null {
    const votes = (node: NodeId): number =>
      [...this.#latest.values()].filter((said) => said.leader === node).length;
    const claims = this.leaders().sort(
      (a, b) => (b.term ?? 0) - (a.term ?? 0) || votes(b.node) - votes(a.node) || (a.node < b.node ? -1 : 1),
    );
    return claims[0]?.node ?? null;
  }

  /** True when exactly one node says that it leads and a majority of `nodes` nodes, itself included, name it. */
  agreed(nodes: number): boolean {
    const leaders = this.leaders();
    if (leaders.length !== 1) return false;
    const leader = leaders[0]!.node;
    let following = 0;
    for (const [node, said] of this.#latest) if (node === leader || said.leader === leader) following++;
    return following > nodes / 2;
  }
}
