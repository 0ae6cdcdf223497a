/**
 * Edges of time: the order of acknowledged transactions within a process, and across processes where one
 * returned before another was invoked.
 */
import { type EdgeList, PR, RT } from './graph.ts';
import { COMMITTED, NEVER, type Txns } from './txns.ts';

/**
 * Real-time order with at most two edges per transaction: one barrier node per maximal run of returns; T
 * reaches U over barriers exactly when T returned before U was invoked. Transactions of unknown outcome come
 * after what returned before them; nothing comes after them. O(length of the history).
 */
export function addRealtimeEdges(txns: Txns, list: EdgeList): void {
  const { count, inv, ret, status } = txns;
  const returned = new Int32Array(txns.history.length).fill(-1);
  for (let t = 0; t < count; t++) if (ret[t] !== NEVER) returned[ret[t]!] = t;
  let barrier = -1;
  let open = false;
  let next = 0;
  for (let i = 0; i < returned.length; i++) {
    txns.pace.step();
    const done = returned[i]!;
    if (done >= 0) {
      if (!open) {
        const fresh = list.node();
        if (barrier >= 0) list.add(barrier, fresh, RT);
        barrier = fresh;
        open = true;
      }
      list.add(done, barrier, RT);
    } else if (next < count && inv[next] === i) {
      const t = next++;
      if (status[t] !== COMMITTED || barrier < 0) continue;
      open = false;
      list.add(barrier, t, RT);
    }
  }
}

/** Order within processes: each acknowledged transaction before the next one of its process. O(transactions). */
export function addProcessEdges(txns: Txns, list: EdgeList): void {
  const { processes } = txns.history.columns;
  const last = new Map<number, number>();
  for (let t = 0; t < txns.count; t++) {
    txns.pace.step();
    if (txns.status[t] !== COMMITTED) continue;
    const process = processes[txns.inv[t]!]!;
    const before = last.get(process);
    if (before !== undefined) list.add(before, t, PR);
    if (txns.ret[t] !== NEVER) last.set(process, t);
  }
}
