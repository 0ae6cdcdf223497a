/**
 * `faultline run regressions/<name>.json`: the case carried out again, in memory; the exit code is that of its
 * verdict, as of any run.
 */
import { relative, resolve } from 'node:path';
import { EXIT_CODE } from '../harness/verdict.ts';
import { readRegression, runRegression } from '../search/regression.ts';
import { storeCaseRun } from './case-folder.ts';
import { casePage } from './case-page.ts';
import { type OptionValues, text } from './command.ts';
import { programName, quoted } from './command-line.ts';
import { wantsJson } from './flags.ts';
import { type Io, json, line } from './io.ts';

/** Carries out the regression, stores the run, and resolves with the exit code. */
export async function rerunRegression(io: Io, path: string, options: OptionValues): Promise<number> {
  const regression = readRegression(path);
  const result = runRegression(regression);
  const { name, program, checkers, expect } = regression;
  const { case: c, outcome, finding } = result;
  const out = text(options, 'out');
  const { folder, verdict } = await storeCaseRun(io, {
    name,
    scenario: { program, checkers, case: c },
    outcome,
    repro: `${programName(io.env)} run ${quoted([relative(io.cwd, path)])}`,
    ...(out === undefined ? {} : { out: resolve(io.cwd, out) }),
  });
  if (wantsJson(options)) json(io.out, verdict);
  else if (finding !== null)
    for (const said of casePage({ case: c, outcome, finding, curve: null })) line(io.out, said);
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
