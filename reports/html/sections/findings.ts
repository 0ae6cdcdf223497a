/**
 * What went wrong: one card per class of anomaly, the smallest witness first and in full, the others folded.
 */
import { count, counted, json, moment, OUTCOME_WORD, operation } from '../../format.ts';
import { markdown } from '../../markdown.ts';
import type { FaultRow, Finding, ReportModel } from '../../model.ts';
import { number, record } from '../../read-json.ts';
import { leaderClaims } from '../../split-brain.ts';
import { whereOf } from '../../where.ts';
import { cycleEdges, cycleFigure } from '../figure-cycle.ts';
import { leaderFigure } from '../figure-leaders.ts';
import { opsFigure } from '../figure-ops.ts';
import { html, type Markup } from '../markup.ts';
import { sidesPart } from './leaders.ts';
import { modelsPart } from './models.ts';

/** Further findings of a class shown in full, of few classes and of many; the rest by sentence. */
const IN_FULL = { few: 3, many: 0 };
const FEW_CLASSES = 4;
/** Faults listed under a finding before the rest is folded. */
const FAULTS = 4;

/** The section, or nothing when nothing went wrong. */
export function findingsSection(model: ReportModel): Markup {
  if (model.findings.length === 0) return html``;
  const classes = new Map<string, Finding[]>();
  for (const finding of model.findings) {
    const name = `${finding.checker}/${finding.anomaly.kind}`;
    const group = classes.get(name);
    if (group === undefined) classes.set(name, [finding]);
    else group.push(finding);
  }
  return html`<section id="wrong"><h2>What went wrong</h2>
<p class="lead">One card per kind of anomaly, its smallest witness first.</p>
${[...classes.values()].map((group) => card(model, group, classes.size <= FEW_CLASSES ? IN_FULL.few : IN_FULL.many))}
<template id="markdown">${markdown(model)}</template><template id="for-agent">${forAgent(model)}</template></section>`;
}

function card(model: ReportModel, group: readonly Finding[], inAll: number): Markup {
  const [first, ...others] = group;
  const { anomaly, checker } = first!;
  const total = totalOf(model, first!, group.length);
  const unkept = total - group.length;
  return html`<article class="card bad">
<div class="card-head"><span class="kind">${anomaly.kind}</span><span class="soft">${anomaly.certainty}, found by ${checker}${total > 1 && `, ${count(total)} times`}</span><span class="grow"></span>
${buttons(model, first!)}<button type="button" class="button copy" data-copy-template="markdown">copy as Markdown</button><button type="button" class="button copy" data-copy-template="for-agent">copy for an agent</button></div>
${inFull(model, first!)}
${others.length > 0 && html`<details class="more"><summary>${counted(others.length, 'more of this kind', 'more of this kind')}${unkept > 0 && ` here; ${count(unkept)} were only counted`}</summary>${others.map((finding, i) => (i < inAll ? html`<div class="sub">${moment(finding.fromNs)}</div>${buttons(model, finding)}${inFull(model, finding)}` : html`<p>${finding.anomaly.sentence} ${timelineButton(model, finding)}</p>`))}</details>`}
</article>`;
}

/** How many of a kind its checker counted: by kind where it says so, or all there were when it found no other kind. */
function totalOf(model: ReportModel, { anomaly, checker }: Finding, kept: number): number {
  const row = model.checkers.find((one) => one.name === checker);
  const told = number(record(row?.stats['anomalies'])[anomaly.kind]);
  const alone = model.findings.every((one) => one.checker !== checker || one.anomaly.kind === anomaly.kind);
  return Math.max(told ?? (alone ? (row?.anomalyCount ?? 0) : 0), kept);
}

/** The finding with where everything lies and how to go on: for whoever looks for the cause. */
function forAgent(model: ReportModel): string {
  const bugs = model.bugs.length > 0 ? ` (bug switches: ${model.bugs.join(', ')})` : '';
  return `${markdown(model)}
Find out why ${model.system}${bugs} did this. The run is in ${model.folder || 'the folder of this report'}:
history.jsonl has one line per operation half, plan.json what was planned, verdict.json all anomalies, logs/ what nodes
printed${model.messageLog === null ? '' : ', messages.jsonl every message'}. Numbers of operations above are line indexes of history.jsonl.

- again: ${model.commands.again}
- judge the same history: ${model.commands.judge}
${model.commands.smaller === '' ? '' : `- a smaller case: ${model.commands.smaller}\n`}${model.messageLog === null ? '' : `- messages around it: ${model.commands.show} --text\n`}`;
}

function timelineButton(model: ReportModel, finding: Finding): Markup {
  return html`<button type="button" class="button copy" data-finding="${model.findings.indexOf(finding)}">show on timeline</button>`;
}

