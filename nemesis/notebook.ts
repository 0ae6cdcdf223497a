/**
 * What a fault must remember between its injection and its undoing: counters before, nodes it found at the
 * time. Kept per cluster and per planned fault, and dropped with the cluster. The undo of a harness that died
 * does not need it: see the ledger.
 */
import type { Cluster } from '../harness/contracts.ts';

/** Notes of one kind of fault. */
export class Notebook<T> {
  readonly #pages = new WeakMap<Cluster, Map<string, T>>();

  /** Notes `value` for a planned fault, replacing what was there. */
  write(cluster: Cluster, faultId: string, value: T): void {
    let page = this.#pages.get(cluster);
    if (page === undefined) this.#pages.set(cluster, (page = new Map()));
    page.set(faultId, value);
  }

  /** What was noted; undefined when the fault is not installed. */
  read(cluster: Cluster, faultId: string): T | undefined {
    return this.#pages.get(cluster)?.get(faultId);
  }

  /** Forgets; forgetting what is not there is fine. */
  erase(cluster: Cluster, faultId: string): void {
    this.#pages.get(cluster)?.delete(faultId);
  }
}
