/**
 * From an anomaly to its minimal witness: the fewest of its transactions that show it by themselves. What is
 * left is shown to the oracle; what that does not confirm is not an anomaly but a fault of ours.
 */
import type { Anomaly } from '../../harness/verdict.ts';
import { ddmin } from './ddmin.ts';
import { restrict } from './restrict.ts';
import type { Transactions } from './transactions.ts';

/** How a promise is judged on a few transactions. */
export interface Judges {
  /** The anomaly the algorithm finds, of this kind if there is one; null when there is none. */
  find(txns: Transactions, kind: string): Anomaly | null;
  /** Whether the definition is broken; null when that was too much to try. */
  confirm(txns: Transactions, kind: string): boolean | null;
}

/** Anomalies of more transactions are shown as they were found. */
const MAX_SHRUNK = 64;
const MAX_ATTEMPTS = 1000;

/**
 * The anomalies, each over as few transactions as possible, and how many of them the oracle contradicts: those
 * are left out.
 */
export function witnesses(
  txns: Transactions,
  anomalies: readonly Anomaly[],
  judges: Judges,
): { anomalies: Anomaly[]; contradicted: number } {
  const numbers = transactionNumbers(txns, anomalies);
  const shown: Anomaly[] = [];
  let contradicted = 0;
  for (const anomaly of anomalies) {
    const all = [...new Set(anomaly.ops.flatMap((op) => numbers.get(op) ?? []))].sort((a, b) => a - b);
    const small = shrunk(txns, all, anomaly.kind, judges);
    const [witness, found] = small ?? [restrict(txns, all), anomaly];
    if (judges.confirm(witness, anomaly.kind) === false) contradicted++;
    else shown.push(found);
  }
  return { anomalies: shown, contradicted };
}

function shrunk(
  txns: Transactions,
  all: readonly number[],
  kind: string,
  judges: Judges,
): [Transactions, Anomaly] | null {
  if (all.length > MAX_SHRUNK) return null;
  let best = judged(txns, all, kind, judges);
  if (best === null) return null;
  const fails = (fewer: readonly number[]): boolean => {
    const found = judged(txns, fewer, kind, judges);
    if (found !== null) best = found;
    return found !== null;
  };
  ddmin(all, fails, MAX_ATTEMPTS);
  return best;
}

function judged(
  txns: Transactions,
  kept: readonly number[],
  kind: string,
  judges: Judges,
): [Transactions, Anomaly] | null {
  const part = restrict(txns, kept);
  const found = judges.find(part, kind);
  return found === null ? null : [part, found];
}

/** Numbers of the transactions whose invocations the anomalies cite. O(n). */
function transactionNumbers(txns: Transactions, anomalies: readonly Anomaly[]): Map<number, number> {
  const cited = new Set(anomalies.flatMap((anomaly) => anomaly.ops));
  const numbers = new Map<number, number>();
  for (let t = 0; t < txns.count; t++)
    if (cited.has(txns.micro.calls[t]!)) numbers.set(txns.micro.calls[t]!, t);
  return numbers;
}
