/**
 * Decides read committed, read atomic and causal consistency of register transactions with unique values,
 * exactly: a history satisfies a level when no read is wrong by itself and session order, reads-from and the
 * edges the level forces have no cycle.
 */
import type { Budget } from '../contract.ts';
import { inTime, Pace } from '../pace.ts';
import { readAtomicEdges, readCommittedEdges } from './atomic-edges.ts';
import { causalClocks } from './causal-clocks.ts';
import { causalEdges } from './causal-edges.ts';
import { causalMemory, weakCausalEdges } from './causal-memory.ts';
import { commitGraph, topologicalOrder } from './commit-graph.ts';
import { type CycleStep, smallCycles } from './cycles.ts';
import type { ForcedEdges } from './edges.ts';
import type { Transactions } from './transactions.ts';

/** The levels, weakest first; each implies those before it. */
export const LEVELS = ['read-committed', 'read-atomic', 'causal'] as const;

/** A level of isolation this file decides. */
export type Level = (typeof LEVELS)[number];

/** Kinds of causal consistency; `weak` and `memory` are defined for single operations. */
export const CAUSAL_MODELS = ['convergence', 'weak', 'memory'] as const;

/** A kind of causal consistency. */
export type CausalModel = (typeof CAUSAL_MODELS)[number];

/** What was found about the order of transactions; `violated` null: the budget or the memory ended first. */
export interface Decision {
  violated: boolean | null;
  cycles: CycleStep[][];
  forced: ForcedEdges | null;
  why?: string;
}

const MAX_CYCLES = 5;
/** Entries of vector clocks one check may hold: 2 GB of them. */
const MAX_CLOCK_ENTRIES = 1 << 29;

/** Decides the order of transactions at a level; reads that are wrong by themselves are not looked at here. */
export function decideOrder(
  txns: Transactions,
  level: Level,
  budget: Budget,
  model: CausalModel = 'convergence',
): Decision {
  return inTime(
    () => decide(txns, level, budget, model),
    () => ended(budget),
  );
}

function decide(txns: Transactions, level: Level, budget: Budget, model: CausalModel): Decision {
  if (level === 'causal') return decideCausal(txns, budget, model);
  const forced =
    level === 'read-committed' ? readCommittedEdges(txns, budget) : readAtomicEdges(txns, budget);
  return forced === null ? ended(budget) : decideWith(txns, forced, budget);
}

function decideCausal(txns: Transactions, budget: Budget, model: CausalModel): Decision {
  const pace = new Pace(budget);
  const graph = commitGraph(txns, null, pace);
  const order = topologicalOrder(txns, graph, pace);
  if (order.length < txns.count) {
    return {
      violated: true,
      cycles: smallCycles(txns, graph, order, null, MAX_CYCLES, budget),
      forced: null,
    };
  }
  const entries = txns.count * txns.micro.sessions;
  if (entries > MAX_CLOCK_ENTRIES) {
    const why = `${txns.count} transactions in ${txns.micro.sessions} sessions need ${entries} clock entries`;
    return { violated: null, cycles: [], forced: null, why };
  }
  const clocks = causalClocks(txns, order, budget);
  const forced = clocks === null ? null : causalEdges(txns, order, clocks, budget);
  if (clocks === null || forced === null) return ended(budget);
  if (model === 'convergence') return decideWith(txns, forced, budget);
  const weak = decideWith(txns, weakCausalEdges(txns, clocks, forced), budget);
  if (model === 'weak' || weak.violated) return weak;
  const violation = causalMemory(txns, graph, clocks, budget);
  if (violation === undefined) return ended(budget);
  return violation === null ? weak : decideWith(txns, violation.edges, budget);
}

function ended(budget: Budget): Decision {
  return { violated: null, cycles: [], forced: null, why: budget.reason };
}

function decideWith(txns: Transactions, forced: ForcedEdges, budget: Budget): Decision {
  const pace = new Pace(budget);
  const graph = commitGraph(txns, forced, pace);
  const order = topologicalOrder(txns, graph, pace);
  const cyclic = order.length < txns.count;
  const cycles = cyclic ? smallCycles(txns, graph, order, forced, MAX_CYCLES, budget) : [];
  if (cyclic && cycles.length === 0) {
    // No cycle passes a forced edge: it is made of session order and reads-from alone.
    cycles.push(...smallCycles(txns, graph, order, null, MAX_CYCLES, budget));
  }
  return { violated: cyclic || forced.overInitialCount > 0, cycles, forced };
}
