/**
 * ReportModel -> one self-contained report.html. Order in the file: everything readable without scripts, the
 * overview, the application, the blocks of operations; so the first paint never waits for data. The content
 * security policy allows exactly the inline style and the inline script written here, and no network at all.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { deflateRawSync } from 'node:zlib';
import { count } from '../format.ts';
import type { ReportModel } from '../model.ts';
import { bundledScript } from './bundled.ts';
import { encodeTable } from './codec.ts';
import { fitRows, PAGE_BYTES } from './fit.ts';
import { makeOverview } from './make-overview.ts';
import { html, type Markup, scriptJson } from './markup.ts';
import { MESSAGE_COLUMNS, MESSAGE_GROWING } from './message-columns.ts';
import { messageRows } from './message-rows.ts';
import { ROW_LIMIT, type Rows } from './rows.ts';
import { badge } from './sections/badge.ts';
import { clockSection } from './sections/clocks.ts';
import { coverageSection } from './sections/coverage.ts';
import { findingsSection } from './sections/findings.ts';
import { historySection } from './sections/history.ts';
import { timelineSection } from './sections/interactive.ts';
import { leaderSection } from './sections/leaders.ts';
import { logSection } from './sections/logs.ts';
import { messageSection } from './sections/messages.ts';
import { checkerSection, environmentSection, faultSection } from './sections/tables.ts';
import { verdictSection } from './sections/verdict.ts';
import { splitOverview } from './split-overview.ts';
import { APP } from './style/app.ts';
import { FIGURES } from './style/figures.ts';
import { PAGE } from './style/page.ts';
import { TOKENS } from './style/tokens.ts';
import { summaryOf } from './summary.ts';

/** Writes the report of a model to a file; returns its size in bytes. O(n), streaming. */
export async function writeHtmlReport(model: ReportModel, path: string): Promise<number> {
  let bytes = 0;
  const pieces = function* (): Generator<Buffer> {
    for (const piece of htmlReport(model)) {
      const buffer = Buffer.from(piece, 'utf8');
      bytes += buffer.length;
      yield buffer;
    }
  };
  await pipeline(Readable.from(pieces()), createWriteStream(path));
  return bytes;
}

/** How large a page may become. */
export interface PageLimits {
  /** Most operations. */
  rows?: number;
  /** Most bytes. */
  bytes?: number;
}

/** The report in pieces, in order; of more operations than fit a sample, which is said on the first screen. */
export function* htmlReport(whole: ReportModel, limits: PageLimits = {}): Generator<string> {
  const style = TOKENS + PAGE + FIGURES + APP;
  const script = bundledScript('reports/html/app.js');
  const rest = messageBlock(whole) + logBlock(whole) + jsonBlock('own-summary', summaryOf(whole));
  const top = head(whole, style, script);
  const around = Buffer.byteLength(top + script + rest + body(whole, 0).text) + SLACK_BYTES;
  const { rows, blocks } = fitRows(whole, limits.rows ?? ROW_LIMIT, (some) => {
    const { first, rest } = overviewBlocks(whole, some);
    return (limits.bytes ?? PAGE_BYTES) - around - Buffer.byteLength(first + rest);
  });
  const model =
    rows.total > rows.count
      ? { ...whole, problems: [...whole.problems, sampleWords(rows, whole.commands.show)] }
      : whole;
  yield top;
  yield body(model, rows.total).text;
  const overview = overviewBlocks(model, rows);
  yield overview.first;
  yield `<script>${script}</script>\n`;
  for (const { rows: count, columns, texts } of blocks)
    yield `<script type="application/octet-stream" class="rows" data-rows="${count}">${columns.toString('base64')} ${texts.toString('base64')}</script>\n`;
  yield overview.rest;
  yield rest;
  yield '</body></html>\n';
}

/** For the words about a sample and the ends of elements. */
const SLACK_BYTES = 4000;

/** What is read before the first picture, and what of it did not fit there. */
function overviewBlocks(model: ReportModel, rows: Rows): { first: string; rest: string } {
  const { first, rest } = splitOverview(makeOverview(model, rows));
  return {
    first: `<script type="application/json" id="overview">${scriptJson(first)}</script>\n`,
    rest: rest === null ? '' : jsonBlock('overview-rest', rest),
  };
}

