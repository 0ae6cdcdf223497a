/**
 * A night as JUnit XML: one suite for each row of the matrix, one case for each scenario and seed. Names carry no
 * date and no drawn seed, so that trend tools can match them; nothing is `skipped`, which CI servers paint grey:
 * fail -> failure typed by anomaly, vacuous -> failure, broken and unknown -> error.
 */
import type { CampaignSummary, NightRun } from '../../harness/campaign/summary.ts';
import { attribute, content } from '../xml.ts';
import { reproducedText } from './text.ts';

/** What contradicts itself in a run that failed: lines of text, empty where that is not known. */
export type WitnessOf = (run: NightRun) => string;

/** The document. O(runs). */
export function campaignJunit(summary: CampaignSummary, witnessOf: WitnessOf = () => ''): string {
  const suites = new Map<string, NightRun[]>();
  for (const run of summary.runs) {
    const row = rowOf(run);
    suites.set(row, [...(suites.get(row) ?? []), run]);
  }
  const rows = [...suites].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${attribute(`faultline.${summary.name}`)}" ${totals(summary.runs)}>`,
    ...rows.flatMap(([row, runs]) => suite(row, runs, summary, witnessOf)),
    '</testsuites>',
    '',
  ].join('\n');
}

/** `raft/register/storm` -> `raft/register`: the system and what is asked of it. */
function rowOf({ scenario }: NightRun): string {
  return scenario.split('/').slice(0, -1).join('/') || scenario;
}

function suite(
  row: string,
  runs: readonly NightRun[],
  summary: CampaignSummary,
  witnessOf: WitnessOf,
): string[] {
  const name = `faultline.${summary.name}.${row.replaceAll('/', '.')}`;
  // Cases come in the order of their names, not with failures first: the same file from night to night.
  const ordered = [...runs].sort((a, b) => (caseName(a) < caseName(b) ? -1 : 1));
  const stamp = summary.started.replace(/\.\d+Z$/, '');
  return [
    `<testsuite name="${attribute(name)}" ${totals(runs)} timestamp="${attribute(stamp)}">`,
    '<properties>',
    ...properties(summary),
    '</properties>',
    ...ordered.map((run) => testCase(run, name, summary, witnessOf)),
    '</testsuite>',
  ];
}

function properties({ commit, seedSource, command, versions }: CampaignSummary): string[] {
  const rows: [string, string][] = [
    ['commit', commit ?? ''],
    ['seeds', seedSource],
    ['command', command],
    ['faultline', versions.faultline],
    ['node', versions.node],
    ['report', 'report.html'],
  ];
  return rows
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `<property name="${name}" value="${attribute(value)}"/>`);
}

/** The fault package, and which of its seeds: the first, the second, the one that failed before. */
function caseName({ id, scenario, kind }: NightRun): string {
  const last = scenario.split('/').at(-1)!;
  if (kind === 'again') return `${last} (a seed that failed before)`;
  const number = id.slice(scenario.length);
  return number === '' ? last : `${last} ${number}`;
}

function testCase(
  run: NightRun,
  suiteName: string,
  { scenarios }: CampaignSummary,
  witnessOf: WitnessOf,
): string {
  const seconds = (run.tookMs / 1000).toFixed(3);
  const open = `<testcase name="${attribute(caseName(run))}" classname="${attribute(suiteName)}" time="${seconds}"`;
  const known = caseProperties(run);
  if (run.verdict === 'pass') return `${open}>${known}</testcase>`;
  const element = isFailure(run) ? 'failure' : 'error';
  const type = run.verdict === 'fail' ? (run.kinds[0] ?? 'fail') : run.verdict;
  const said = scenarios.find(({ name }) => name === run.scenario)?.said ?? '';
  const body = [
    run.sentence,
    run.verdict === 'fail' ? witnessOf(run) : '',
    reproducedText(run),
    said,
    run.seed === null ? '' : `seed ${run.seed}`,
    `report: ${run.folder}/report.html`,
    `again: ${run.repro}`,
  ].filter((line) => line !== '');
  return `${open}>${known}\n<${element} type="${attribute(type)}" message="${attribute(run.sentence)}">${content(body.join('\n'))}</${element}>\n</testcase>`;
}

/** What is found again by its seed and its report also where it passed. */
function caseProperties({ seed, folder }: NightRun): string {
  const rows: [string, string][] = [
    ...(seed === null ? [] : ([['seed', String(seed)]] as [string, string][])),
    ['report', `${folder}/report.html`],
  ];
  const inside = rows.map(([name, value]) => `<property name="${name}" value="${attribute(value)}"/>`);
  return `<properties>${inside.join('')}</properties>`;
}

function isFailure({ verdict }: NightRun): boolean {
  return verdict === 'fail' || verdict === 'vacuous';
}

function totals(runs: readonly NightRun[]): string {
  const failures = runs.filter(isFailure).length;
  const errors = runs.filter(({ verdict }) => verdict === 'broken' || verdict === 'unknown').length;
  const seconds = runs.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1000;
  return `tests="${runs.length}" failures="${failures}" errors="${errors}" skipped="0" time="${seconds.toFixed(3)}"`;
}
