/**
 * Reduces a failing run of a real cluster: real tries, progress on stderr, and on disk all that is needed to go on
 * after Ctrl-C or worse. Leaves the same things as a reduction in the simulator.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { formatDuration } from '../harness/config/units.ts';
import { readHistory } from '../harness/history/open.ts';
import type { Op } from '../harness/op.ts';
import { UsageError } from '../harness/registry.ts';
import type { Case } from '../harness/sim/case.ts';
import { RunFolder } from '../harness/store/run-folder.ts';
import { version } from '../harness/version.ts';
import { BudgetSpent } from '../search/attempts.ts';
import { anomalyOf } from '../search/cluster/cluster-run.ts';
import {
  CERTAINTY,
  type Certainty,
  DoesNotFail,
  StatisticalReduction,
  type StatisticalStep,
} from '../search/cluster/statistics.ts';
import { Interrupted, storedStart, Tries, type TriesStart } from '../search/cluster/tries.ts';
import { type Share, shareText } from '../search/interval.ts';
import { type Regression, writeRegression } from '../search/regression.ts';
import { type Finding, signatureText } from '../search/scenario.ts';
import { casePage } from './case-page.ts';
import { programName, quoted } from './command-line.ts';
import { journalledTransits } from './explain/space-time.ts';
import { pageBeside, writeExplanation } from './explain/write-explanation.ts';
import { type Io, line } from './io.ts';
import { listen } from './signals.ts';
import { sizeText } from './size-text.ts';
import { writeViews } from './views.ts';

/** What is reduced, and how far. */
export interface ClusterReductionRequest {
  start: TriesStart;
  /** Folder of the reduction: below the run. */
  folder: string;
  name: string;
  file: string;
  explain?: string;
  budgetMs: number;
  certainty: Partial<Certainty>;
  /** Forget earlier tries. */
  fresh: boolean;
}

/** What was reached. */
export interface ClusterReductionResult {
  regression: Regression;
  file: string;
  explained: string;
  /** A failing try as a run folder. */
  folder: string;
  finding: Finding;
  share: Share;
  tries: { made: number; remembered: number };
  complete: boolean;
  page: string[];
  /** Exit code of the signal that ended it, or null. */
  interrupted: number | null;
}

/** Length of a reduction where none is said, ms. */
export const CLUSTER_BUDGET_MS = 600_000;

/** Reduces, writes and words; throws `UsageError` when the case does not fail again. */
export async function reduceOnCluster(
  io: Io,
  request: ClusterReductionRequest,
): Promise<ClusterReductionResult> {
  const { folder } = request;
  if (request.fresh) rmSync(folder, { recursive: true, force: true });
  const start = storedStart(folder) ?? request.start;
  const interrupts = listen(io, SAID);
  const file = relative(io.cwd, resolve(io.cwd, request.file)) || request.file;
  const again = `${programName(io.env)} run ${quoted([file])}`;
  const certainty = { ...CERTAINTY, ...request.certainty };
  const progress = new Progress(io, request.budgetMs);
  const tries = new Tries({
    folder,
    start,
    budgetMs: request.budgetMs,
    request: {
      cwd: io.cwd,
      name: request.name,
      version: version(),
      commandLine: again,
      repro: again,
      signal: interrupts.stop,
    },
    onTry: (now, c) => progress.trying(now, c),
  });
  if (tries.remembered > 0) {
    line(
      io.err,
      `shrink     goes on: ${tries.remembered} tries of ${took(tries.tookMs)} are known (--fresh forgets them)`,
    );
  }
  const reduction = new StatisticalReduction(
    start.scenario.case,
    start.shownNs,
    (c, n) => tries.outcome(c, n),
    certainty,
    (step) => progress.step(step, tries),
  );
  let complete = true;
  try {
    await reduction.run();
  } catch (error) {
    if (error instanceof DoesNotFail) throw doesNotFail(start, error);
    if (!(error instanceof BudgetSpent || error instanceof Interrupted)) throw error;
    complete = false;
  } finally {
    progress.end();
    interrupts.release();
  }
  const interrupted = interrupts.exitCode();
  return leave(io, { ...request, start, file }, { reduction, tries, complete, interrupted, again });
}

const SAID: [string, string] = ['ending this try; what is known stays, the same command goes on', 'leaving'];

interface Reached {
  reduction: StatisticalReduction;
  tries: Tries;
  complete: boolean;
  interrupted: number | null;
  again: string;
}

