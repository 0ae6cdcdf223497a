/**
 * Causal consistency of registers, which needs no order of versions: the checker of weak isolation decides it,
 * here for the lattice.
 */
import type { Budget } from '../contract.ts';
import { weakIsolation } from '../weak/checkers.ts';
import type { FindingList } from './finding.ts';
import type { Registers } from './registers.ts';

/** What that checker finds wrong with single reads, which is found and named here before. */
const KNOWN: readonly string[] = [
  'garbage-read',
  'aborted-read',
  'intermediate-read',
  'future-read',
  'internal',
];

/** Finds `causal-violation`. O(transactions * sessions). */
export function findRegisterCausal({ txns }: Registers, found: FindingList, budget: Budget): void {
  if (txns.predicate !== null) {
    // That checker knows no scans.
    found.unsettled.add('causal-violation');
    return;
  }
  const result = weakIsolation(txns.history, 'causal', budget);
  if (result.verdict === 'unknown' || result.verdict === 'broken') found.unsettled.add('causal-violation');
  for (const anomaly of result.anomalies) {
    if (!KNOWN.includes(anomaly.kind)) found.addWorded({ ...anomaly, kind: 'causal-violation' });
  }
}
