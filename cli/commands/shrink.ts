/**
 * `faultline shrink`: the smallest case that still fails in the same way, out of a simulated run or a regression.
 */
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseDuration } from '../../harness/config/units.ts';
import { readHistory } from '../../harness/history/open.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { Store } from '../../harness/store/store.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { readRegression } from '../../search/regression.ts';
import { scenarioOfRun, storedScenario } from '../../search/run-scenario.ts';
import {
  carryOut,
  type Finding,
  type Outcome,
  type Scenario,
  type Signature,
  shownAtNs,
  signatureText,
} from '../../search/scenario.ts';
import { type Command, flag, type OptionValues, text } from '../command.ts';
import { wantsJson } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { reduceCase } from '../reduce-case.ts';
import { firstFailure } from '../witness.ts';
import { check } from './check.ts';

/** The command. */
export const shrink: Command = {
  name: 'shrink',
  summary: 'reduce a failing simulated run to the few faults and operations that matter',
  args: [{ form: '[run]', summary: 'a run of backend sim, or a regression file; default the last run' }],
  options: [
    { flags: '--budget <time>', summary: 'stop after this long with what is reached (default 60s)' },
    { flags: '--max-runs <n>', summary: 'stop after so many runs (default 100000)' },
    { flags: '--reseeds <n>', summary: 'other seeds to try where a smaller case does not fail (default 10)' },
    { flags: '--out <file>', summary: 'the regression file; default regressions/<name>.json' },
    { flags: '--no-curve', summary: 'leave out when the failure became unavoidable' },
    {
      flags: '--history-only',
      summary: 'any run: reduce only the history, to its witness (as check --witness)',
    },
    { flags: '--json', summary: 'print what was reached as JSON on stdout, and nothing else there' },
  ],
  examples: [
    'faultline run raft --bug stale-read --backend sim --seed 7',
    'faultline shrink last --budget 60s',
    'faultline run regressions/raft-stale-read.json',
    'faultline shrink last --history-only --out witness.jsonl',
  ],
  async run(io, [reference = 'last'], options) {
    if (flag(options, 'historyOnly')) return historyOnly(io, reference, options);
    const start = await startOf(io, reference);
    const name = nameOf(start.scenario, start.signature);
    const result = await reduceCase(io, {
      ...start,
      name,
      file: text(options, 'out') ?? join('regressions', `${name}.json`),
      limits: limitsOf(options),
      curve: options['curve'] !== false,
    });
    if (wantsJson(options)) {
      const { page: _, ...rest } = result;
      json(io.out, { ...rest, verdict: 'fail' });
    } else for (const said of result.page) line(io.out, said);
    return EXIT_CODE.fail;
  },
};

/** Where a reduction starts. */
interface Start {
  scenario: Scenario;
  signature: Signature;
  shownNs: number;
  about: string;
}

async function startOf(io: Io, reference: string): Promise<Start> {
  const path = resolve(io.cwd, reference);
  if (reference.endsWith('.json') && existsSync(path)) {
    const regression = readRegression(path);
    const { program, checkers, case: c } = regression;
    return failing(io, { program, checkers, case: c }, regression.expect, `reduced from ${basename(path)}`);
  }
  const folder = new Store(io.cwd).resolve(reference);
  const plan = folder.readPlan();
  const meta = folder.readMeta();
  const verdict = folder.readVerdict();
  const results = plan.checkers.map(({ name }) => verdict.checkers[name]);
  const failure = firstFailure(
    plan.checkers,
    results.map((result) => result ?? { verdict: 'pass' as const, anomalies: [] }),
  );
  if (failure === null) {
    throw new UsageError(`this run has no proved failure to reduce: it ended with ${verdict.verdict}`, {
      file: folder.path,
    });
  }
  const signature = { checker: failure.spec.name, kind: failure.anomaly.kind };
  const about = `reduced from ${folder.id}: ${meta.command}`;
  const stored = storedScenario(plan);
  if (stored !== null) return failing(io, stored, signature, about);
  const { history } = await readHistory(folder.file('history'), 'auto');
  return failing(io, scenarioOfRun({ meta, plan, history }, [failure.spec]), signature, about);
}

/** Seeds to try until a scenario shows a failure. */
const TRIES = 50;

/** Makes sure that the scenario fails, with its seed or another. Throws `UsageError` when it does not. */
function failing(io: Io, scenario: Scenario, wanted: Signature, about: string): Start {
  const seeds = Seed.of(scenario.case.seed).fork('start').rng();
  let other: { scenario: Scenario; finding: Finding; outcome: Outcome } | null = null;
  for (let i = 0; i < TRIES; i++) {
    const c = i === 0 ? scenario.case : { ...scenario.case, seed: seeds.int(1, 99_999) };
    const outcome = carryOut(scenario, c);
    const same = outcome.findings.find((one) => one.checker === wanted.checker && one.kind === wanted.kind);
    if (same !== undefined) {
      if (i > 0)
        line(
          io.err,
          `shrink     seed ${scenario.case.seed} does not show it in the lean simulator, seed ${c.seed} does`,
        );
      return {
        scenario: { ...scenario, case: c },
        signature: wanted,
        shownNs: shownAtNs(outcome, same),
        about,
      };
    }
    const finding = outcome.findings[0];
    if (finding !== undefined) other ??= { scenario: { ...scenario, case: c }, finding, outcome };
  }
  if (other !== null) {
    const { checker, kind } = other.finding;
    line(
      io.err,
      `shrink     ${signatureText(wanted)} does not show again, ${signatureText({ checker, kind })} does`,
    );
    const shownNs = shownAtNs(other.outcome, other.finding);
    return { scenario: other.scenario, signature: { checker, kind }, shownNs, about };
  }
  throw new UsageError(
    `the lean simulator does not show ${signatureText(wanted)} again, with ${TRIES} seeds`,
    {
      hint: 'look for it there: faultline explore, or reduce the witness: faultline shrink --history-only',
    },
  );
}

function nameOf(scenario: Scenario, { checker, kind }: Signature): string {
  const bug = scenario.case.bugs[0];
  return [scenario.program, bug ?? checker, ...(bug === undefined ? [kind] : [])].join('-');
}

function limitsOf(options: OptionValues): { budgetMs?: number; maxRuns?: number; reseeds?: number } {
  const budget = text(options, 'budget');
  const number = (name: string, shown: string): number | undefined => {
    const given = text(options, name);
    if (given === undefined) return undefined;
    if (!/^\d+$/.test(given)) throw new UsageError(`${shown} must be a whole number, not "${given}"`);
    return Number(given);
  };
  const maxRuns = number('maxRuns', '--max-runs');
  const reseeds = number('reseeds', '--reseeds');
  return {
    ...(budget === undefined ? {} : { budgetMs: parseDuration(budget) }),
    ...(maxRuns === undefined ? {} : { maxRuns }),
    ...(reseeds === undefined ? {} : { reseeds }),
  };
}

/** The witness alone, by the command that makes it. */
function historyOnly(io: Io, reference: string, options: OptionValues): Promise<number> {
  const witness = text(options, 'out') ?? 'witness.jsonl';
  return check.run(io, [reference], { witness, ...(wantsJson(options) ? { json: true } : {}) });
}
