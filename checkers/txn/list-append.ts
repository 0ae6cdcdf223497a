/**
 * Transactions that append to and read lists. Every read shows the whole history of its key, so that the
 * order of versions is known and isolation becomes a question of cycles (Kingsbury and Alvaro, Elle, 2020).
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { booleanOption } from '../options.ts';
import { inTime } from '../pace.ts';
import { LIST_CLAIMS } from './claims.ts';
import { findCycles } from './cycles.ts';
import { FindingList } from './finding.ts';
import { EdgeList } from './graph.ts';
import { COHERENT_OPTION, judgement, MODEL_OPTION, modelOption, outOfBudget, refusal } from './judgement.ts';
import { findListAnomalies } from './list-anomalies.ts';
import { findCausal } from './list-causal.ts';
import { findListCursors } from './list-cursor.ts';
import { addListEdges } from './list-edges.ts';
import { findFractured } from './list-fractured.ts';
import { findInternal } from './list-internal.ts';
import { ListOrders } from './list-orders.ts';
import { listLinks, listReasons } from './list-reasons.ts';
import { resolveLists } from './lists.ts';
import { MopError } from './mop-reader.ts';
import { addProcessEdges, addRealtimeEdges } from './order-edges.ts';
import { listSupport } from './support.ts';
import { acknowledged, readTxns, type Txns } from './txns.ts';
import type { JudgeAgain } from './witness.ts';

/**
 * Judges a list-append history. Option: `consistencyModel`. O(size of the history) when no order is violated;
 * the search for short cycles is bounded.
 */
export function listAppend(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  return inTime(
    () => judge(history, options, budget, true),
    () => outOfBudget(modelOption(options), budget.reason),
  );
}

function judge(history: History, options: CheckerOptions, budget: Budget, witnesses: boolean): CheckerResult {
  const model = modelOption(options);
  const orders = new ListOrders();
  let txns: Txns | null;
  try {
    txns = readTxns(history, 'lists', (t, key, list, from, n) => orders.take(t, key, list, from, n), budget);
  } catch (error) {
    if (!(error instanceof MopError)) throw error;
    return { verdict: 'broken', anomalies: [], stats: { consistencyModel: model }, note: error.message };
  }
  if (txns === null) return outOfBudget(model, budget.reason);
  const refused = refusal(txns, model, acknowledged(txns));
  if (refused !== null) return refused;
  const lists = resolveLists(txns, orders);
  const findings = new FindingList();
  findListAnomalies(lists, findings);
  findInternal(lists, findings);
  const edges = new EdgeList(txns.count, txns.pace);
  addListEdges(lists, edges);
  const dependencies = edges.edges;
  addProcessEdges(txns, edges);
  addRealtimeEdges(txns, edges);
  if (!budget.spend(edges.edges)) return outOfBudget(model, budget.reason);
  const graph = edges.build();
  const cycles = findCycles(graph, txns, listLinks(lists), budget);
  const reasonOf = listReasons(lists);
  if (cycles.components > 0) {
    findListCursors(lists, findings);
    findFractured(lists, findings);
    findCausal(lists, graph, findings, reasonOf, budget);
  }
  const stats = {
    transactions: txns.count,
    acknowledged: acknowledged(txns),
    keys: txns.keys.size,
    dependencies,
  };
  const again: JudgeAgain = (part) => judge(part, options, UNLIMITED, false);
  const coherent = booleanOption(options, 'coherent', false);
  const proof = witnesses ? { support: listSupport(lists), judge: again } : null;
  return judgement(txns, model, findings, { cycles, reasonOf, stats, proof, coherent });
}

/** The `list-append` checker. */
export const listAppendChecker: Checker = {
  name: 'list-append',
  summary: 'transactions that append to and read lists are as isolated as promised',
  options: { consistencyModel: MODEL_OPTION, coherent: COHERENT_OPTION },
  reads: { txn: 'txn of ["append", k, v], ["r", k] -> [v...], ["scan", [from, to]] -> [[k, [v...]]...]' },
  anomalies: LIST_CLAIMS,
  check: listAppend,
};
