/**
 * Faults with evidence, checkers with their work, the environment: plain tables.
 */
import type { Json } from '../../../harness/op.ts';
import { bytes, count, duration, json, moment, percent } from '../../format.ts';
import type { CheckerRow, FaultEffect, FaultRow, ReportModel } from '../../model.ts';
import { whereOf } from '../../where.ts';
import { html, type Markup } from '../markup.ts';
import { badge } from './badge.ts';
import { byReason } from './by-reason.ts';

/** Every planned fault: when, where, whether it bit, and what clients noticed. */
export function faultSection(model: ReportModel): Markup {
  if (model.faults.length === 0) {
    return html`<section id="faults"><h2>Faults</h2><p class="lead">No fault was planned.</p></section>`;
  }
  return html`<section id="faults"><h2>Faults</h2><p class="lead">What was done to the cluster, the evidence that it took, and what clients noticed: operations that began while it was in force, against those that began under no fault; the longest time without any acknowledgement; and how long after its end the first operation begun since was acknowledged.</p>
<div class="card scroll"><table><thead><tr><th>fault</th><th>where</th><th>in force</th><th>state</th><th>evidence</th><th class="num">not ok</th><th class="num">p99</th><th class="num wrap">longest silence</th><th class="num wrap">back after</th></tr></thead><tbody>
${model.faults.map((fault, at) => faultRow(fault, at))}</tbody></table></div>
${model.skipped.length > 0 && html`<div class="sub">Not possible here</div><ul class="plain">${byReason(model.skipped).map(({ what, why }) => html`<li><span><b>${what.join(', ')}</b>: ${why}</span></li>`)}</ul>`}
</section>`;
}

function faultRow(fault: FaultRow, at: number): Markup {
  // By a script it shows the fault on the timeline; without one it leads to what stands there instead.
  const name =
    fault.fromNs === null
      ? html`<b>${fault.id}</b>`
      : html`<a href="#timeline" data-fault="${at}" title="show on the timeline"><b>${fault.id}</b></a>`;
  const when =
    fault.fromNs === null
      ? html`<span class="soft">planned ${moment(fault.plannedFromNs ?? 0)}</span>`
      : html`${moment(fault.fromNs)}<br>to ${fault.toNs === null ? 'the end' : moment(fault.toNs)}`;
  const state = fault.state === 'installed' ? (fault.undone ? 'undone' : 'not undone') : fault.state;
  const good = fault.state === 'installed' && fault.undone;
  const bit =
    fault.bit === null
      ? ['maybe', 'effect not measured']
      : fault.bit
        ? ['yes', 'took effect']
        : ['no', 'no effect'];
  const evidence = [fault.evidence, fault.undoEvidence].filter(Boolean).join('; ');
  return html`<tr><td class="nowrap"><span class="swatch s${fault.colour % 8}"></span>${name}<br><span class="soft">${fault.label}</span></td><td class="mono">${whereOf(fault)}</td><td class="mono nowrap">${when}</td><td><span class="${good ? '' : 'no'}">${state}</span>${fault.state === 'installed' && html`<br><span class="${bit[0]!}">${bit[1]!}</span>`}</td><td class="wide">${evidence}</td>${effectCells(fault)}</tr>`;
}

function effectCells(fault: FaultRow): Markup {
  const { effect } = fault;
  if (effect === null || effect.ops === 0)
    return html`<td class="num soft">no ops</td><td class="num"></td><td class="num"></td><td class="num"></td>`;
  const share = percent(effect.notOk, effect.ops);
  const calm = percent(effect.baselineNotOk, effect.baselineOps);
  const p99 = (ns: number | null): string => (ns === null ? 'none' : duration(ns));
  return html`<td class="num">${share}<br><span class="soft">calm ${calm}</span></td><td class="num">${p99(effect.p99Ns)}<br><span class="soft">calm ${p99(effect.baselineP99Ns)}</span></td><td class="num">${duration(effect.silenceNs)}</td><td class="num wrap">${back(fault)}${unnoticed(effect) && html`<br><span class="maybe">clients noticed nothing</span>`}</td>`;
}

/** Time from the end of a fault to the first acknowledgement of something begun after it. */
function back({ effect, toNs }: FaultRow): Markup {
  if (toNs === null) return html`<span class="soft">not ended</span>`;
  return effect?.recoveryNs == null
    ? html`<span class="no">never</span>`
    : html`${duration(effect.recoveryNs)}`;
}

