/**
 * The checkers `read-committed`, `read-atomic` and `causal`, which differ in the level they decide.
 */
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { choiceOption } from '../options.ts';
import { Explainer } from './explain.ts';
import {
  CAUSAL_MODELS,
  type CausalModel,
  type Decision,
  decideOrder,
  LEVELS,
  type Level,
} from './isolation.ts';
import { breaks, plainTxns } from './oracle.ts';
import { severalOperations } from './single-operations.ts';
import { type Transactions, transactionsOf } from './transactions.ts';
import { type Judges, witnesses } from './witness.ts';

/**
 * Judges register transactions (`txn` with `r` and `w`, or plain `read`, `write`, `cas`) at a level. Sessions
 * are processes. Exact when every value is written once per key; reads of other values are left out and
 * turn a pass into `unknown`.
 */
export function weakIsolation(
  history: History,
  level: Level,
  budget: Budget = UNLIMITED,
  model: CausalModel = 'convergence',
): CheckerResult {
  const txns = transactionsOf(history, budget);
  const foreign = notUnderstood(txns);
  if (foreign !== null) return foreign;
  const decision: Decision =
    model !== 'convergence' && severalOperations(txns)
      ? {
          violated: null,
          cycles: [],
          forced: null,
          why: `model ${model} is defined for single operations only`,
        }
      : decideOrder(txns, level, budget, model);
  const stats: Record<string, Json> = {
    transactions: txns.count,
    acknowledged: txns.micro.acknowledged,
    sessions: txns.micro.sessions,
    keys: txns.micro.keyNames.length,
    reads: txns.readSources.length,
    ambiguousReads: txns.ambiguous,
    forcedEdges: decision.forced?.length ?? 0,
  };
  const wrong = txns.wrong.map((each) => new Explainer(history, txns, level).wrongRead(each));
  const found = anomaliesOf(history, txns, level, decision);
  const { anomalies: shown, contradicted } = witnesses(txns, found, judgesOf(history, level, model));
  if (contradicted > 0) stats['contradicted'] = contradicted;
  const anomalies = [...wrong, ...shown];
  if (anomalies.length > 0) {
    stats['weakestRefuted'] = weakestRefuted(txns, level, budget);
    const initial = decision.forced?.overInitialCount ?? 0;
    const anomalyCount = txns.wrongCount + Math.max(initial, 0) + decision.cycles.length;
    return { verdict: 'fail', anomalies, anomalyCount, stats };
  }
  if (contradicted > 0) return { verdict: 'unknown', anomalies, stats, note: CONTRADICTED };
  return withoutAnomalies(txns, decision, stats);
}

/** Said when the oracle does not bear out what was found. */
export const CONTRADICTED =
  'a violation was found that its own operations do not bear out: a fault of the checker';

/** How a level is judged on a few transactions: by the algorithm, and by the oracle. */
function judgesOf(history: History, level: Level, model: CausalModel): Judges {
  const promises = { convergence: 'causal', weak: 'weak-causal', memory: 'causal-memory' } as const;
  const promise = level === 'causal' ? promises[model] : level;
  return {
    find: (part, kind) => {
      const found = anomaliesOf(history, part, level, decideOrder(part, level, UNLIMITED, model));
      return found.find((anomaly) => anomaly.kind === kind) ?? null;
    },
    confirm: (part) => breaks(plainTxns(part), promise),
  };
}

/** The answer where other functions touch the objects: a deletion or an increment may explain any read. */
export function notUnderstood({ micro, count, readSources }: Transactions): CheckerResult | null {
  if (micro.foreign.length === 0) return null;
  const note = `only reads and writes of registers are understood, not ${micro.foreign.join(', ')}; without those a history would settle it`;
  const verdict = readSources.length > 0 ? 'unknown' : 'vacuous';
  return { verdict, anomalies: [], stats: { transactions: count, foreign: micro.foreign }, note };
}

