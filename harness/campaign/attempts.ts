/**
 * What is tried next of a run, and what all tries of it together say. Pure, so that a campaign that is resumed goes
 * on in the middle of a run.
 *
 * A run that broke is tried again, and counts as flaky when it then ends as something else. A run that failed has
 * failed, whatever its reruns do: they only say how often. A run that is carried out twice has to be the same twice.
 */
import type { Verdict } from '../verdict.ts';
import type { PlannedRun, RunKind } from './types.ts';

/** Why a run was tried: `retry` after it broke, `rerun` after it failed, `twice` to compare. */
export type Purpose = 'first' | 'retry' | 'rerun' | 'twice';

/** How the reason begins why a try was skipped that no worker could carry out. */
export const UNTAKEN = 'nobody could take it';

/** Why a try was skipped that would have ended too late. */
export const OVER_BUDGET = 'the budget was used up';

/** Reruns of a failure that were left out: how many, and why. */
export interface LeftOutReruns {
  tries: number;
  /** `budget`, or a reason in words. */
  because: string;
}

/** One process, as it ended. Times are ms since the campaign began. */
export interface Attempt {
  /** Id of the planned run. */
  run: string;
  /** From 1. */
  attempt: number;
  purpose: Purpose;
  seed: number | null;
  fromMs: number;
  toMs: number;
  /** Which of the jobs it was. */
  slot: number;
  /** The worker that did it; null: the machine of the campaign. Absent in journals of earlier versions. */
  worker?: string | null;
  verdict: Verdict;
  sentence: string;
  /** Broken in a way that trying again cannot mend: bad input, a run that takes longer than it may. */
  final: boolean;
  /** Classes of what was found, and which checkers found it. */
  kinds: string[];
  foundBy: string[];
  checkers: Record<string, Verdict>;
  operations: number;
  faults: { planned: number; fired: number };
  /** SHA-256 of the history; null when there is none. */
  digest: string | null;
  /** Run folder, relative to the campaign's. */
  folder: string;
  repro: string;
  /** What the seed turned out to be, where the run had its own. */
  ownSeed: number | null;
}

/** How often runs are tried. */
export interface Tries {
  retries: number;
  reruns: number;
}

/** The next try of a run, or null when nothing is left to do. O(attempts). */
export function nextAttempt(
  run: PlannedRun,
  attempts: readonly Attempt[],
  { retries, reruns }: Tries,
): { purpose: Purpose; seed: number | null } | null {
  const seed = run.seeds[0] ?? null;
  if (attempts.length === 0) return { purpose: 'first', seed };
  const main = mainOf(attempts);
  if (main.verdict === 'broken') {
    const broken = attempts.filter(({ verdict }) => verdict === 'broken').length;
    if (!main.final && broken <= retries) return { purpose: 'retry', seed: main.seed };
    return null;
  }
  if (run.kind === 'canary') return nextCanary(run, attempts);
  if (main.verdict === 'fail') {
    const done = attempts.filter(({ purpose }) => purpose === 'rerun').length;
    return done < reruns ? { purpose: 'rerun', seed: main.seed } : null;
  }
  const compared = attempts.some(({ purpose }) => purpose === 'twice');
  return run.twice && !compared ? { purpose: 'twice', seed: main.seed } : null;
}

/** Another seed, until one is caught. */
function nextCanary(
  run: PlannedRun,
  attempts: readonly Attempt[],
): { purpose: Purpose; seed: number | null } | null {
  if (attempts.some((attempt) => isCaught(run, attempt))) return null;
  const tried = new Set(attempts.filter(({ verdict }) => verdict !== 'broken').map(({ seed }) => seed));
  const next = run.seeds.find((seed) => !tried.has(seed));
  return next === undefined ? null : { purpose: 'first', seed: next };
}

function isCaught({ foundBy }: PlannedRun, attempt: Attempt): boolean {
  return attempt.verdict === 'fail' && attempt.foundBy.includes(foundBy!);
}

/** The try that decides: the first that did not break, else the last. */
function mainOf(attempts: readonly Attempt[]): Attempt {
  return (
    attempts.find(({ purpose, verdict }) => purpose !== 'twice' && verdict !== 'broken') ?? attempts.at(-1)!
  );
}

