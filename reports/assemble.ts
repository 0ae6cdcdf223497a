/**
 * Parts of a run folder -> ReportModel. Pure. Every part may be missing: what can be derived from the others
 * is derived, what cannot is left empty and named in `problems`.
 */
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import { joinVerdicts, type Verdict } from '../harness/verdict.ts';
import { beliefSpans, overlapSpans } from './derive/beliefs.ts';
import { messagesOf } from './derive/costs.ts';
import { countOps } from './derive/counts.ts';
import { coverageOf } from './derive/coverage.ts';
import { measureEffects } from './derive/effects.ts';
import { configurationOf, environmentOf } from './derive/environment.ts';
import { faultsOfHistory, faultsOfVerdict } from './derive/faults.ts';
import { anomalyOf, findingsOf } from './derive/findings.ts';
import { placeLines, zeroOf } from './derive/log-times.ts';
import { nodeSpans } from './derive/nodes.ts';
import { reignsOf } from './derive/reigns.ts';
import { duration, json } from './format.ts';
import type { MessageLog } from './messages.ts';
import type {
  CheckerRow,
  ClockTrackRow,
  GateRow,
  LogExcerpt,
  ReasonRow,
  ReportModel,
  Sibling,
  StageSpan,
} from './model.ts';
import { jsonRecord, list, number, record, strings, text, verdictOf } from './read-json.ts';

/** What was found in a run folder; JSON parts are as parsed, of unknown quality, or undefined. */
export interface RunParts {
  folder: string;
  run?: unknown;
  plan?: unknown;
  verdict?: unknown;
  history: History;
  logs: LogExcerpt[];
  problems: string[];
  messageLog?: MessageLog | null;
  siblings?: Sibling[];
}

/** The model of a run. O(n log n) in the length of the history. */
export function assembleModel(parts: RunParts): ReportModel {
  const run = record(parts.run);
  const plan = record(parts.plan);
  const file = record(parts.verdict);
  const { history } = parts;
  const first = (name: string): string => text(file[name]) || text(run[name]) || text(plan[name]);
  const lastNs = history.length === 0 ? 0 : history.time(history.length - 1);
  const durationNs = Math.max(lastNs, (number(run['durationMs']) ?? 0) * 1e6);

  const checkers = checkersOf(file['checkers']);
  const told = faultsOfVerdict(file);
  const faults = told.length > 0 ? told : faultsOfHistory(plan, history);
  measureEffects(history, faults, lastNs);
  const beliefs = beliefSpans(history);
  const overlaps = overlapSpans(beliefs);
  const verdict = verdictOf(file['verdict']) ?? brokenOff(checkers);
  const reasons = reasonsOf(file['reasons']);
  const seed = first('seed');
  const sentence =
    sentenceOf(file, reasons, checkers) ??
    (parts.verdict === undefined && history.length > 0
      ? `the run left no verdict: it broke off ${duration(durationNs)} after its start, before it was judged`
      : (parts.problems[0] ?? 'the run left no verdict: it broke off before it was judged'));
  const name = first('name') || parts.folder.split('/').at(-2) || 'run';
  return {
    folder: parts.folder,
    name,
    command: text(run['command']),
    system: first('system') || 'unknown system',
    workload: first('workload') || 'unknown workload',
    nemeses: [...new Set(faults.map((fault) => fault.fault))],
    bugs: strings(run['bugs']),
    backend: first('backend'),
    nodes: nodesOf(
      run,
      beliefs.map((span) => span.node),
      faults.flatMap((fault) => fault.nodes),
    ),
    concurrency: number(plan['concurrency']),
    seed,
    startedAt: text(run['started']),
    durationNs,
    stages: stagesOf(file['phases'] ?? run['phases'], lastNs),
    verdict,
    sentence,
    interrupted: text(run['endedBy']) === 'interrupted' || reasons.some((one) => one.source === 'interrupt'),
    expected: verdictOf(file['expected']),
    reasons,
    allow: list(file['allow']).flatMap((one) => verdictOf(one) ?? []),
    commands: commandsOf(text(file['repro']) || text(run['command']), parts.folder),
    checkers,
    gates: list(file['gates']).map(gateOf),
    messages: messagesOf(file['messages']),
    messageLog: parts.messageLog ?? null,
    findings: findingsOf(checkers, faults, history, sentence),
    faults,
    skipped: skippedOf(plan, run),
    beliefs,
    overlaps,
    reigns: reignsOf(history, beliefs, overlaps),
    nodeSpans: nodeSpans(history, faults, lastNs),
    counts: countOps(history),
    clocks: clocksOf(run['clocks']),
    environment: environmentOf(run, plan),
    configuration: configurationOf(run),
    logs: parts.logs,
    logLines: placeLines(
      parts.logs,
      zeroOf(text(run['started']), text(run['ended']), number(run['durationMs'])),
      durationNs,
    ),
    coverage: coverageOf(history, faults, lastNs),
    siblings: parts.siblings ?? [],
    problems: notesOf(parts.problems, strings(file['notes'])),
    history,
  };
}

