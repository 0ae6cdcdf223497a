/**
 * The `sequential-consistency` checker: one order of everything, in which each process's operations keep their
 * order and every read returns what was written last; real time plays no part. Deciding that is NP-complete.
 * An order by time explains most right histories at once. What must hold is then saturated, which refutes nearly
 * all wrong ones, and guessed from after each round; what is left is searched within the budget.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { CONTRADICTED, notUnderstood, REGISTER_READS, WRONG_READS } from './checkers.ts';
import { commitGraph, topologicalOrder } from './commit-graph.ts';
import { smallCycles } from './cycles.ts';
import { ddmin } from './ddmin.ts';
import { Explainer } from './explain.ts';
import { breaks, type PromiseName, plainTxns } from './oracle.ts';
import { restrict } from './restrict.ts';
import { explains, ranksByTime } from './sequential-guess.ts';
import { type Saturated, saturate } from './sequential-saturation.ts';
import { searchOrder } from './sequential-search.ts';
import { sequentialSteps } from './sequential-steps.ts';
import { supportOf } from './sequential-support.ts';
import { type Transactions, transactionsOf } from './transactions.ts';

/** Entries of the table of what comes before what: 1 GB of them. */
const MAX_ENTRIES = 1 << 28;
const SECOND_SALT = 0x5bd1e995;
const MAX_ATTEMPTS = 2000;
/** Smaller promises, to say how much falls. */
const WEAKER: readonly PromiseName[] = ['weak-causal', 'causal', 'causal-memory'];

interface Decision {
  /** Null: not known, because of `why`. */
  holds: boolean | null;
  by: 'time' | 'saturation' | 'search' | null;
  saturated: Saturated | null;
  why: string;
}

/**
 * Judges `txn` of `r` and `w`, or plain `read`, `write` and `cas`, over all keys together. Sessions are
 * processes. A verdict is exact when every value is written once per key.
 */
export function sequentialConsistency(
  history: History,
  _options = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const txns = transactionsOf(history, budget);
  const foreign = notUnderstood(txns);
  if (foreign !== null) return foreign;
  const explainer = new Explainer(history, txns, 'causal');
  const anomalies = txns.wrong.map((wrong) => explainer.wrongRead(wrong));
  const decision = decide(txns, budget, history);
  const stats: Record<string, Json> = {
    operations: txns.count,
    sessions: txns.micro.sessions,
    keys: txns.micro.keyNames.length,
    reads: txns.readSources.length,
    ambiguousReads: txns.ambiguous,
    forcedEdges: decision.saturated?.forced.length ?? 0,
    rounds: decision.saturated?.rounds.length ?? 0,
    decidedBy: decision.by,
  };
  if (decision.holds === false) {
    const witness = witnessOf(history, txns, decision, budget);
    if (witness === null) return { verdict: 'unknown', anomalies, stats, note: CONTRADICTED };
    anomalies.push(witness);
  }
  if (anomalies.length > 0) return { verdict: 'fail', anomalies, stats };
  return withoutAnomalies(txns, decision, stats);
}

function withoutAnomalies(
  txns: Transactions,
  decision: Decision,
  stats: Record<string, Json>,
): CheckerResult {
  const anomalies: Anomaly[] = [];
  if (decision.holds === null) return { verdict: 'unknown', anomalies, stats, note: decision.why };
  if (txns.ambiguous > 0) {
    const note =
      `${txns.ambiguous} reads returned values that were written more than once or equal the initial value, ` +
      'and were left out; unique values would settle it';
    return { verdict: 'unknown', anomalies, stats, note };
  }
  if (txns.readSources.length > 0) return { verdict: 'pass', anomalies, stats };
  return { verdict: 'vacuous', anomalies, stats, note: 'no read of a register was acknowledged' };
}

function decide(txns: Transactions, budget: Budget, history: History | null = null): Decision {
  if (history !== null && explains(txns, ranksByTime(txns, history), budget)) {
    return { holds: true, by: 'time', saturated: null, why: '' };
  }
  const entries = txns.count * txns.micro.sessions;
  if (entries > MAX_ENTRIES) {
    const why =
      `${txns.count} operations in ${txns.micro.sessions} sessions need too much memory; ` +
      'a shorter history or fewer processes would settle it';
    return { holds: null, by: null, saturated: null, why };
  }
  const saturated = saturate(txns, budget);
  if (saturated.verdict === 'cyclic') return { holds: false, by: 'saturation', saturated, why: '' };
  if (saturated.verdict === 'explained') return { holds: true, by: 'saturation', saturated, why: '' };
  const end = saturated.verdict === 'ended' ? 'ended' : searchOrder(txns, saturated.clocks, budget);
  if (end === 'found') return { holds: true, by: 'search', saturated, why: '' };
  if (end === 'none' && searchOrder(txns, saturated.clocks, budget, SECOND_SALT) === 'none') {
    return { holds: false, by: 'search', saturated, why: '' };
  }
  const what =
    saturated.verdict === 'ended' ? 'while collecting what must hold' : 'while looking for an order';
  const reason = budget === UNLIMITED ? 'too many orders' : budget.reason;
  const why =
    `stopped ${what} (${reason}): nothing that was found so far contradicts sequential consistency; ` +
    'a longer limit, fewer processes or a shorter history would settle it';
  return { holds: null, by: null, saturated, why };
}

/** The fewest transactions that show it; null when the oracle does not agree. */
function witnessOf(history: History, txns: Transactions, decision: Decision, budget: Budget): Anomaly | null {
  const everything = Array.from({ length: txns.count }, (_, t) => t);
  const { by, saturated } = decision;
  const start = (by === 'saturation' ? supportOf(txns, saturated!, budget) : null) ?? everything;
  const fails = (kept: readonly number[]): boolean => decide(restrict(txns, kept), budget).holds === false;
  const kept = fails(start) ? ddmin(start, fails, MAX_ATTEMPTS) : everything;
  const part = restrict(txns, kept);
  const all = plainTxns(part);
  if (breaks(all, 'sequential') === false) return null;
  const explainer = new Explainer(history, part, 'causal');
  const also = WEAKER.filter((promise) => breaks(all, promise) === true);
  const graph = commitGraph(part, null);
  const order = topologicalOrder(part, graph);
  if (order.length < part.count) {
    const [cycle] = smallCycles(part, graph, order, null, 1, budget);
    if (cycle !== undefined) return explainer.cycle(cycle, null);
  }
  return explainer.disorder(sequentialSteps(part, explainer), also);
}

/** The `sequential-consistency` checker. */
export const sequentialConsistencyChecker: Checker = {
  name: 'sequential-consistency',
  summary: 'one order of all operations that keeps the order of each process and explains every read',
  options: {},
  reads: REGISTER_READS,
  anomalies: { ...WRONG_READS, 'no-sequential-order': 'reads that no one order of all operations explains' },
  check: sequentialConsistency,
};
