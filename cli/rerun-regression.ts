/**
 * `faultline run regressions/<name>.json`: the case carried out again, in memory; the exit code is that of its
 * verdict, as of any run.
 */
import { relative, resolve } from 'node:path';
import { readHistory } from '../harness/history/open.ts';
import { RunFolder } from '../harness/store/run-folder.ts';
import { EXIT_CODE, type Verdict } from '../harness/verdict.ts';
import { version } from '../harness/version.ts';
import { runClusterRegression } from '../search/cluster/cluster-regression.ts';
import { type ClusterScenario, isClusterScenario } from '../search/cluster/cluster-scenario.ts';
import { inTurn } from '../search/explore-all.ts';
import { shareText } from '../search/interval.ts';
import { type Regression, readRegression, runRegression } from '../search/regression.ts';
import { storeCaseRun } from './case-folder.ts';
import { casePage } from './case-page.ts';
import { type OptionValues, text } from './command.ts';
import { programName, quoted } from './command-line.ts';
import { exitCodeOf } from './execute.ts';
import { wantsJson } from './flags.ts';
import { type Io, json, line } from './io.ts';
import { listen } from './signals.ts';
import { writeViews } from './views.ts';

/** Carries out the regression, stores the run with what is expected of it, and resolves with the exit code. */
export async function rerunRegression(
  io: Io,
  path: string,
  options: OptionValues,
  expected?: Verdict,
): Promise<number> {
  const regression = readRegression(path);
  if (isClusterScenario(regression)) return rerunOnCluster(io, path, regression, options);
  const result = await inTurn(() => runRegression(regression));
  const { name, program, checkers, expect } = regression;
  const { case: c, outcome, finding } = result;
  const out = text(options, 'out');
  const { folder, verdict } = await storeCaseRun(io, {
    name,
    scenario: { program, checkers, case: c },
    outcome,
    repro: `${programName(io.env)} run ${quoted([relative(io.cwd, path)])}`,
    ...(out === undefined ? {} : { out: resolve(io.cwd, out) }),
    ...(expected === undefined ? {} : { expected }),
  });
  if (wantsJson(options)) json(io.out, verdict);
  else if (finding !== null)
    for (const said of casePage({ case: c, ops: outcome.run.ops, finding, curve: null })) line(io.out, said);
  line(io.err, `report     ${folder.file('report')}`);
  line(io.err, `regression ${name}: ${sentenceOf()}`);
  return EXIT_CODE[result.verdict];

  function sentenceOf(): string {
    const seeds = result.runs === 1 ? `seed ${c.seed}` : `${result.runs} seeds`;
    if (result.verdict === 'pass')
      return `passes with ${seeds}; it was recorded as ${expect.checker}, ${expect.kind}`;
    if (finding === null) return `${outcome.undecided.join(', ')} could not decide`;
    if (result.same) return `fails as recorded: ${expect.checker}, ${expect.kind} (seed ${c.seed})`;
    return `fails in another way: ${finding.checker}, ${finding.kind} (seed ${c.seed}); recorded was ${expect.checker}, ${expect.kind}`;
  }
}

/** The same on real nodes: tries until one fails, as many as the file says. */
async function rerunOnCluster(
  io: Io,
  path: string,
  regression: Regression & ClusterScenario,
  options: OptionValues,
): Promise<number> {
  const { name, expect, case: c, probability } = regression;
  const out = text(options, 'out');
  const repro = `${programName(io.env)} run ${quoted([relative(io.cwd, path)])}`;
  const interrupts = listen(io, ['ending this try', 'leaving']);
  try {
    const result = await runClusterRegression(regression, {
      cwd: io.cwd,
      name,
      version: version(),
      commandLine: repro,
      repro,
      signal: interrupts.stop,
      ...(out === undefined ? {} : { out: resolve(io.cwd, out) }),
      onTry: (n, of) => line(io.err, `regression try ${n} of ${of}`),
    });
    const { stored, anomaly, same, tries } = result;
    await writeViews(result.folder, () => {});
    if (wantsJson(options)) json(io.out, stored);
    else if (anomaly !== null && same) {
      const { history } = await readHistory(new RunFolder(result.folder).file('history'), 'auto');
      const ops = Array.from({ length: history.length }, (_, i) => history.op(i));
      const finding = { checker: expect.checker, kind: expect.kind, anomaly };
      for (const said of casePage({ case: c, ops, finding, curve: null })) line(io.out, said);
    }
    line(io.err, `report     ${new RunFolder(result.folder).file('report')}`);
    const recorded = probability === undefined ? '' : `; recorded: ${shareText(probability)}`;
    const said =
      anomaly === null
        ? stored.verdict === 'pass'
          ? `passes in ${tries} tries; it was recorded as ${expect.checker}, ${expect.kind}`
          : stored.sentence
        : `${same ? `fails as recorded: ${expect.checker}, ${expect.kind}` : `fails in another way: ${anomaly.sentence}`} (try ${tries})`;
    line(io.err, `regression ${name}: ${said}${recorded}`);
    return exitCodeOf(stored, interrupts.exitCode());
  } finally {
    interrupts.release();
  }
}
