/**
 * From findings and cycles to a result: the chosen model decides the verdict, the lattice says what else the
 * history means.
 */
import type { CheckerOptions, ParameterSpec } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import type { Anomaly, CheckerResult } from '../../harness/verdict.ts';
import { choiceOption } from '../options.ts';
import { type Cycles, shapeOf } from './cycles.ts';
import { cycleAnomaly, cycleKind, findingAnomaly } from './explain.ts';
import type { FindingList } from './finding.ts';
import type { FindReason } from './links.ts';
import { ALIASES, APART, type Boundary, boundary, countsAgainst, MODEL_NAMES } from './models.ts';
import type { Support } from './support.ts';
import type { Txns } from './txns.ts';
import { type JudgeAgain, type Suspect, withWitnesses } from './witness.ts';

/** Operations repeated in the step that sums up a violation, at most. */
const MAX_STEP_OPS = 4096;

/** How violations are shown by themselves. */
export interface Proof {
  support: Support;
  judge: JudgeAgain;
}

/** The `consistencyModel` option of transaction checkers. */
export const MODEL_OPTION: ParameterSpec = {
  summary: 'what transactions were promised to be',
  default: 'strict-serializable',
  choices: [...MODEL_NAMES],
};

/** The `coherent` option of transaction checkers. */
export const COHERENT_OPTION: ParameterSpec = {
  summary: 'a transaction must agree with what it wrote and read itself, whatever was promised',
  default: false,
};

/** The model the options ask for, by its name in the lattice. */
export function modelOption(options: CheckerOptions): string {
  const chosen = choiceOption(options, 'consistencyModel', MODEL_NAMES, 'strict-serializable');
  return ALIASES[chosen] ?? chosen;
}

/** What was gathered about a history besides findings. */
export interface Gathered {
  cycles: Cycles;
  reasonOf: FindReason;
  stats: Record<string, Json>;
  /** Null while a witness is judged. */
  proof: Proof | null;
  /** A transaction that contradicts itself counts against every model. */
  coherent: boolean;
}

/** Where a history stands among all models, and the stats that say so. */
export function standing(
  model: string,
  findings: FindingList,
  { cycles, stats }: Gathered,
): { lattice: Boundary; stats: Record<string, Json>; shown: Cycles['found'] } {
  const kinds = new Set(findings.counts.keys());
  const lattice = boundary({ kinds, unsettled: findings.unsettled, cycles: cycles.exists });
  const against = countsAgainst(model);
  // Cycles of the classes that stand apart are of other classes too; most models know them by those.
  const shown = cycles.found.filter(({ level, variant, predicate, kinds: edges }) => {
    if (!APART.includes(level)) return true;
    return against.cycle(level, variant, predicate) && !against.cycle(shapeOf(edges), variant, predicate);
  });
  const counts: Record<string, number> = Object.fromEntries(findings.counts);
  for (const cycle of shown) counts[cycleKind(cycle)] = (counts[cycleKind(cycle)] ?? 0) + 1;
  return {
    lattice,
    shown,
    stats: {
      consistencyModel: model,
      ...stats,
      anomalies: counts,
      components: cycles.components,
      largestComponent: cycles.largest,
      refuted: lattice.refuted,
      weakestRefuted: lattice.weakest,
      strongestPossible: lattice.possible,
      undecided: lattice.undecided,
    },
  };
}

