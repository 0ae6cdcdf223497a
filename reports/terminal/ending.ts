/**
 * The last screen: the verdict in one sentence, the witness with its operations, why it is a contradiction,
 * what was being done to the cluster, every checker and gate, and what to type next. Model -> lines, pure.
 */
import { EXIT_CODE } from '../../harness/verdict.ts';
import { messageWords, spreadsOf } from '../derive/costs.ts';
import { kindsUntested } from '../derive/untested.ts';
import { keysOf, tellingOps } from '../derive/witness.ts';
import { bytes, count, counted, duration, json, moment, OUTCOME_WORD, operation } from '../format.ts';
import type { CheckerRow, Finding, ReportModel } from '../model.ts';
import { leaderClaims } from '../split-brain.ts';
import { whereOf } from '../where.ts';
import { GLYPH, type Line, type Span, span, TONE } from './style.ts';
import { cells, padTo, wrap } from './text.ts';

/** What only the caller knows. */
export interface EndingOptions {
  columns: number;
  report?: { path: string; bytes: number };
  /** Exit code of the command; the verdict's own by default. */
  exitCode?: number;
}

const LABEL = 11;
const INSET = '  ';
const MAX_WITNESS_OPS = 6;
const MAX_NOTES = 6;
const MAX_FAULTS = 3;

/** Lines of the ending. */
export function endingLines(model: ReportModel, options: EndingOptions): Line[] {
  const lines: Line[] = [...headline(model, options.columns)];
  const finding = model.findings[0];
  if (finding !== undefined) lines.push([], ...findingLines(model, finding, options.columns));
  for (const reason of model.reasons.slice(1, 4)) {
    lines.push(...labelled('also', reason.sentence, options.columns, TONE[reason.verdict]));
  }
  const judged: Line[] = [
    ...checkerLines(model),
    ...costLines(model, options.columns),
    ...gateLines(model, options.columns),
    ...skippedLines(model, options.columns),
    ...untestedLines(model, options.columns),
  ];
  if (judged.length > 0) lines.push([], ...judged);
  const told = model.faults.filter((fault) => fault.state !== 'installed').map((fault) => fault.id);
  const problems = model.problems.filter((one) => !told.some((id) => one.includes(id)));
  for (const problem of problems.slice(0, MAX_NOTES)) {
    lines.push(...labelled('note', problem, options.columns, 'warn'));
  }
  if (problems.length > MAX_NOTES) {
    const more = `${problems.length - MAX_NOTES} more notes are in the report`;
    lines.push(...labelled('note', more, options.columns, 'warn'));
  }
  lines.push([], ...nextLines(model, options), exitLine(model, options));
  return lines;
}

function headline(model: ReportModel, columns: number): Line[] {
  const word = `${GLYPH[model.verdict]} ${model.verdict.toUpperCase()}`;
  const lead = padTo(word, LABEL);
  const tail = model.interrupted ? ' (interrupted)' : '';
  return wrap(model.sentence + tail, Math.max(20, columns - LABEL)).map((text, i) => [
    span(i === 0 ? lead : ' '.repeat(LABEL), i === 0 ? TONE[model.verdict] : 'plain'),
    span(text, 'strong'),
  ]);
}

function labelled(name: string, text: string, columns: number, tone: Span['tone'] = 'plain'): Line[] {
  return wrap(text, Math.max(20, columns - LABEL)).map((part, i) => [
    span(padTo(i === 0 ? name : '', LABEL), 'dim'),
    span(part, tone),
  ]);
}

