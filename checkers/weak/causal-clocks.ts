/**
 * Vector clocks of transactions: what each one's past holds of every session.
 */
import type { Budget } from '../contract.ts';
import type { Transactions } from './transactions.ts';

/** For each transaction and session the last transaction of that session before it, or -1. */
export type Clocks = Int32Array;

/** Fills the clocks in topological order of session order and reads-from; null when the budget ended. */
export function causalClocks(txns: Transactions, order: Int32Array, budget: Budget): Clocks | null {
  const { readStart, readSources } = txns;
  const { sessionOf, sessionStart, sessions } = txns.micro;
  const clocks = new Int32Array(txns.count * sessions).fill(-1);
  for (let q = 0; q < order.length; q++) {
    if ((q & 4095) === 4095 && !budget.spend(4096)) return null;
    const t = order[q]!;
    const row = t * sessions;
    const session = sessionOf[t]!;
    if (t > sessionStart[session]!) {
      clocks.copyWithin(row, row - sessions, row);
      clocks[row + session] = t - 1;
    }
    for (let i = readStart[t]!; i < readStart[t + 1]!; i++) {
      const source = readSources[i]!;
      if (source < 0 || clocks[row + sessionOf[source]!]! >= source) continue;
      const from = source * sessions;
      for (let s = 0; s < sessions; s++) {
        if (clocks[from + s]! > clocks[row + s]!) clocks[row + s] = clocks[from + s]!;
      }
      if (clocks[row + sessionOf[source]!]! < source) clocks[row + sessionOf[source]!] = source;
    }
  }
  return clocks;
}
