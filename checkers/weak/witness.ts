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
    const [witness, found] = shrunk(txns, all, anomaly.kind, judges) ?? [restrict(txns, all), anomaly];
    if (judges.confirm(witness, anomaly.kind) !== false) {
      shown.push(found);
      continue;
    }
    // What it cites is not all it rests on; what happened before that may be.
    const wider = shrunk(txns, withPast(txns, all), anomaly.kind, judges);
    if (wider !== null && judges.confirm(wider[0], anomaly.kind) !== false) shown.push(wider[1]);
    else contradicted++;
  }
  return { anomalies: shown, contradicted };
}

/** These transactions and what happened before them, nearest first, as many as can be shrunk; all of a short history. */
function withPast(txns: Transactions, from: readonly number[]): number[] {
  if (txns.count <= MAX_SHRUNK) return Array.from({ length: txns.count }, (_, t) => t);
  const found = new Set(from);
  const { sessionOf } = txns.micro;
  for (const t of found) {
    const causes = Array.from(txns.readSources.subarray(txns.readStart[t]!, txns.readStart[t + 1]!));
    if (t > 0 && sessionOf[t - 1] === sessionOf[t]) causes.push(t - 1);
    for (const cause of causes) if (cause >= 0 && found.size < MAX_SHRUNK) found.add(cause);
  }
  return [...found].sort((a, b) => a - b);
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