function findingLines(model: ReportModel, finding: Finding, columns: number): Line[] {
  const { anomaly } = finding;
  const lines: Line[] = [];
  if (anomaly.sentence !== model.sentence) lines.push(...labelled(`${INSET}what`, anomaly.sentence, columns));
  if (anomaly.key !== undefined) lines.push(...labelled(`${INSET}key`, json(anomaly.key), columns));
  lines.push(...witnessLines(finding));
  leaderClaims(finding).forEach((claim, i) => {
    lines.push(...labelled(i === 0 ? `${INSET}leaders` : '', claim, columns, 'warn'));
  });
  anomaly.steps.forEach((step, i) => {
    lines.push(...labelled(i === 0 ? `${INSET}because` : '', step.text, columns));
  });
  finding.during.forEach((id, i) => {
    const fault = model.faults.find((one) => one.id === id);
    if (fault === undefined || i >= MAX_FAULTS) return;
    const since = duration(Math.max(0, finding.fromNs - (fault.fromNs ?? 0)));
    const when = (fault.fromNs ?? 0) > finding.fromNs ? 'which began meanwhile' : `${since} after it began`;
    const text = `${fault.id} (${fault.mode}: ${whereOf(fault)}), ${when}`;
    lines.push(...labelled(i === 0 ? `${INSET}during` : '', text, columns));
  });
  const passed = finding.during.length - MAX_FAULTS;
  if (passed > 0)
    lines.push(...labelled('', `and ${counted(passed, 'more fault')} meanwhile`, columns, 'dim'));
  const also = othersOf(model, finding);
  if (also !== '') lines.push(...labelled(`${INSET}also`, also, columns));
  return lines;
}

function othersOf(model: ReportModel, finding: Finding): string {
  const total = model.checkers.reduce((sum, checker) => sum + checker.anomalyCount, 0);
  if (total <= 1) return '';
  if (model.findings.length < total) {
    return `${counted(total - 1, 'more anomaly', 'more anomalies')}, ${count(model.findings.length - 1)} of them in the report`;
  }
  const same = model.findings.filter((one) => one.anomaly.kind === finding.anomaly.kind).length - 1;
  return `${count(same)} more of the same kind, ${count(total - 1 - same)} of other kinds`;
}

function witnessLines(finding: Finding): Line[] {
  const shown = tellingOps(finding, MAX_WITNESS_OPS);
  const about = keysOf(finding.anomaly);
  const who = shown.map((op) => `process ${op.process}`);
  const what = shown.map((op) => operation(op, 40, about));
  const wide = (texts: string[]): number => Math.min(44, Math.max(0, ...texts.map(cells)));
  const lines = shown.map((op, i): Line => {
    const tail =
      op.outcome === 'ok' ? '' : OUTCOME_WORD[op.outcome] + (op.error === '' ? '' : ` (${op.error})`);
    return [
      span(padTo(i === 0 ? `${INSET}witness` : '', LABEL), 'dim'),
      span(`${moment(op.fromNs)}  `, 'dim'),
      span(padTo(who[i]!, wide(who) + 2)),
      span(padTo(op.node ?? '', 4)),
      span(padTo(what[i]!, wide(what) + 2), 'strong'),
      span(tail, 'warn'),
    ];
  });
  const more = finding.ops.length + finding.more - shown.length;
  if (more > 0) {
    lines.push([span(padTo('', LABEL)), span(`and ${counted(more, 'more operation')}`, 'dim')]);
  }
  return lines;
}

function checkerLines(model: ReportModel): Line[] {
  const name = Math.max(0, ...model.checkers.map((checker) => cells(checker.name))) + 2;
  return model.checkers.map((checker, i) => [
    span(padTo(i === 0 ? 'checkers' : '', LABEL), 'dim'),
    span(padTo(checker.name, name)),
    span(padTo(`${GLYPH[checker.verdict]} ${checker.verdict}`, 11), TONE[checker.verdict]),
    span(padTo(checker.tookMs === null ? '' : duration(checker.tookMs * 1e6), 9), 'dim'),
    span(checkerSummary(checker)),
  ]);
}

/** Anomalies, note, or the first few figures of a checker, in one clause. */
export function checkerSummary(checker: CheckerRow): string {
  const parts: string[] = [];
  if (checker.anomalyCount > 0) parts.push(counted(checker.anomalyCount, 'anomaly', 'anomalies'));
  if (checker.note !== '') parts.push(checker.note);
  for (const [name, value] of Object.entries(checker.stats)) {
    if (parts.length >= 4) break;
    if (typeof value === 'number') parts.push(`${name} ${count(value)}`);
    else if (typeof value === 'string') parts.push(`${name} ${value}`);
  }
  return parts.join(', ');
}

