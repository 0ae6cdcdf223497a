/**
 * `faultline shrink`: the smallest case that still fails in the same way, out of a run or a regression; exactly in
 * the simulator, by trying again and again on a real cluster.
 */
import { existsSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseDuration } from '../../harness/config/units.ts';
import { readHistory } from '../../harness/history/open.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { STORE_FOLDER, Store } from '../../harness/store/store.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { loadNs } from '../../search/cluster/cluster-run.ts';
import { clusterScenarioOf, isClusterScenario, loadFromNs } from '../../search/cluster/cluster-scenario.ts';
import type { TriesStart } from '../../search/cluster/tries.ts';
import { inTurn } from '../../search/explore-all.ts';
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
import { MODULE } from '../../systems/subjects.ts';
import { type Command, flag, type OptionValues, text } from '../command.ts';
import { wantsJson } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { reduceCase } from '../reduce-case.ts';
import { CLUSTER_BUDGET_MS, reduceOnCluster } from '../reduce-cluster.ts';
import { firstFailure } from '../witness.ts';
import { check } from './check.ts';

/** The command. */
export const shrink: Command = {
  name: 'shrink',
  summary: 'reduce a failing run to the few faults and operations that matter, and explain it',
  args: [{ form: '[run]', summary: 'a run, or a regression file; default the last run' }],
  options: [
    {
      flags: '--budget <time>',
      summary: 'stop after this long with what is reached (default 60s, on a real cluster 10m)',
    },
    { flags: '--max-runs <n>', summary: 'simulator: stop after so many runs (default 100000)' },
    {
      flags: '--reseeds <n>',
      summary: 'simulator: other seeds to try where a smaller case does not fail (default 10)',
    },
    {
      flags: '--tries <n>',
      summary: 'real cluster: tries of a smaller case before it counts as not failing (default at most 10)',
    },
    {
      flags: '--floor <share>',
      summary: 'real cluster: part of the first probability to keep, 0 to 1 (default 0.5)',
    },
    { flags: '--fresh', summary: 'real cluster: begin anew instead of going on where the last time ended' },
    {
      flags: '--simulate',
      summary: 'reduce the run of a real cluster in the simulator: a reference system only',
    },
    { flags: '--out <file>', summary: 'the regression file; default regressions/<name>.json' },
    { flags: '--explain <file>', summary: 'the page that explains it; default beside the regression, .md' },
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
    'faultline shrink last --budget 30m',
    'faultline shrink last --history-only --out witness.jsonl',
  ],
  async run(io, [reference = 'last'], options) {
    if (flag(options, 'historyOnly')) return historyOnly(io, reference, options);
    const { run, start } = await startOf(io, reference, flag(options, 'simulate'));
    const explain = text(options, 'explain');
    const common = (name: string): { name: string; file: string; explain?: string } => ({
      name,
      file: text(options, 'out') ?? join('regressions', `${name}.json`),
      ...(explain === undefined ? {} : { explain }),
    });
    if ('version' in start)
      return onCluster(io, start, run, common(nameOf(start.scenario, start.signature)), options);
    const result = await reduceCase(io, {
      ...start,
      ...common(nameOf(start.scenario, start.signature)),
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

/** On real nodes: tries take seconds, and what is known of them stays beside the run. */
async function onCluster(
  io: Io,
  start: TriesStart,
  run: string,
  common: { name: string; file: string; explain?: string },
  options: OptionValues,
): Promise<number> {
  const budget = text(options, 'budget');
  const tries = wholeNumber(options, 'tries', '--tries');
  const floor = text(options, 'floor');
  if (floor !== undefined && !(Number(floor) >= 0 && Number(floor) <= 1)) {
    throw new UsageError(`--floor must be a share from 0 to 1, not "${floor}"`);
  }
  const result = await reduceOnCluster(io, {
    start,
    folder: join(run, 'shrink'),
    ...common,
    budgetMs: budget === undefined ? CLUSTER_BUDGET_MS : parseDuration(budget),
    certainty: {
      ...(tries === undefined ? {} : { mostTries: Math.max(1, tries) }),
      ...(floor === undefined ? {} : { floor: Number(floor) }),
    },
    fresh: flag(options, 'fresh'),
  });
  if (wantsJson(options)) {
    const { page: _, interrupted: __, ...rest } = result;
    json(io.out, { ...rest, verdict: 'fail' });
  } else for (const said of result.page) line(io.out, said);
  return result.interrupted ?? EXIT_CODE.fail;
}

/** Where a reduction in the simulator starts. */
interface SimulatedStart {
  scenario: Scenario;
  signature: Signature;
  shownNs: number;
  about: string;
}

/** Where a reduction starts, and the folder that keeps what is learned on the way. */
interface Start {
  run: string;
  start: SimulatedStart | TriesStart;
}

async function startOf(io: Io, reference: string, simulate: boolean): Promise<Start> {
  const path = resolve(io.cwd, reference);
  if (reference.endsWith('.json') && existsSync(path)) {
    const { program, checkers, case: c, cluster, expect, name } = readRegression(path);
    const about = `reduced from ${basename(path)}`;
    const run = join(resolve(io.cwd, STORE_FOLDER), 'reductions', name);
    if (cluster === undefined)
      return { run, start: await failing(io, { program, checkers, case: c }, expect, about) };
    const { checker, kind } = expect;
    const scenario = { program, checkers, case: c, cluster };
    return { run, start: { version: 1, scenario, signature: { checker, kind }, shownNs: loadNs(c), about } };
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
  if (stored !== null && !isClusterScenario(stored)) {
    return { run: folder.path, start: await failing(io, stored, signature, about) };
  }
  const { history } = await readHistory(folder.file('history'), 'auto');
  const parts = { meta, plan, history };
  if (meta.backend === 'sim' || simulate) {
    return {
      run: folder.path,
      start: await failing(io, fromHere(io, scenarioOfRun(parts, [failure.spec])), signature, about),
    };
  }
  const scenario = stored ?? clusterScenarioOf(parts, [failure.spec]);
  const shownNs = Math.max(0, ...failure.anomaly.ops.map((i) => history.op(i).time)) - loadFromNs(meta);
  return { run: folder.path, start: { version: 1, scenario, signature, shownNs, about } };
}

/** A regression file says where a module is, seen from the folder in which it is carried out. */
function fromHere(io: Io, scenario: Scenario): Scenario {
  const { settings } = scenario.case;
  if (scenario.program !== MODULE) return scenario;
  const module = relative(io.cwd, String(settings['module']));
  return { ...scenario, case: { ...scenario.case, settings: { ...settings, module } } };
}

/** Seeds to try until a scenario shows a failure. */
const TRIES = 50;

/** Makes sure that the scenario fails, with its seed or another. Throws `UsageError` when it does not. */
function failing(io: Io, scenario: Scenario, wanted: Signature, about: string): Promise<SimulatedStart> {
  return inTurn(() => failingNow(io, scenario, wanted, about));
}

function failingNow(io: Io, scenario: Scenario, wanted: Signature, about: string): SimulatedStart {
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
  const maxRuns = wholeNumber(options, 'maxRuns', '--max-runs');
  const reseeds = wholeNumber(options, 'reseeds', '--reseeds');
  return {
    ...(budget === undefined ? {} : { budgetMs: parseDuration(budget) }),
    ...(maxRuns === undefined ? {} : { maxRuns }),
    ...(reseeds === undefined ? {} : { reseeds }),
  };
}

function wholeNumber(options: OptionValues, name: string, shown: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  if (!/^\d+$/.test(given)) throw new UsageError(`${shown} must be a whole number, not "${given}"`);
  return Number(given);
}

/** The witness alone, by the command that makes it. */
function historyOnly(io: Io, reference: string, options: OptionValues): Promise<number> {
  const witness = text(options, 'out') ?? 'witness.jsonl';
  return check.run(io, [reference], { witness, ...(wantsJson(options) ? { json: true } : {}) });
}
