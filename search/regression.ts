/**
 * Regression files: a case as data with the failure it showed. Carried out again they say whether that failure,
 * or another one, is still there; a test runner needs nothing else.
 *
 *     import { checkRegression, regressionsIn } from 'faultline/regressions';
 *     it.each(regressionsIn('regressions'))('%s stays fixed', (path) => checkRegression(path));
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderPath } from '../harness/config/problem.ts';
import { validate } from '../harness/config/validate.ts';
import type { PlannedPlugin } from '../harness/plan/plan.ts';
import { Seed } from '../harness/random.ts';
import { lookup, UsageError } from '../harness/registry.ts';
import type { Case } from '../harness/sim/case.ts';
import { readJson, writeAtomic } from '../harness/store/atomic.ts';
import { version } from '../harness/version.ts';
import { FAULTS } from '../nemesis/index.ts';
import { registerPlugin } from '../plugins/registered.ts';
import { PROGRAMS } from '../systems/reference/programs.ts';
import { runClusterRegression } from './cluster/cluster-regression.ts';
import { type ClusterScenario, isClusterScenario } from './cluster/cluster-scenario.ts';
import { inTurn } from './explore-all.ts';
import type { Share } from './interval.ts';
import { REGRESSION_SCHEMA } from './regression-schema.ts';
import {
  canonicalCase,
  carryOut,
  type Finding,
  findingOf,
  type Outcome,
  type Scenario,
  type Signature,
} from './scenario.ts';

/** A regression as its file holds it. */
export interface Regression extends Scenario {
  regression: 1;
  name: string;
  /** Where it comes from, for people. */
  about?: string;
  expect: Signature & { verdict: 'fail'; sentence: string };
  /** Other seeds to try where its own does not fail; on a real cluster tries beyond the first. */
  seeds: number;
  /** How often it failed when it was recorded, on a real cluster. */
  probability?: Share;
  /** Modules of the user's own it is made of. */
  plugins?: PlannedPlugin[];
}

/** What came of a regression. */
export interface RegressionResult {
  verdict: 'pass' | 'fail' | 'unknown';
  /** What was found; null unless it failed. That of the expectation before any other. */
  finding: Finding | null;
  /** Whether it is the failure that was expected. */
  same: boolean;
  /** The case with the seed that decided, and what came of it. */
  case: Case;
  outcome: Outcome;
  runs: number;
}

/** Carries out a regression with its own seed, then with others. Throws `UsageError` for names that are gone. */
export function runRegression(regression: Regression): RegressionResult {
  const seeds = Seed.of(regression.case.seed).fork('reroll').rng();
  let undecided: RegressionResult | null = null;
  let last: RegressionResult | null = null;
  for (let i = 0; i <= regression.seeds; i++) {
    const c = i === 0 ? regression.case : { ...regression.case, seed: seeds.int(4, 99_999) };
    const outcome = carryOut(regression, c);
    const expected = findingOf(outcome, regression.expect);
    const finding = expected ?? outcome.findings[0] ?? null;
    const verdict = finding !== null ? 'fail' : outcome.undecided.length > 0 ? 'unknown' : 'pass';
    const result = { verdict, finding, same: expected !== undefined, case: c, outcome, runs: i + 1 } as const;
    if (finding !== null) return result;
    if (verdict === 'unknown') undecided ??= result;
    last ??= result;
  }
  const decided = undecided ?? last!;
  return { ...decided, runs: regression.seeds + 1 };
}

/**
 * Throws an error that says what is wrong when the regression fails, or cannot be decided. For tests. One of a
 * real cluster is carried out by processes and resolves when they have ended; give such a test time.
 */
export function checkRegression(path: string): void | Promise<void> {
  const { plugins } = Object(readJson(path, 'regression')) as { plugins?: PlannedPlugin[] };
  return Array.isArray(plugins) ? checkWithPlugins(path, plugins) : checkNow(path);
}