function costLines(model: ReportModel, columns: number): Line[] {
  const told = spreadsOf(model.checkers).flatMap((text, i) =>
    labelled(i === 0 ? 'spread' : '', text, columns),
  );
  return model.messages === null
    ? told
    : [...labelled('messages', messageWords(model.messages), columns), ...told];
}

function gateLines(model: ReportModel, columns: number): Line[] {
  if (model.gates.length === 0 || neverLoaded(model)) return [];
  let line: Span[] = [span(padTo('gates', LABEL), 'dim')];
  const lines: Line[] = [line];
  let used = LABEL;
  for (const gate of model.gates) {
    const width = cells(gate.name) + 2;
    if (used > LABEL && used + width > columns) {
      lines.push((line = [span(' '.repeat(LABEL))]));
      used = LABEL;
    }
    line.push(span(`${gate.name} `), span(gate.holds ? '✓' : '✖', gate.holds ? 'good' : 'bad'), span('   '));
    used += width + 3;
  }
  for (const gate of model.gates.filter((one) => !one.holds).slice(0, 3)) {
    const hint = gate.hint === '' ? '' : `; ${gate.hint}`;
    const text = `not so: ${gate.claim} (${gate.value}, needs ${gate.threshold})${hint}`;
    lines.push(...labelled('', text, columns, 'warn'));
  }
  return lines;
}

/** What ended before its load began is told by its sentence; that it did too little besides is no news. */
function neverLoaded({ stages, verdict, history }: ReportModel): boolean {
  if (verdict !== 'broken') return false;
  return stages.length === 0 ? history.length === 0 : stages.every(({ name }) => name !== 'load');
}

function skippedLines(model: ReportModel, columns: number): Line[] {
  return model.faults
    .filter((fault) => fault.state !== 'installed')
    .slice(0, 3)
    .flatMap((fault) => {
      const why = fault.evidence === '' ? '' : `: ${fault.evidence}`;
      return labelled('not done', `${fault.id} ${fault.label}, ${fault.state}${why}`, columns, 'warn');
    });
}

/** A pass says what it does not say. */
function untestedLines(model: ReportModel, columns: number): Line[] {
  // A history from elsewhere says nothing of what was done to its cluster.
  if (model.verdict !== 'pass' || model.gates.length === 0) return [];
  const text = model.faults.length === 0 ? 'any fault: none was planned' : kindsUntested(model).join(', ');
  return text === '' ? [] : labelled('not tested', text, columns, 'dim');
}

function nextLines(model: ReportModel, options: EndingOptions): Line[] {
  const row = (name: string, text: string, aside = ''): Line => [
    span(padTo(name, LABEL), 'dim'),
    span(text, 'strong'),
    span(aside === '' ? '' : `   ${aside}`, 'dim'),
  ];
  const lines: Line[] = [];
  if (options.report !== undefined) {
    lines.push(row('report', options.report.path, `(${bytes(options.report.bytes)})`));
  } else if (model.folder !== '') lines.push(row('run', model.folder));
  // Of a history that was only judged, both are the same.
  const { again, judge } = model.commands;
  if (again !== judge || model.history.length === 0) lines.push(row('again', again));
  if (model.history.length > 0) lines.push(row('judge', judge, 'same history, no cluster'));
  return lines;
}

function exitLine(model: ReportModel, options: EndingOptions): Line {
  const code = options.exitCode ?? EXIT_CODE[model.verdict];
  if (model.expected !== null) {
    const met = model.expected === model.verdict;
    const text = met ? `as expected (${model.expected})` : `expected ${model.expected}, got ${model.verdict}`;
    return [span(`exit ${code}, `), span(text, met ? 'good' : 'bad')];
  }
  const allowed = model.allow.includes(model.verdict) ? ', allowed' : '';
  return [span(`exit ${code}, `), span(`${model.verdict}${allowed}`, TONE[model.verdict])];
}