/** Neither more refusals nor a longer tail than in calm times, by more than chance does. */
function unnoticed(effect: FaultEffect): boolean {
  if (effect.baselineOps === 0 || effect.baselineP99Ns === null || effect.p99Ns === null) return false;
  const share = effect.notOk / effect.ops;
  const calm = effect.baselineNotOk / effect.baselineOps;
  return share <= calm + 0.01 && effect.p99Ns <= effect.baselineP99Ns * 1.25;
}

/** Every checker: verdict, cost, options, figures, and why it did not decide. */
export function checkerSection(model: ReportModel): Markup {
  if (model.checkers.length === 0) {
    return html`<section id="checkers"><h2>Checkers</h2><p class="lead">No checker ran.</p></section>`;
  }
  return html`<section id="checkers"><h2>Checkers</h2><p class="lead">Each judged the same history on its own.</p>
<div class="card scroll"><table><thead><tr><th>checker</th><th>verdict</th><th class="num">time</th><th class="num">memory</th><th class="num">anomalies</th><th>figures</th><th>options</th></tr></thead><tbody>
${model.checkers.map(checkerRow)}</tbody></table></div></section>`;
}

function checkerRow(checker: CheckerRow): Markup {
  const took = checker.tookMs === null ? '' : duration(checker.tookMs * 1e6);
  return html`<tr><td><b>${checker.name}</b></td><td>${badge(checker.verdict, true)}</td><td class="num">${took}</td><td class="num">${checker.memoryBytes === null ? '' : bytes(checker.memoryBytes)}</td><td class="num">${checker.anomalyCount}</td><td class="wide">${checker.note !== '' && html`<p class="maybe">${checker.note}</p>`}${figures(checker.stats)}</td><td>${figures(checker.options)}</td></tr>`;
}

const FIGURES = 24;

/** Figures by name, one level of nesting written out; the whole as JSON behind a fold when that left some out. */
function figures(from: CheckerRow['stats']): Markup {
  const shown: [string, string][] = [];
  let all = true;
  const add = (name: string, value: Json): void => {
    if (shown.length >= FIGURES || (typeof value === 'object' && value !== null && !Array.isArray(value))) {
      all = false;
      return;
    }
    shown.push([name, figure(value)]);
  };
  for (const [name, value] of Object.entries(from)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [inner, one] of Object.entries(value)) add(`${name}.${inner}`, one);
    } else add(name, value);
  }
  return html`${shown.map(([name, value]) => html`<span class="figure"><span class="soft">${name}</span> ${value}</span> `)}${!all && html`<details><summary class="soft">all figures</summary><pre class="log">${JSON.stringify(from, null, 1).slice(0, 20_000)}</pre></details>`}`;
}

function figure(value: Json): string {
  if (typeof value === 'number')
    return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));
  return typeof value === 'string' ? value : json(value, 120);
}

/** Every value of the configuration and who said it; what somebody chose comes first, defaults behind a fold. */
function configuration({ configuration: rows }: ReportModel): Markup | false {
  if (rows.length === 0) return false;
  const [chosen, left] = [
    rows.filter((row) => !DEFAULTS.has(row.from)),
    rows.filter((row) => DEFAULTS.has(row.from)),
  ];
  const table = (of: typeof rows): Markup =>
    html`<div class="scroll"><table><thead><tr><th>value</th><th>is</th><th>said by</th></tr></thead><tbody>${of.map((row) => html`<tr><td class="mono nowrap">${row.name}</td><td class="mono wide">${row.value}</td><td class="said">${row.origin}</td></tr>`)}</tbody></table></div>`;
  return html`<div class="sub">Configuration</div><div class="card">${chosen.length > 0 && table(chosen)}${left.length > 0 && html`<details><summary class="soft">${count(left.length)} values nobody chose: defaults</summary>${table(left)}</details>`}</div>`;
}

const DEFAULTS: ReadonlySet<string> = new Set(['default', 'system', 'workload']);

/** Machine, versions, stages. */
export function environmentSection(model: ReportModel): Markup {
  const pairs = [
    ...model.environment,
    ...byReason(model.skipped).map(({ what, why }) => ({
      name: 'not possible',
      value: `${what.join(', ')}: ${why}`,
    })),
    { name: 'command', value: model.command },
    { name: 'run folder', value: model.folder },
    ...model.stages.map((stage) => ({
      name: stage.name,
      value: `${moment(stage.fromNs)} to ${moment(stage.toNs)} (${duration(stage.toNs - stage.fromNs)})`,
    })),
  ].filter((row) => row.value !== '');
  return html`<section id="environment"><h2>Environment</h2><div class="card"><dl class="pairs">${pairs.map((row) => html`<dt>${row.name}</dt><dd class="mono">${row.value}</dd>`)}</dl></div>${configuration(model)}</section>`;
}