/** What all tries of a run say. */
export interface RunResult {
  id: string;
  kind: RunKind;
  scenario: string;
  seed: number | null;
  verdict: Verdict;
  sentence: string;
  kinds: string[];
  checkers: Record<string, Verdict>;
  /** Tries in all. */
  attempts: number;
  /** Tries that broke before another one decided. */
  broke: number;
  /** Of a failure: how many of how many tries failed, and which were left out. */
  reproduced: { failed: number; of: number; skipped: LeftOutReruns | null } | null;
  /** Of a run carried out twice: whether it was the same. */
  twice: 'same' | 'different' | null;
  /** Of a canary: whether it was caught, and by whom it had to be. */
  canary: { caught: boolean; by: string } | null;
  /** Operations of the try that decided: nights are compared by them. */
  operations: number;
  faults: { planned: number; fired: number };
  fromMs: number;
  toMs: number;
  /** Length of the try that decided, ms. */
  tookMs: number;
  /** Folder of the try that decided, relative to the campaign's. */
  folder: string;
  repro: string;
}

/** What came of a run, `skipped` of its reruns being left out; null when it was never tried. */
export function resultOf(
  run: PlannedRun,
  attempts: readonly Attempt[],
  skipped: LeftOutReruns | null = null,
): RunResult | null {
  if (attempts.length === 0) return null;
  const main =
    attempts.find((attempt) => run.kind === 'canary' && isCaught(run, attempt)) ?? mainOf(attempts);
  const { reproduced, ...judged } = judgementOf(run, main, attempts);
  return {
    id: run.id,
    kind: run.kind,
    scenario: run.scenario,
    seed: main.seed ?? main.ownSeed,
    ...judged,
    reproduced: reproduced === null ? null : { ...reproduced, skipped },
    kinds: main.kinds,
    checkers: main.checkers,
    attempts: attempts.length,
    broke: main.verdict === 'broken' ? 0 : attempts.filter(({ verdict }) => verdict === 'broken').length,
    operations: main.operations,
    faults: main.faults,
    fromMs: Math.min(...attempts.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...attempts.map(({ toMs }) => toMs)),
    tookMs: main.toMs - main.fromMs,
    folder: main.folder,
    repro: main.repro,
  };
}

interface Judgement extends Pick<RunResult, 'verdict' | 'sentence' | 'twice' | 'canary'> {
  reproduced: { failed: number; of: number } | null;
}

function judgementOf(run: PlannedRun, main: Attempt, attempts: readonly Attempt[]): Judgement {
  const { verdict, sentence } = main;
  const plain: Judgement = { verdict, sentence, reproduced: null, twice: null, canary: null };
  if (run.kind === 'canary') return canaryJudgement(run, main, attempts.length, plain);
  if (verdict === 'fail') {
    const tries = attempts.filter((attempt) => attempt.purpose !== 'twice' && attempt.verdict !== 'broken');
    const failed = tries.filter((attempt) => attempt.verdict === 'fail').length;
    return { ...plain, reproduced: { failed, of: tries.length } };
  }
  const second = attempts.find(({ purpose }) => purpose === 'twice');
  if (second === undefined || verdict === 'broken') return plain;
  if (second.verdict === verdict && second.digest === main.digest) return { ...plain, twice: 'same' };
  const said =
    second.verdict === verdict
      ? 'two runs of the same seed have different histories'
      : `two runs of the same seed end as ${verdict} and as ${second.verdict}`;
  return { ...plain, verdict: 'fail', sentence: `not deterministic: ${said}`, twice: 'different' };
}

/** A canary that nobody catches says that the harness cannot be believed tonight. */
function canaryJudgement(run: PlannedRun, main: Attempt, tries: number, plain: Judgement): Judgement {
  const by = run.foundBy!;
  if (isCaught(run, main))
    return { ...plain, verdict: 'pass', sentence: `caught: ${main.sentence}`, canary: { caught: true, by } };
  const canary = { caught: false, by };
  if (main.verdict === 'broken') return { ...plain, canary };
  const sentence = `${by} did not find a planted bug in ${tries} ${tries === 1 ? 'try' : 'tries'}`;
  return { ...plain, verdict: 'broken', sentence, canary };
}
