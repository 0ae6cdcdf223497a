/**
 * A finding as Markdown, short enough to paste into an issue: sentence, witness, argument, what was done to the
 * cluster, and the command that runs it again. Everything that came from the run is fenced or escaped.
 */
import { keysOf, tellingOps } from './derive/witness.ts';
import { count, counted, duration, json, moment, OUTCOME_WORD, operation } from './format.ts';
import { fence, inline } from './markdown-text.ts';
import type { Finding, ReportModel } from './model.ts';
import { leaderClaims } from './split-brain.ts';
import { whereOf } from './where.ts';

/** Kinds of anomaly written out, the first finding of each; the rest is counted. */
const KINDS = 3;
/** Operations of a witness written out; the rest is counted. */
const OPERATIONS = 20;

/** The document. */
export function markdown(model: ReportModel): string {
  const lines = [
    `## ${model.verdict.toUpperCase()}: ${inline(model.sentence)}`,
    '',
    `${inline(model.system)}, workload ${inline(model.workload)}, ${model.nodes.length} nodes on ${inline(model.backend)}, ` +
      `seed ${inline(model.seed)}, ${counted(model.counts.total, 'operation')} in ${duration(model.durationNs)}.`,
    '',
  ];
  const shown = firstOfEach(model.findings).slice(0, KINDS);
  for (const finding of shown) lines.push(...findingPart(model, finding));
  const more = model.checkers.reduce((sum, one) => sum + one.anomalyCount, 0) - shown.length;
  if (more > 0)
    lines.push(`${counted(more, 'more anomaly was', 'more anomalies were')} found: see the report.`, '');
  lines.push('| checker | verdict | anomalies |', '| --- | --- | --- |');
  for (const checker of model.checkers) {
    lines.push(`| ${inline(checker.name)} | ${checker.verdict} | ${count(checker.anomalyCount)} |`);
  }
  lines.push('', 'Again:', '', ...fence([model.commands.again]), '');
  return lines.join('\n');
}

function firstOfEach(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ anomaly }) => !seen.has(anomaly.kind) && seen.add(anomaly.kind));
}

function findingPart(model: ReportModel, finding: Finding): string[] {
  const { anomaly } = finding;
  const key = anomaly.key === undefined ? '' : `, key ${json(anomaly.key)}`;
  const shown = tellingOps(finding, OPERATIONS);
  const about = keysOf(anomaly);
  const ops = shown.map((op) => {
    const outcome = op.outcome === 'ok' ? '' : `  ${OUTCOME_WORD[op.outcome]} ${op.error}`;
    return `${moment(op.fromNs)}  process ${op.process}  ${op.node ?? ''}  ${operation(op, 60, about)}${outcome}`;
  });
  const more = finding.ops.length + finding.more - shown.length;
  if (more > 0) ops.push(`and ${counted(more, 'more operation')}`);
  const faults = finding.during.flatMap((id) => model.faults.find((fault) => fault.id === id) ?? []);
  return [
    `### ${inline(anomaly.kind)} (${anomaly.certainty}${inline(key)})`,
    '',
    inline(anomaly.sentence),
    '',
    ...fence(ops),
    '',
    ...[...leaderClaims(finding), ...anomaly.steps.map((step) => step.text)].map(
      (text) => `- ${inline(text)}`,
    ),
    ...faults.map((fault) => `- during ${inline(`${fault.id} (${fault.mode}: ${whereOf(fault)})`)}`),
    '',
  ];
}
