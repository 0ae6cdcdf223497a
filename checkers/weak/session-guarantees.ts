/**
 * The `session-guarantees` checker: read your writes, monotonic reads, monotonic writes, writes follow reads,
 * together or any of them. When a set of them falls, the smallest sets that fall by themselves are named.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { OptionError } from '../options.ts';
import { inTime, Pace } from '../pace.ts';
import { CONTRADICTED, notUnderstood, WRONG_READS } from './checkers.ts';
import { commitGraph, topologicalOrder } from './commit-graph.ts';
import { type CycleStep, smallCycles } from './cycles.ts';
import type { ForcedEdges } from './edges.ts';
import { Explainer } from './explain.ts';
import { plainTxns } from './oracle.ts';
import { breaksGuarantees } from './session-oracle.ts';
import {
  guaranteeBits,
  MONOTONIC_READS,
  MONOTONIC_WRITES,
  READ_YOUR_WRITES,
  versionEdges,
  WRITES_FOLLOW_READS,
} from './session-order.ts';
import { severalOperations } from './single-operations.ts';
import { type Transactions, transactionsOf } from './transactions.ts';
import { visiblePath } from './visible-path.ts';
import { witnesses } from './witness.ts';

/** The guarantees by name. */
export const GUARANTEES: Readonly<Record<string, number>> = {
  'read-your-writes': READ_YOUR_WRITES,
  'monotonic-reads': MONOTONIC_READS,
  'monotonic-writes': MONOTONIC_WRITES,
  'writes-follow-reads': WRITES_FOLLOW_READS,
};

/** Entries of visibility rows one check may hold: 1 GB of them. */
const MAX_ENTRIES = 1 << 28;
const MAX_CYCLES = 3;

interface Finding {
  guarantees: number;
  cycles: CycleStep[][];
  forced: ForcedEdges;
}

/** Judges single reads, writes and cas of registers with unique values. Sessions are processes. */
export function sessionGuarantees(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const wanted = wantedGuarantees(options['guarantees'] ?? null);
  const txns = transactionsOf(history, budget);
  const foreign = notUnderstood(txns);
  if (foreign !== null) return foreign;
  const explainer = new Explainer(history, txns, 'causal');
  const stats: Record<string, Json> = {
    operations: txns.count,
    sessions: txns.micro.sessions,
    keys: txns.micro.keyNames.length,
    reads: txns.readSources.length,
    ambiguousReads: txns.ambiguous,
    guarantees: namesOf(wanted),
  };
  const anomalies = txns.wrong.map((wrong) => explainer.wrongRead(wrong));
  const open = reasonNotToJudge(txns);
  if (open === null) {
    const graph = commitGraph(txns, null);
    const order = topologicalOrder(txns, graph);
    if (order.length < txns.count) {
      const cycles = smallCycles(txns, graph, order, null, MAX_CYCLES, budget);
      anomalies.push(...cycles.map((cycle) => explainer.cycle(cycle, null)));
    } else {
      const found = minimalSets(txns, order, wanted, budget);
      if (found === null)
        return unknown(anomalies, stats, `stopped: ${budget.reason}; a longer limit would settle it`);
      for (const finding of found) anomalies.push(...shown(history, txns, finding, stats));
      stats['refuted'] = found.map((finding) => namesOf(finding.guarantees));
    }
  }
  if (anomalies.length > 0) return { verdict: 'fail', anomalies, stats };
  if (stats['contradicted'] !== undefined) return unknown(anomalies, stats, CONTRADICTED);
  if (open !== null) return unknown(anomalies, stats, open);
  if (txns.ambiguous > 0) {
    const note = `${txns.ambiguous} reads of values written more than once were left out; unique values would settle it`;
    return unknown(anomalies, stats, note);
  }
  if (txns.readSources.length > 0) return { verdict: 'pass', anomalies, stats };
  return { verdict: 'vacuous', anomalies, stats, note: 'no read of a register was acknowledged' };
}

function unknown(anomalies: Anomaly[], stats: Record<string, Json>, note: string): CheckerResult {
  return anomalies.length > 0
    ? { verdict: 'fail', anomalies, stats }
    : { verdict: 'unknown', anomalies, stats, note };
}

function wantedGuarantees(option: Json): number {
  if (option === null) return 15;
  const names = typeof option === 'string' ? option.split(',') : option;
  if (
    !Array.isArray(names) ||
    names.length === 0 ||
    !names.every((name) => Object.hasOwn(GUARANTEES, String(name)))
  ) {
    throw new OptionError('guarantees', `some of ${Object.keys(GUARANTEES).join(', ')}`, option);
  }
  return names.reduce<number>((set, name) => set | GUARANTEES[String(name)]!, 0);
}

function namesOf(set: number): string[] {
  return Object.keys(GUARANTEES).filter((name) => (set & GUARANTEES[name]!) !== 0);
}

/** What the definitions do not cover: transactions of several operations; and what would not fit in memory. */
function reasonNotToJudge(txns: Transactions): string | null {
  if (severalOperations(txns)) {
    return 'session guarantees are judged on single operations, and some transactions hold several; one each would settle it';
  }
  const { count, micro } = txns;
  if (count * micro.sessions * 2 <= MAX_ENTRIES) return null;
  return `${count} operations in ${micro.sessions} sessions need too much memory; a shorter history would settle it`;
}