/** Modules of the user's own are loaded first; their paths count from where the test is run. */
async function checkWithPlugins(path: string, plugins: readonly PlannedPlugin[]): Promise<void> {
  for (const { file } of plugins) await registerPlugin(file, file);
  await checkNow(path);
}

function checkNow(path: string): void | Promise<void> {
  const regression = readRegression(path);
  if (isClusterScenario(regression)) return checkOnCluster(regression);
  // A module's code may be asynchronous, and a test is no place to run it to its end.
  if (!Object.hasOwn(PROGRAMS, regression.program)) return inTurn(() => checkInSimulator(regression));
  checkInSimulator(regression);
}

function checkInSimulator(regression: Regression): void {
  const { verdict, finding, same, case: c, outcome } = runRegression(regression);
  if (verdict === 'pass') return;
  if (finding === null)
    throw new Error(`${regression.name}: ${outcome.undecided.join(', ')} could not decide`);
  const which = same ? 'fails as recorded' : `fails in another way (${finding.checker}, ${finding.kind})`;
  throw new Error(`${regression.name} ${which}, seed ${c.seed}: ${finding.anomaly.sentence}`);
}

/** The same on a real cluster; the run folder of a try that failed stays, below `.faultline`. */
async function checkOnCluster(regression: Regression & ClusterScenario): Promise<void> {
  const { name } = regression;
  const { verdict, anomaly, same, folder, stored } = await runClusterRegression(regression, {
    cwd: process.cwd(),
    name,
    version: version(),
    commandLine: `checkRegression ${name}`,
    repro: `faultline run regressions/${name}.json`,
    signal: new AbortController().signal,
  });
  if (verdict === 'pass' || verdict === 'vacuous') return;
  if (anomaly === null) throw new Error(`${name}: ${stored.sentence} (${folder})`);
  const which = same ? 'fails as recorded' : 'fails in another way';
  throw new Error(`${name} ${which}: ${anomaly.sentence} (${folder})`);
}

/** Paths of the regression files of a folder, by name; none when there is no such folder. */
export function regressionsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => join(folder, file));
}

/** Does this file claim to be a regression? What does not parse claims nothing: whoever reads it next says why. */
export function isRegressionFile(path: string): boolean {
  if (!path.endsWith('.json') || !existsSync(path)) return false;
  try {
    const value = readJson(path, 'regression');
    return typeof value === 'object' && value !== null && 'regression' in value;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** Reads a regression file. Throws `UsageError` naming the first thing that is wrong with it. */
export function readRegression(path: string): Regression {
  const value = readJson(path, 'regression');
  const problem = validate(REGRESSION_SCHEMA, value)[0];
  if (problem !== undefined) {
    const where = renderPath(problem.path);
    throw new UsageError(`${where}: ${problem.message}`, {
      file: path,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    });
  }
  const regression = value as Regression;
  const { nodes, ops, faults } = regression.case;
  for (const { fault } of faults) lookup('fault', FAULTS, fault);
  for (const node of [...ops.flatMap((op) => op.node ?? []), ...faults.flatMap((fault) => fault.nodes)]) {
    if (!nodes.includes(node))
      throw new UsageError(`case: there is no node "${node}" among ${nodes.join(', ')}`, { file: path });
  }
  return { ...regression, case: canonicalCase(regression.case) };
}

/** Writes a regression file: an operation and a fault per line, to be read and compared by people. */
export function writeRegression(path: string, regression: Regression): void {
  const { case: c, ...rest } = regression;
  const head = JSON.stringify(rest, null, 2);
  const fields = Object.entries(c).map(([name, value]) => {
    const lines = (name === 'ops' || name === 'faults') && (value as unknown[]).length > 0;
    const text = lines
      ? `[\n${(value as unknown[]).map((item) => `      ${JSON.stringify(item)}`).join(',\n')}\n    ]`
      : JSON.stringify(value);
    return `    ${JSON.stringify(name)}: ${text}`;
  });
  writeAtomic(path, `${head.slice(0, -2)},\n  "case": {\n${fields.join(',\n')}\n  }\n}\n`);
}