function buttons(model: ReportModel, finding: Finding): Markup {
  const number = model.findings.indexOf(finding);
  return html`<button type="button" class="button copy" data-finding="${number}">show on timeline</button><button type="button" class="button copy" data-fixture="${number}" title="The operations of this witness as a history that faultline check reads">copy as test</button>`;
}

function inFull(model: ReportModel, finding: Finding): Markup {
  const { anomaly } = finding;
  const claims = leaderClaims(finding);
  // The headline of the page is not said twice.
  return html`${anomaly.sentence !== model.sentence && html`<p class="sentence">${anomaly.sentence}</p>`}
${cycleFigure(finding)}${leaderFigure(model, finding) ?? opsFigure(model, finding)}
${claims.length > 0 && html`<div class="sub">Who led</div><ul class="plain">${claims.map((claim) => html`<li><span>${claim}</span></li>`)}</ul>`}
${claims.length > 0 && sidesPart(model, finding)}${because(finding)}
${modelsPart(model, finding)}
${during(model, finding)}
${finding.ops.length > 0 && witness(finding)}`;
}

/** The argument: for a circle a chain of "before, because", for everything else the steps of the checker. */
function because(finding: Finding): Markup {
  const edges = cycleEdges(finding);
  const told = new Set(edges.map((edge) => edge.because));
  // What falls is said by its own part.
  const steps = finding.anomaly.steps.filter(
    ({ text }) => text !== '' && !told.has(text) && !text.startsWith('Of all models the weakest'),
  );
  if (edges.length + steps.length === 0) return html``;
  const chain = edges.map(
    (edge) =>
      html`<li><span><b>${edge.from}</b> before <b>${edge.to}</b> <span class="tag">${edge.kind}</span> because ${edge.because}</span></li>`,
  );
  return html`<div class="sub">Why this cannot be</div><ol class="because">${chain}${steps.map((step) => html`<li><span>${step.text}</span></li>`)}</ol>`;
}

function during(model: ReportModel, finding: Finding): Markup {
  const faults = finding.during.flatMap((id) => model.faults.find((fault) => fault.id === id) ?? []);
  if (faults.length === 0)
    return html`<div class="sub">Under which fault</div><p>None was injected at that time.</p>`;
  const line = (fault: FaultRow): Markup =>
    html`<p><span class="swatch s${fault.colour % 8}"></span><b>${fault.id}</b> ${fault.label}: ${whereOf(fault)} ${since(fault, finding)}</p>`;
  const rest = faults.slice(FAULTS);
  return html`<div class="sub">Under which fault</div>${faults.slice(0, FAULTS).map(line)}${rest.length > 0 && html`<details><summary>${counted(rest.length, 'more fault', 'more faults')} meanwhile: ${byKind(rest)}</summary>${rest.map(line)}</details>`}`;
}

/** `12 kill, 14 partition`. */
function byKind(faults: readonly FaultRow[]): string {
  const kinds = new Map<string, number>();
  for (const { fault } of faults) kinds.set(fault, (kinds.get(fault) ?? 0) + 1);
  return [...kinds].map(([kind, n]) => `${count(n)} ${kind}`).join(', ');
}

function since(fault: FaultRow, finding: Finding): Markup {
  const to = fault.toNs === null ? 'the end' : moment(fault.toNs);
  const after = finding.fromNs - fault.fromNs!;
  const when =
    after < 0 ? 'it began meanwhile' : `the anomaly begins ${Number((after / 1e9).toFixed(2))} s after it`;
  return html`<span class="soft">in force ${moment(fault.fromNs!)} to ${to}; ${when}</span>`;
}

/** The operations of a witness as a table. */
function witness({ ops, more }: Finding): Markup {
  const hasKeys = ops.some((op) => op.key !== undefined);
  return html`<div class="sub">Witness</div><div class="scroll"><table><thead><tr><th>op</th><th>invoked</th><th>answered</th><th>process</th><th>node</th>${hasKeys && html`<th>key</th>`}<th>operation</th><th>outcome</th></tr></thead><tbody>
${ops.map((op) => html`<tr><td class="mono nowrap"><a href="#op=${op.index}">${op.index}</a></td><td class="mono nowrap">${moment(op.fromNs)}</td><td class="mono nowrap">${op.toNs === null ? 'never' : moment(op.toNs)}</td><td>${op.process}</td><td>${op.node ?? ''}</td>${hasKeys && html`<td class="mono">${op.key === undefined ? '' : json(op.key, 200)}</td>`}<td class="mono wide">${operation(op, 2000)}</td><td class="o-${op.outcome}">${OUTCOME_WORD[op.outcome]}${op.error !== '' && ` (${op.error})`}</td></tr>`)}
</tbody></table></div>${more > 0 && html`<p class="soft">${counted(more, 'more operation', 'more operations')} of the witness: <code>verdict.json</code> names all.</p>`}`;
}