/** Writes regression, page, report of the smallest case so far. */
async function leave(
  io: Io,
  request: ClusterReductionRequest,
  reached: Reached,
): Promise<ClusterReductionResult> {
  const { reduction, tries, complete, again } = reached;
  const { start, file, name } = request;
  const { case: c, shownNs } = reduction.best;
  const { share } = reduction;
  const failing = tries.failing(c);
  if (failing === null) {
    throw new UsageError(`no try has failed yet, of ${tries.made + tries.remembered}`, {
      hint: 'the same command goes on where this one ended; --budget gives it more time',
    });
  }
  if (complete) tries.keepOnly(c);
  const { finding, ops } = await failingTry(failing, start);
  const explained = writeExplanation(io, request.explain ?? pageBeside(file), {
    ...{ name, about: start.about, program: start.scenario.program, case: c, ops, finding, again, shownNs },
    messages: new RunFolder(failing).has('messages')
      ? journalledTransits(new RunFolder(failing).file('messages'))
      : null,
    loadFromNs: loadFrom(failing),
    curve: null,
    share,
  });
  const regression = regressionOf(request, c, finding, share);
  mkdirSync(dirname(resolve(io.cwd, file)), { recursive: true });
  writeRegression(resolve(io.cwd, file), regression);
  await writeViews(failing, () => {});
  const made = tries.made + tries.remembered;
  const page = [
    ...casePage({ case: c, ops, finding, curve: null, ...(share.of > 0 ? { share } : {}) }),
    '',
    `reduced    from ${sizeText(start.scenario.case)}`,
    `           to ${sizeText(c)}: ${made} tries in ${took(tries.tookMs)}${complete ? '' : '; not done: the same command goes on'}`,
    `regression ${file}   (${regression.seeds + 1} tries)`,
    `explained  ${explained}`,
    `report     ${new RunFolder(failing).file('report')}`,
    `again      ${again}`,
  ];
  const counts = { made: tries.made, remembered: tries.remembered };
  return {
    regression,
    file,
    explained,
    folder: failing,
    finding,
    share,
    tries: counts,
    complete,
    page,
    interrupted: reached.interrupted,
  };
}

function regressionOf(
  { start, name }: ClusterReductionRequest,
  c: Case,
  finding: Finding,
  share: Share,
): Regression {
  const { checker, kind, anomaly } = finding;
  const { scenario } = start;
  return {
    regression: 1,
    name,
    about: start.about,
    program: scenario.program,
    checkers: scenario.checkers.filter((spec) => spec.name === checker),
    expect: { verdict: 'fail', checker, kind, sentence: anomaly.sentence },
    seeds: triesFor(share) - 1,
    ...(share.of > 0 ? { probability: share } : {}),
    cluster: scenario.cluster,
    case: c,
  };
}

const MOST_KEPT = 20;

/** Tries after which a failure this frequent has shown itself 95 times in 100, by the cautious end of the interval. */
function triesFor({ of, low }: Share): number {
  if (of === 0) return 5;
  if (low >= 1) return 1;
  if (low <= 0) return MOST_KEPT;
  return Math.min(MOST_KEPT, Math.max(1, Math.ceil(Math.log(0.05) / Math.log(1 - low))));
}

async function failingTry(path: string, start: TriesStart): Promise<{ finding: Finding; ops: Op[] }> {
  const folder = new RunFolder(path);
  const anomaly = anomalyOf(folder.readVerdict(), start.signature)!;
  const { history } = await readHistory(folder.file('history'), 'auto');
  const ops = Array.from({ length: history.length }, (_, i) => history.op(i));
  return { finding: { ...start.signature, anomaly }, ops };
}

function loadFrom(path: string): number {
  return new RunFolder(path).readVerdict().phases.find(({ phase }) => phase === 'load')?.fromNs ?? 0;
}

function doesNotFail({ signature }: TriesStart, { tries }: DoesNotFail): UsageError {
  return new UsageError(
    `the run does not show ${signatureText(signature)} again: ${tries} tries of its operations and faults passed`,
    {
      hint: 'reduce its witness: faultline shrink --history-only; a reference system can be searched: faultline explore',
    },
  );
}

/** In whole seconds. */
function took(ms: number): string {
  return formatDuration(Math.round(ms / 1e3) * 1e3);
}

/** Lines for steps; on a terminal one that is written over for tries. */
class Progress {
  readonly #io: Io;
  readonly #budgetMs: number;
  #live = false;

  constructor(io: Io, budgetMs: number) {
    this.#io = io;
    this.#budgetMs = budgetMs;
  }

  trying(tries: Tries, c: Case): void {
    if (!this.#io.err.isTTY) return;
    const left = took(Math.max(0, this.#budgetMs - tries.elapsedMs));
    const text = `shrink     try ${tries.remembered + tries.made + 1}: ${sizeText(c)}, ${left} left`;
    this.#io.err.write(`\r${text.slice(0, this.#io.err.columns - 1).padEnd(this.#io.err.columns - 1)}`);
    this.#live = true;
  }

  step({ kind, stage, case: c, share }: StatisticalStep, tries: Tries): void {
    this.end();
    const what =
      kind === 'taken'
        ? stage
        : kind === 'estimated'
          ? `fails in ${shareText(share)}`
          : `${stage} taken back: fails too rarely now`;
    const made = tries.remembered + tries.made;
    line(this.#io.err, `shrink     ${sizeText(c).padEnd(58)} ${what}, ${made} tries, ${took(tries.tookMs)}`);
  }

  end(): void {
    if (!this.#live) return;
    this.#io.err.write(`\r${' '.repeat(this.#io.err.columns - 1)}\r`);
    this.#live = false;
  }
}
