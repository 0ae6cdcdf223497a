/**
 * Reduces a failing scenario with its progress on stderr, and leaves what is left: the regression file, the run
 * folder, the page.
 */
import { mkdirSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Case } from '../harness/sim/case.ts';
import type { Limits } from '../search/attempts.ts';
import { inTurn } from '../search/explore-all.ts';
import { type Inevitability, inevitability } from '../search/inevitability.ts';
import { type Regression, writeRegression } from '../search/regression.ts';
import {
  canonicalCase,
  carryOut,
  type Finding,
  findingOf,
  type Scenario,
  type Signature,
} from '../search/scenario.ts';
import { type Reduced, shrinkScenario } from '../search/shrink.ts';
import { pluginsOf, storeCaseRun } from './case-folder.ts';
import { messagesOf } from './case-messages.ts';
import { casePage } from './case-page.ts';
import { programName, quoted } from './command-line.ts';
import { pageBeside, writeExplanation } from './explain/write-explanation.ts';
import { type Io, line } from './io.ts';
import { sizeText } from './size-text.ts';

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
  /** Path of the page; default beside the regression file. */
  explain?: string;
}

/** What was reached. */
export interface ReductionResult {
  regression: Regression;
  /** As it is typed. */
  file: string;
  /** The page that explains it. */
  explained: string;
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
  const { reduced, small, outcome, finding, curve, messages } = await inTurn(() => reduceNow(io, request));
  const { scenario, name } = request;
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
  const about = request.about;
  const explained = writeExplanation(io, request.explain ?? pageBeside(file), {
    ...{ name, about, program: small.program, case: small.case, finding, curve, again },
    ...{
      ops: outcome.run.ops,
      messages,
      loadFromNs: 0,
      shownNs: reduced.shownNs,
      share: null,
    },
  });
  const page = [
    ...casePage({ case: reduced.case, ops: outcome.run.ops, finding, curve }),
    '',
    `reduced    from ${sizeText(scenario.case)}`,
    `           to ${sizeText(reduced.case)}: ${reduced.runs} runs in ${took(reduced.tookMs)}${reduced.complete ? '' : ', the budget ended before nothing could be left out any more'}`,
    `regression ${file}`,
    `explained  ${explained}`,
    `report     ${folder.file('report')}`,
    `again      ${again}`,
  ];
  return { regression, file, explained, folder: folder.path, finding, reduced, curve, page };
}

/** All that is simulated, in one turn: a module's code may be asynchronous. */
function reduceNow(io: Io, request: ReductionRequest) {
  const { scenario, signature, shownNs, limits, curve: wanted } = request;
  const reduced = shrinkScenario(scenario, signature, shownNs, limits, (step) => {
    line(
      io.err,
      `shrink     ${sizeText(step.case).padEnd(58)} ${step.stage}, ${step.runs} runs, ${took(step.tookMs)}`,
    );
    keep(io, request, step.case);
  });
  const judges = scenario.checkers.filter((spec) => spec.name === signature.checker);
  const small: Scenario = { program: scenario.program, checkers: judges, case: canonicalCase(reduced.case) };
  const outcome = carryOut(small, small.case);
  const finding = findingOf(outcome, signature)!;
  const curve = wanted ? inevitability(small, signature, reduced.shownNs) : null;
  return { reduced, small, outcome, finding, curve, messages: messagesOf(small) };
}

/** What a reduction has reached is in its file at every step: whatever ends it, it can go on from there. */
function keep(io: Io, { scenario, signature, name, file, about }: ReductionRequest, reached: Case): void {
  const small: Scenario = { ...scenario, case: canonicalCase(reached) };
  const finding = findingOf(carryOut(small, small.case), signature);
  if (finding !== undefined) saveCase(io, { scenario: small, finding, name, file, about });
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
    ...pluginsOf(scenario, io.cwd),
    case: scenario.case,
  };
  const path = resolve(io.cwd, saved.file);
  mkdirSync(dirname(path), { recursive: true });
  writeRegression(path, regression);
  return { regression, path };
}

function took(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