/** The result for a model. */
export function judgement(
  txns: Txns,
  model: string,
  findings: FindingList,
  gathered: Gathered,
): CheckerResult {
  const { cycles, reasonOf, proof } = gathered;
  const { lattice, shown, stats } = standing(model, findings, gathered);
  const against = countsAgainst(model);
  if (gathered.coherent) against.kinds.add('internal');
  const broken = lattice.refuted.includes(model) || (gathered.coherent && findings.counts.has('internal'));
  const suspects: Suspect[] = [];
  let unjustified = 0;
  for (const finding of findings.kept) {
    if (!against.kinds.has(finding.kind)) continue;
    suspects.push({ anomaly: findingAnomaly(txns, finding, model), txns: finding.txns });
  }
  let count = 0;
  for (const [kind, times] of findings.counts) if (against.kinds.has(kind)) count += times;
  for (const cycle of shown) {
    if (!against.cycle(cycle.level, cycle.variant, cycle.predicate)) continue;
    const anomaly = cycleAnomaly(txns, cycle, model, reasonOf);
    if (anomaly === null) unjustified++;
    else {
      suspects.push({ anomaly, txns: cycle.txns });
      count++;
    }
  }
  const { anomalies, refuted } = witnessed(txns, suspects, proof);
  unjustified += refuted;
  count -= refuted;
  anomalies.push(...findings.worded.filter(({ kind }) => against.kinds.has(kind)));
  const all = unjustified > 0 ? { ...stats, unconfirmed: unjustified } : stats;
  if (broken && anomalies.length > 0) {
    anomalies.sort((a, b) => a.ops.length - b.ops.length);
    for (const anomaly of anomalies) {
      const ops = anomaly.ops.length > MAX_STEP_OPS ? [] : anomaly.ops;
      anomaly.steps = [...anomaly.steps, { text: boundaryWords(lattice), ops }];
    }
    return { verdict: 'fail', anomalies, anomalyCount: count, stats: all };
  }
  if (unjustified > 0 || (broken && cycles.stopped === null)) {
    const note =
      'a cycle was found that the history itself does not bear out: a fault of the checker; another version would settle it';
    return { verdict: 'unknown', anomalies: [], stats: all, note };
  }
  if (lattice.undecided.includes(model) || broken) {
    const why = cycles.stopped ?? 'version orders or the search were incomplete';
    const note = `cycles were found, but not all could be classified (${why}); a larger budget would settle it`;
    return { verdict: 'unknown', anomalies: [], stats: all, note };
  }
  return { verdict: 'pass', anomalies: [], stats: all };
}

/** Witnesses for what is shown; without a proof (when a witness is judged) it is shown as it is. */
function witnessed(
  txns: Txns,
  suspects: readonly Suspect[],
  proof: Proof | null,
): { anomalies: Anomaly[]; refuted: number } {
  if (proof === null) return { anomalies: suspects.map(({ anomaly }) => anomaly), refuted: 0 };
  return withWitnesses(txns, suspects, proof.support, proof.judge);
}

/** Where the history stands among all models, in a sentence. */
export function boundaryWords({ weakest, possible, undecided }: Boundary): string {
  const listed = (names: readonly string[]): string =>
    names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  const fall = `Of all models the weakest that ${weakest.length === 1 ? 'falls is' : 'fall are'} ${listed(weakest)}`;
  const left =
    possible.length === 0
      ? 'none remains possible'
      : `the strongest that ${possible.length === 1 ? 'remains' : 'remain'} possible: ${listed(possible)}`;
  const open = undecided.length === 0 ? '' : `; ${undecided.length} could not be decided`;
  return `${fall}; ${left}${open}.`;
}

/** What to answer when the budget ended before a graph was there. */
export function outOfBudget(model: string, reason: string): CheckerResult {
  const note = `stopped while reading transactions (${reason}); a larger budget would settle it`;
  return { verdict: 'unknown', anomalies: [], stats: { consistencyModel: model }, note };
}

/** Why a history cannot be judged at all, or null. */
export function refusal(txns: Txns, model: string, acknowledgedCount: number): CheckerResult | null {
  const stats = { consistencyModel: model, transactions: txns.count };
  const twice = txns.ambiguous[0];
  if (twice !== undefined) {
    const [a, b] = twice;
    const value = JSON.stringify(txns.codes.json(txns.arg[a]!));
    const key = JSON.stringify(txns.codes.json(txns.keys.code(txns.key[a]!)));
    const at = [a, b].map((m) => txns.inv[txns.owner[m]!]!).join(' and ');
    const note = `value ${value} was written to key ${key} more than once (operations ${at}); values must be unique per key`;
    return { verdict: 'broken', anomalies: [], stats, note };
  }
  if (acknowledgedCount > 0) return null;
  const note = 'no transaction (function txn) was acknowledged';
  return { verdict: 'vacuous', anomalies: [], stats, note };
}