/** The smallest sets of wanted guarantees that do not hold; empty when all hold together, null out of budget. */
function minimalSets(
  txns: Transactions,
  order: Int32Array,
  wanted: number,
  budget: Budget,
): Finding[] | null {
  const all = decide(txns, order, wanted, budget);
  if (all === null) return null;
  if (all.cycles.length === 0 && all.forced.overInitialCount === 0) return [];
  const sets = [1, 2, 4, 8, 3, 5, 6, 9, 10, 12, 7, 11, 13, 14].filter((set) => (set & ~wanted) === 0);
  const found: Finding[] = [];
  for (const set of sets) {
    if (set === wanted || found.some((smaller) => (smaller.guarantees & ~set) === 0)) continue;
    const finding = decide(txns, order, set, budget);
    if (finding === null) break;
    if (finding.cycles.length > 0 || finding.forced.overInitialCount > 0) found.push(finding);
  }
  return found.length > 0 ? found : [all];
}

function decide(txns: Transactions, order: Int32Array, guarantees: number, budget: Budget): Finding | null {
  const forced = versionEdges(txns, order, guarantees, budget);
  if (forced === null) return null;
  // Only forced edges count here: neither session order nor reads-from orders versions by itself.
  const bare: Transactions = {
    ...txns,
    readStart: new Int32Array(txns.count + 1),
    micro: { ...txns.micro, sessionOf: Int32Array.from({ length: txns.count }, (_, t) => t) },
  };
  const pace = new Pace(budget);
  const ordered = inTime(
    () => {
      const graph = commitGraph(bare, forced, pace);
      return { graph, sorted: topologicalOrder(bare, graph, pace) };
    },
    () => null,
  );
  if (ordered === null) return null;
  const { graph, sorted } = ordered;
  const cyclic = sorted.length < txns.count;
  const cycles = cyclic ? smallCycles(bare, graph, sorted, forced, MAX_CYCLES, budget) : [];
  return { guarantees, cycles, forced };
}

/** The anomalies of a set that falls, each as small as it gets and borne out by the oracle. */
function shown(
  history: History,
  txns: Transactions,
  finding: Finding,
  stats: Record<string, Json>,
): Anomaly[] {
  const { guarantees } = finding;
  const { anomalies, contradicted } = witnesses(
    txns,
    explained(new Explainer(history, txns, 'causal'), txns, finding),
    {
      find: (part) => {
        const order = topologicalOrder(part, commitGraph(part, null));
        if (order.length < part.count) return null;
        const found = decide(part, order, guarantees, UNLIMITED);
        return found === null
          ? null
          : (explained(new Explainer(history, part, 'causal'), part, found)[0] ?? null);
      },
      confirm: (part) => breaksGuarantees(plainTxns(part), guarantees),
    },
  );
  if (contradicted > 0) stats['contradicted'] = contradicted;
  return anomalies;
}

function explained(explainer: Explainer, txns: Transactions, finding: Finding): Anomaly[] {
  const names = namesOf(finding.guarantees);
  const kind = names.join('-and-');
  const promise = names.map((name) => name.replaceAll('-', ' ')).join(' and ');
  const { forced } = finding;
  const bits = guaranteeBits(finding.guarantees);
  const pathOf = (earlier: number, later: number, why: number): CycleStep[] =>
    visiblePath(txns, bits, earlier, why, why === later) ?? [];
  return [
    ...forced.overInitial
      .slice(0, MAX_CYCLES)
      .map(({ writer, read }) =>
        explainer.versions(kind, promise, txns.readKeys[txns.readStart[read]!]!, [
          { earlier: writer, later: -1, why: read, path: pathOf(writer, -1, read) },
        ]),
      ),
    ...finding.cycles.map((cycle) => {
      const edges = cycle.map((step) => -1 - (step.why as number));
      const first = forced.to.items[edges[0]!]!;
      return explainer.versions(
        kind,
        promise,
        txns.writeKeys[txns.writeStart[first]!]!,
        edges.map((edge) => {
          const [earlier, later] = [forced.from.items[edge]!, forced.to.items[edge]!];
          const why = forced.reads.items[edge]!;
          return { earlier, later, why, path: pathOf(earlier, later, why) };
        }),
      );
    }),
  ];
}

/**
 * Sets of guarantees that fall together while no fewer of them do. Monotonic writes and writes follow reads order
 * nothing that a read has to obey unless one of the others carries it to that read.
 */
const FALLEN = Object.fromEntries(
  Array.from({ length: 16 }, (_, set) => set)
    .filter((set) => (set & (READ_YOUR_WRITES | MONOTONIC_READS)) !== 0)
    .map((set) => [
      namesOf(set).join('-and-'),
      `${namesOf(set).join(' and ')}: no order of versions satisfies all`,
    ]),
);

/** The `session-guarantees` checker. */
export const sessionGuaranteesChecker: Checker = {
  name: 'session-guarantees',
  summary: 'sessions read their writes, never go back, and their writes are ordered as they made them',
  options: {
    guarantees: {
      summary: `which of ${Object.keys(GUARANTEES).join(', ')}; default all together`,
      default: null,
      type: 'list',
    },
  },
  reads: {
    txn: 'txn of ["w", key, value] and ["r", key, null -> value]',
    read: 'read -> v, with a key',
    write: 'write v, with a key',
    cas: 'cas [from, to], with a key',
  },
  anomalies: { ...WRONG_READS, ...FALLEN },
  check: sessionGuarantees,
};
