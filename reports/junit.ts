/**
 * JUnit XML for CI: one suite per run, one case per checker and gate. A verdict that is not a pass is never
 * `skipped` (CI paints that grey): fail -> failure typed by anomaly, vacuous -> failure, broken and unknown ->
 * error. Names carry no seed and no date, so that trend tools can match them from night to night.
 */
import type { Verdict } from '../harness/verdict.ts';
import { keysOf, tellingOps } from './derive/witness.ts';
import { counted, moment, operation } from './format.ts';
import type { CheckerRow, Finding, GateRow, ReportModel } from './model.ts';
import { attribute, content } from './xml.ts';

/** Operations of a witness written out; the rest is counted. */
const OPERATIONS = 20;

/** What only the caller knows. */
export interface JunitOptions {
  /** Path of report.html, as a reader of the CI page would find it. */
  reportPath?: string;
}

/** The document. Suites and cases have the same names for the same run name, system and workload. */
export function junitXml(model: ReportModel, options: JunitOptions = {}): string {
  const suite = `faultline.${model.name}`;
  const cases = [...model.checkers.map((checker) => checkerCase(checker, model, suite))];
  if (model.gates.length > 0) cases.push(gateCase(model.gates, model, suite));
  // A run can fail without a checker saying so (it broke off, say): the run itself is a case.
  cases.push(runCase(model, suite, cases));
  const failures = cases.filter((one) => one.kind === 'failure').length;
  const errors = cases.filter((one) => one.kind === 'error').length;
  const totals = `tests="${cases.length}" failures="${failures}" errors="${errors}"`;
  const time = (model.durationNs / 1e9).toFixed(3);
  const stamp =
    model.startedAt === '' ? '' : ` timestamp="${attribute(model.startedAt.replace(/\.\d+Z$/, ''))}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="faultline" ${totals} time="${time}">`,
    `<testsuite name="${attribute(suite)}" ${totals} skipped="0" time="${time}"${stamp}>`,
    ...properties(model, options),
    ...cases.map((one) => one.xml),
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

interface Case {
  kind: 'ok' | 'failure' | 'error';
  verdict: Verdict;
  xml: string;
}

function properties(model: ReportModel, options: JunitOptions): string[] {
  const commit = model.environment.find((row) => row.name === 'commit')?.value ?? '';
  const rows: [string, string][] = [
    ['verdict', model.verdict],
    ['seed', model.seed],
    ['repro', model.commands.again],
    ['report', options.reportPath ?? ''],
    ['system', model.system],
    ['workload', model.workload],
    ['backend', model.backend],
    ['commit', commit],
    ['operations', String(model.counts.total)],
  ];
  return [
    '<properties>',
    ...rows
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `<property name="${name}" value="${attribute(value)}"/>`),
    '</properties>',
  ];
}

function checkerCase(checker: CheckerRow, model: ReportModel, suite: string): Case {
  const finding = model.findings.find((one) => one.checker === checker.name);
  const message = finding?.anomaly.sentence ?? (checker.note || `${checker.name}: ${checker.verdict}`);
  const type = finding?.anomaly.kind ?? 'anomaly';
  const body = finding === undefined ? '' : witness(finding);
  return testCase(checker.name, suite, checker.verdict, type, message, body, checker.tookMs ?? 0, model);
}

function gateCase(gates: readonly GateRow[], model: ReportModel, suite: string): Case {
  const open = gates.filter((gate) => !gate.holds);
  const lines = open.map((gate) => `not so: ${gate.claim} (${gate.value}, needs ${gate.threshold})`);
  const verdict = open.length === 0 ? 'pass' : 'vacuous';
  return testCase('gates', suite, verdict, 'vacuous', lines[0] ?? '', lines.join('\n'), 0, model);
}

function runCase(model: ReportModel, suite: string, others: readonly Case[]): Case {
  const told = others.some((one) => one.verdict === model.verdict);
  const verdict = told || model.allow.includes(model.verdict) ? 'pass' : model.verdict;
  return testCase('run', suite, verdict, 'run', model.sentence, '', model.durationNs / 1e6, model);
}

function testCase(
  name: string,
  suite: string,
  verdict: Verdict,
  anomaly: string,
  message: string,
  body: string,
  tookMs: number,
  model: ReportModel,
): Case {
  const open = `<testcase name="${attribute(name)}" classname="${attribute(suite)}" time="${(tookMs / 1000).toFixed(3)}"`;
  if (verdict === 'pass') return { kind: 'ok', verdict, xml: `${open}/>` };
  const kind = verdict === 'fail' || verdict === 'vacuous' ? 'failure' : 'error';
  const type = verdict === 'fail' ? anomaly : verdict;
  const text = [message, body, `again: ${model.commands.again}`].filter(Boolean).join('\n\n');
  return {
    kind,
    verdict,
    xml: `${open}>\n<${kind} type="${attribute(type)}" message="${attribute(message)}">${content(text)}</${kind}>\n</testcase>`,
  };
}

function witness(finding: Finding): string {
  const shown = tellingOps(finding, OPERATIONS);
  const about = keysOf(finding.anomaly);
  const ops = shown.map(
    (op) =>
      `${moment(op.fromNs)}  process ${op.process}  ${op.node ?? ''}  ${operation(op, 60, about)}  ${op.outcome}`,
  );
  const more = finding.ops.length + finding.more - shown.length;
  if (more > 0) ops.push(`and ${counted(more, 'more operation')}`);
  return [...ops, ...finding.anomaly.steps.map((step) => `- ${step.text}`)].join('\n');
}
