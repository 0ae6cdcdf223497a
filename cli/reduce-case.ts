/**
 * Reduces a failing scenario with its progress on stderr, and leaves what is left: the regression file, the run
 * folder, the page.
 */
import { mkdirSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Limits } from '../search/attempts.ts';
import { type Inevitability, inevitability } from '../search/inevitability.ts';
import { type Regression, writeRegression } from '../search/regression.ts';
import { carryOut, type Finding, findingOf, type Scenario, type Signature } from '../search/scenario.ts';
import { type Reduced, shrinkScenario } from '../search/shrink.ts';
import { storeCaseRun } from './case-folder.ts';
import { casePage } from './case-page.ts';
import { programName, quoted } from './command-line.ts';
import { type Io, line } from './io.ts';

/** What is reduced, and where the results go. */
export interface ReductionRequest {
  scenario: Scenario;
  signature: Signature;
  shownNs: number;
  name: string;
  /** Path of the regression file. */
  file: string;
  about: string;
  limits: Partial<Limits>;
  curve: boolean;
}

/** What was reached. */
export interface ReductionResult {
  regression: Regression;
  /** As it is typed. */
  file: string;
  folder: string;
  finding: Finding;
  reduced: Reduced;
  curve: Inevitability | null;
  page: string[];
}

/** Other seeds a regression is tried with. */
const SEEDS_KEPT = 10;

/** Reduces, writes and words. */
export async function reduceCase(io: Io, request: ReductionRequest): Promise<ReductionResult> {
  const { scenario, signature, name } = request;
  const reduced = shrinkScenario(scenario, signature, request.shownNs, request.limits, (step) => {
    line(
      io.err,
      `shrink     ${sizeText(step.case).padEnd(58)} ${step.stage}, ${step.runs} runs, ${took(step.tookMs)}`,
    );
  });
  const judges = scenario.checkers.filter((spec) => spec.name === signature.checker);
  const small: Scenario = { program: scenario.program, checkers: judges, case: reduced.case };
  const outcome = carryOut(small, small.case);
  const finding = findingOf(outcome, signature)!;
  const curve = request.curve ? inevitability(small, signature, reduced.shownNs) : null;
  const { regression, path } = saveCase(io, {
    scenario: small,
    finding,
    name,
    file: request.file,
    about: request.about,
  });
  const file = relative(io.cwd, path) || path;
  const again = `${programName(io.env)} run ${quoted([file])}`;
  const { folder } = await storeCaseRun(io, { name, scenario: small, outcome, repro: again });
  const page = [
    ...casePage({ case: reduced.case, outcome, finding, curve }),
    '',
    `reduced    from ${sizeText(scenario.case)}`,
    `           to ${sizeText(reduced.case)}: ${reduced.runs} runs in ${took(reduced.tookMs)}${reduced.complete ? '' : ', the budget ended before nothing could be left out any more'}`,
    `regression ${file}`,
    `report     ${folder.file('report')}`,
    `again      ${again}`,
  ];
  return { regression, file, folder: folder.path, finding, reduced, curve, page };
}

/** A failing case to be written as a regression file. */
export interface SavedCase {
  scenario: Scenario;
  finding: Finding;
  name: string;
  file: string;
  about: string;
}

/** Writes the regression file; its folder is made. */
export function saveCase(io: Io, saved: SavedCase): { regression: Regression; path: string } {
  const { scenario, finding, name, about } = saved;
  const { checker, kind, anomaly } = finding;
  const regression: Regression = {
    regression: 1,
    name,
    about,
    program: scenario.program,
    checkers: scenario.checkers.filter((spec) => spec.name === checker),
    expect: { verdict: 'fail', checker, kind, sentence: anomaly.sentence },
    seeds: SEEDS_KEPT,
    case: scenario.case,
  };
  const path = resolve(io.cwd, saved.file);
  mkdirSync(dirname(path), { recursive: true });
  writeRegression(path, regression);
  return { regression, path };
}

/** `2 faults, 6 operations, 1 client, 3 nodes`. */
export function sizeText({ faults, ops, nodes }: Scenario['case']): string {
  const clients = new Set(ops.map((op) => op.client)).size;
  return [
    counted(faults.length, 'fault'),
    counted(ops.length, 'operation'),
    counted(clients, 'client'),
    counted(nodes.length, 'node'),
  ].join(', ');
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function took(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