/** Never silently: what is missing, and where it is. */
function sampleWords({ count: shown, total }: Rows, show: string): string {
  return (
    `this page holds ${count(shown)} of ${count(total)} operations: all of anomalies, those around them and around the edges ` +
    'of faults, and an even sample of the whole run, of which latencies and errors are drawn; the verdict, all counts and ' +
    `the strip of the whole run are of every one. Every one of a stretch: ${show} --ops --from 2s --to 3s`
  );
}

function head(model: ReportModel, style: string, script: string): string {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const title = `${model.verdict.toUpperCase()} ${model.name}, seed ${model.seed}`;
  // Who reads only the beginning of a file still learns what happened, and how to have it again.
  const summary = `${model.verdict.toUpperCase()}: ${model.sentence} Again: ${model.commands.again}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="generator" content="faultline">
${html`<title>${title}</title>`.text}
${html`<meta name="description" content="${summary}">`.text}
<style>${style}</style></head>
`;
}

/** A source of a content security policy: the hash of an inline element's text. */
export function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}

function body(model: ReportModel, operations: number): Markup {
  const counts: Record<string, number> = {
    wrong: model.findings.length,
    faults: model.faults.length,
    checkers: model.checkers.length,
    operations,
  };
  const entries: [string, string][] = [
    ['verdict', 'Verdict'],
    ...(model.findings.length > 0 ? [['wrong', 'What went wrong'] as [string, string]] : []),
    ...(model.beliefs.length > 0 ? [['leaders', 'Leaders'] as [string, string]] : []),
    ['timeline', 'Timeline'],
    ['latency', 'Latency'],
    ['operations', 'Operations'],
    ['messages', 'Messages'],
    ['faults', 'Faults'],
    ['checkers', 'Checkers'],
    ['coverage', 'Gates and coverage'],
    ...(model.clocks.length > 0 ? [['clocks', 'Clocks'] as [string, string]] : []),
    ...(model.logs.length > 0 ? [['logs', 'Logs'] as [string, string]] : []),
    ['environment', 'Environment'],
    ['history', 'History and compare'],
  ];
  return html`<body><a class="skip" href="#verdict">Skip to the verdict</a>
<header class="bar"><span class="brand">faultline</span>${badge(model.verdict, true)}<span class="name"><b>${model.name}</b> ${model.system} × ${model.workload}, seed ${model.seed}</span>
<button type="button" class="button copy" id="theme">theme</button><button type="button" class="button copy" id="help-open" aria-label="Keys">?</button></header>
<div class="layout"><nav aria-label="Sections"><ol>${entries.map(([id, name]) => html`<li><a href="#${id}">${name}${counts[id] !== undefined && html`<span class="n">${counts[id]}</span>`}</a></li>`)}</ol></nav>
<main>${verdictSection(model)}${findingsSection(model)}${leaderSection(model)}${timelineSection()}${messageSection(model)}${faultSection(model)}${checkerSection(model)}${coverageSection(model)}${clockSection(model)}${logSection(model)}${environmentSection(model)}${historySection(model)}
<footer>Written by faultline. This page is one file without any network access; the run folder beside it has the whole history.</footer></main></div>
`;
}

/** The block of messages, with its dictionaries; nothing where nobody saw any. */
function messageBlock(model: ReportModel): string {
  const rows = messageRows(model);
  if (rows === null) return '';
  const bytes = encodeTable(MESSAGE_COLUMNS, MESSAGE_GROWING, rows.columns, 0, rows.count);
  const about = Buffer.from(JSON.stringify(rows.about), 'utf8');
  const [columns, words] = [bytes, about].map((part) =>
    deflateRawSync(part, { level: 6 }).toString('base64'),
  );
  return `<script type="application/octet-stream" class="messages" data-rows="${rows.count}">${columns} ${words}</script>\n`;
}

/** Lines of logs that carry a time. */
function logBlock(model: ReportModel): string {
  return jsonBlock(
    'log-lines',
    model.logLines.map(({ atNs, ...line }) => [
      Math.floor(atNs / 1000),
      line.node,
      line.path,
      line.number,
      line.crash ? 1 : 0,
      line.text,
    ]),
  );
}

/** A small block of JSON that is read when it is looked at. */
function jsonBlock(id: string, value: unknown): string {
  const bytes = deflateRawSync(Buffer.from(JSON.stringify(value), 'utf8')).toString('base64');
  return `<script type="application/octet-stream" id="${id}">${bytes}</script>\n`;
}