function anomaliesOf(history: History, txns: Transactions, level: Level, decision: Decision): Anomaly[] {
  const explainer = new Explainer(history, txns, level);
  const overInitial = decision.forced?.overInitial ?? [];
  return [
    ...decision.cycles.map((cycle) => explainer.cycle(cycle, decision.forced)),
    ...overInitial.map(({ writer, read }) => explainer.overInitial(writer, read)),
  ];
}

/** The weakest of the levels that falls. */
function weakestRefuted(txns: Transactions, level: Level, budget: Budget): Level {
  if (txns.wrongCount > 0) return LEVELS[0];
  for (const weaker of LEVELS) {
    if (weaker === level) break;
    if (decideOrder(txns, weaker, budget).violated === true) return weaker;
  }
  return level;
}

function withoutAnomalies(
  txns: Transactions,
  decision: Decision,
  stats: Record<string, Json>,
): CheckerResult {
  const anomalies: Anomaly[] = [];
  if (decision.violated === null) {
    const note = `stopped: ${decision.why}; a longer limit, fewer sessions or a shorter history would settle it`;
    return { verdict: 'unknown', anomalies, stats, note };
  }
  if (txns.ambiguous > 0) {
    const note =
      `${txns.ambiguous} reads returned values that were written more than once or equal the initial value, ` +
      'and were left out; unique values would settle it';
    return { verdict: 'unknown', anomalies, stats, note };
  }
  if (txns.readSources.length > 0) return { verdict: 'pass', anomalies, stats };
  return { verdict: 'vacuous', anomalies, stats, note: 'no read of a register was acknowledged' };
}

/** How registers and transactions of them are read. */
export const REGISTER_READS = {
  txn: 'txn of ["w", key, value] and ["r", key, null -> value]',
  read: 'read -> v, with a key',
  write: 'write v, with a key',
  cas: 'cas [from, to], with a key',
};

/** What makes a read wrong whatever the order of transactions, and what no order allows. */
export const WRONG_READS = {
  'garbage-read': 'a value that nobody wrote',
  'aborted-read': 'a value of a transaction that had failed',
  'intermediate-read': 'a value that its transaction overwrote',
  'future-read': 'a value that the reader itself wrote only later',
  internal: 'a transaction that did not see its own write',
  'cyclic-causality': 'transactions that each happened before the next in a circle',
};

const STALE_READS = {
  ...WRONG_READS,
  'non-repeatable-read': 'reads of one key in one transaction that no order of its versions explains',
  'stale-initial-read': 'the initial value, although a write of the key had to be seen',
};

function checkerOf(level: Level, summary: string, anomalies: Record<string, string>): Checker {
  return {
    name: level,
    summary,
    options: {},
    reads: REGISTER_READS,
    anomalies: { ...STALE_READS, ...anomalies },
    check: (history, _options, budget) => weakIsolation(history, level, budget),
  };
}

/** The `read-committed` checker. */
export const readCommittedChecker = checkerOf(
  'read-committed',
  'transactions read only committed values, and never go back behind a transaction already seen',
  { 'non-monotonic-read': 'a read that went back behind a transaction its reader had seen' },
);

/** The `read-atomic` checker. */
export const readAtomicChecker = checkerOf(
  'read-atomic',
  'a transaction is seen as a whole or not at all, and sessions see their own writes',
  { 'fractured-read': 'a transaction of which a reader saw one part and not another' },
);

/** The `causal` checker. */
export const causalChecker: Checker = {
  name: 'causal',
  summary: 'whoever sees a transaction sees all that happened before it, and writes have one order',
  options: {
    model: {
      summary:
        'convergence: one order of writes; weak: none; memory: one per session (last two: single operations)',
      default: 'convergence',
      choices: CAUSAL_MODELS,
    },
  },
  reads: REGISTER_READS,
  anomalies: {
    ...STALE_READS,
    'causality-violation':
      'a value read after an effect of what overwrote it, or in an order that no other allows',
  },
  check: (history, options, budget) =>
    weakIsolation(history, 'causal', budget, choiceOption(options, 'model', CAUSAL_MODELS, 'convergence')),
};