/** Each once: what the judge saw in a file is seen again by who reads it for a report. */
function notesOf(...notes: (readonly string[])[]): string[] {
  return [...new Set(notes.flat())];
}

/** Without a verdict file a run did not end: broken, unless a checker already proved something. */
function brokenOff(checkers: readonly CheckerRow[]): Verdict {
  return joinVerdicts(['broken', ...checkers.map((checker) => checker.verdict)]);
}

function checkersOf(value: unknown): CheckerRow[] {
  return Object.entries(record(value)).map(([name, entry]) => {
    const raw = record(entry);
    const anomalies = list(raw['anomalies']).map(anomalyOf);
    return {
      name,
      verdict: verdictOf(raw['verdict']) ?? 'broken',
      anomalies,
      anomalyCount: number(raw['anomalyCount']) ?? anomalies.length,
      stats: jsonRecord(raw['stats']),
      options: jsonRecord(raw['options']),
      note: text(raw['note']),
      tookMs: number(raw['millis']),
      memoryBytes: number(raw['memoryBytes']),
    };
  });
}

function gateOf(value: unknown): GateRow {
  const raw = record(value);
  return {
    name: text(raw['name'], 'gate'),
    holds: raw['holds'] === true,
    claim: text(raw['claim']),
    value: json((raw['value'] ?? null) as Json),
    threshold: json((raw['threshold'] ?? null) as Json),
    hint: text(raw['hint']),
  };
}

function reasonsOf(value: unknown): ReasonRow[] {
  return list(value).map((entry) => ({
    verdict: verdictOf(record(entry)['verdict']) ?? 'broken',
    source: text(record(entry)['source']),
    sentence: text(record(entry)['sentence']),
  }));
}

function sentenceOf(
  file: Record<string, unknown>,
  reasons: readonly ReasonRow[],
  checkers: readonly CheckerRow[],
): string | null {
  const said = text(file['sentence']) || reasons[0]?.sentence;
  if (said !== undefined && said !== '') return said;
  const failed = checkers.find((checker) => checker.verdict === 'fail');
  if (failed !== undefined) return failed.anomalies[0]?.sentence ?? `${failed.name} found a violation`;
  return null;
}

function stagesOf(value: unknown, lastNs: number): StageSpan[] {
  return list(value).flatMap((entry) => {
    const raw = record(entry);
    const fromNs = number(raw['fromNs']);
    if (fromNs === null) return [];
    return [{ name: text(raw['phase']), fromNs, toNs: number(raw['toNs']) ?? Math.max(fromNs, lastNs) }];
  });
}

function nodesOf(run: Record<string, unknown>, ...seen: string[][]): string[] {
  const declared = strings(run['nodes']);
  if (declared.length > 0) return declared;
  return [...new Set(seen.flat())].sort();
}

function skippedOf(
  plan: Record<string, unknown>,
  run: Record<string, unknown>,
): { what: string; reason: string; fix: string }[] {
  const planned = list(plan['leftOut']).map((entry) => {
    const raw = record(entry);
    return { what: text(raw['what']), reason: text(raw['why']), fix: text(raw['fix']) };
  });
  const missing = list(run['missing']).map((entry) => {
    const raw = record(entry);
    return { what: text(raw['capability']), reason: text(raw['reason']), fix: text(raw['fix']) };
  });
  return [...planned, ...missing].filter((row) => row.what !== '');
}

function commandsOf(repro: string, folder: string): ReportModel['commands'] {
  // As typed from where the run was started: the store is below the working folder.
  const at = folder === '' ? 'last' : folder.replace(/^.*\/(?=\.faultline\/)/, '');
  const program = repro.startsWith('npx ') ? 'npx faultline' : 'faultline';
  return {
    again: repro || `${program} replay ${at}`,
    // What `check` judged, it judged with flags of its own: only they say the same again.
    judge: /^(npx )?faultline check /.test(repro) ? repro : `${program} check ${at}`,
    show: `${program} show ${at}`,
    smaller: folder === '' ? '' : `${program} shrink ${at}`,
  };
}

function clocksOf(value: unknown): ClockTrackRow[] {
  return list(value).flatMap((entry) => {
    const { node, points } = record(entry);
    const read = list(points).flatMap((point): ClockTrackRow['points'] => {
      const [timeNs, offsetNs, errorNs] = list(point).map(number);
      return timeNs == null || offsetNs == null ? [] : [[timeNs, offsetNs, errorNs ?? null]];
    });
    return read.length > 1 ? [{ node: text(node), points: read }] : [];
  });
}
