/**
 * The first screen: what happened, to what, under which seed, and the command that makes it happen again.
 */

import { kindsUntested } from '../../derive/untested.ts';
import { count, duration, percent } from '../../format.ts';
import type { ReportModel } from '../../model.ts';
import { html, type Markup } from '../markup.ts';
import { badge } from './badge.ts';
import { byReason } from './by-reason.ts';
import { trendStrip } from './history.ts';

/** The section. */
export function verdictSection(model: ReportModel): Markup {
  const commit = model.environment.find((row) => row.name === 'commit')?.value;
  return html`<section class="verdict" id="verdict" aria-label="Verdict">
${badge(model.verdict)}
<h1>${model.sentence}</h1>
<p class="facts"><span>run <b>${model.name}</b></span><span>system <b>${model.system}</b>${model.bugs.length > 0 && html` with ${model.bugs.join(', ')}`}</span>
<span>workload <b>${model.workload}</b></span><span><b>${model.nodes.length}</b> nodes${model.backend !== '' && html` on <b>${model.backend}</b>`}</span>
<span>seed <b class="mono">${model.seed}</b></span>${commit !== undefined && html`<span>commit <b class="mono">${commit}</b></span>`}
${model.startedAt !== '' && html`<span>${model.startedAt.slice(0, 19).replace('T', ' ')} UTC</span>`}</p>
${trendStrip(model)}${notes(model)}${tiles(model)}
${!(model.history.length > 0 && model.commands.again === model.commands.judge) && command('again', model.commands.again)}${model.history.length > 0 && command('judge', model.commands.judge)}${model.verdict === 'fail' && model.commands.smaller !== '' && command('smaller', model.commands.smaller)}${untested(model)}
${model.problems.length > 0 && html`<ul class="problems" aria-label="Notes">${model.problems.map((problem) => html`<li>${problem}</li>`)}</ul>`}
</section>`;
}

/** A pass says what it does not say. */
function untested(model: ReportModel): Markup {
  if (model.verdict !== 'pass') return html``;
  const never = model.faults.filter(({ state }) => state !== 'installed').map(({ id }) => id);
  const idle = model.faults
    .filter(({ state, bit }) => state === 'installed' && bit === false)
    .map(({ id }) => id);
  const empty = model.coverage.underFault.flatMap(({ fault, counts }) =>
    model.coverage.functions.filter((_, f) => counts[f] === 0).map((f) => `${f} under ${fault}`),
  );
  const kinds = kindsUntested(model);
  const lines = [
    ...(model.faults.length === 0 ? ['any fault: none was planned'] : []),
    ...(model.faults.length > 0 && kinds.length > 0 ? [kinds.join(', ')] : []),
    ...(never.length > 0 ? [`${never.join(', ')}: planned, and never in force`] : []),
    ...(idle.length > 0 ? [`${idle.join(', ')}: in force, and without any effect`] : []),
    ...(empty.length > 0 ? [empty.join(', ')] : []),
    ...byReason(model.skipped.map((row) => ({ ...row, fix: '' })))
      .slice(0, 6)
      .map(({ what, why }) => `${what.join(', ')}: ${why}`),
  ];
  if (lines.length === 0) return html``;
  return html`<div class="sub">Not tested</div><ul class="plain soft">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function notes(model: ReportModel): Markup {
  const lines: Markup[] = [];
  if (model.expected !== null) {
    const met = model.expected === model.verdict;
    lines.push(
      html`<p class="facts ${met ? 'yes' : 'no'}">${met ? `This outcome was expected: ${model.expected}.` : `Expected ${model.expected}, got ${model.verdict}.`}</p>`,
    );
  }
  if (model.interrupted)
    lines.push(html`<p class="facts maybe">The run was interrupted; what there was has been judged.</p>`);
  for (const reason of model.reasons.slice(1)) {
    lines.push(html`<p class="facts">${badge(reason.verdict, true)} ${reason.sentence}</p>`);
  }
  return html`${lines}`;
}

function tiles(model: ReportModel): Markup {
  const { counts, faults, checkers } = model;
  const fired = faults.filter((fault) => fault.state === 'installed').length;
  const agreed = checkers.filter((checker) => checker.verdict === 'pass').length;
  const rows: [string, string][] = [
    [count(counts.total), 'operations'],
    [percent(counts.ok, counts.total), 'ok'],
    [count(counts.info + counts.open), 'ambiguous'],
    [duration(model.durationNs), 'duration'],
    [`${fired} of ${faults.length}`, 'faults fired'],
    [`${agreed} of ${checkers.length}`, 'checkers pass'],
    ...messageTile(model),
  ];
  return html`<div class="tiles">${rows.map(([value, name]) => html`<div class="tile"><b>${value}</b><span>${name}</span></div>`)}</div>`;
}

/** What one operation cost between servers. */
function messageTile({ messages }: ReportModel): [string, string][] {
  const each = messages?.serversPerOp ?? null;
  return each === null ? [] : [[each.toFixed(2), 'server messages an operation']];
}

function command(what: string, text: string): Markup {
  return html`<div class="command"><span class="what">${what}</span><code>${text}</code><button type="button" class="button copy" data-copy>copy</button></div>`;
}
