/**
 * Gates with threshold and value, and what the operations covered: functions by outcome, functions by fault with empty
 * cells marked, keys, and how much company an operation had.
 */
import { messageWords, spreadsOf } from '../../derive/costs.ts';
import { count, counted, percent } from '../../format.ts';
import type { ReportModel } from '../../model.ts';
import { html, type Markup } from '../markup.ts';

/** The section. */
export function coverageSection(model: ReportModel): Markup {
  const { byFunction, errors } = model.counts;
  return html`<section id="coverage"><h2>Gates and coverage</h2><p class="lead">A pass means little when little was tried. Each gate is a condition under which the verdict counts.</p>
${
  model.gates.length > 0 &&
  html`<div class="card scroll"><table><thead><tr><th>gate</th><th>claim</th><th>holds</th><th class="num">value</th><th class="num">threshold</th></tr></thead><tbody>
${model.gates.map((gate) => html`<tr><td><b>${gate.name}</b></td><td class="wide">${gate.claim}${!gate.holds && gate.hint !== '' && html`<br><span class="maybe">${gate.hint}</span>`}</td><td class="${gate.holds ? 'yes' : 'no'}">${gate.holds ? '✓ yes' : '✖ no'}</td><td class="num">${gate.value}</td><td class="num">${gate.threshold}</td></tr>`)}
</tbody></table></div>`
}
<div class="card scroll"><table><thead><tr><th>operation</th><th class="num">ok</th><th class="num">failed</th><th class="num">ambiguous</th><th class="num">total</th></tr></thead><tbody>
${byFunction.map((row) => html`<tr><td class="mono">${row.f}</td><td class="num o-ok">${count(row.ok)}</td><td class="num">${count(row.fail)}</td><td class="num ${row.info > 0 ? 'o-info' : ''}">${count(row.info)}</td><td class="num">${count(row.ok + row.fail + row.info)}</td></tr>`)}
</tbody></table>${byFunction.length === 0 && html`<p class="soft">No client operation was invoked.</p>`}</div>
${matrix(model)}${company(model)}${costs(model)}${
  errors.length > 0 &&
  html`<div class="card scroll"><table><thead><tr><th>error</th><th>meaning</th><th class="num">count</th></tr></thead><tbody>
${errors.slice(0, 30).map((row) => html`<tr><td class="mono">${row.kind}</td><td class="soft">${row.definite ? 'definite: certainly had no effect' : 'ambiguous: may have taken effect'}</td><td class="num">${count(row.count)}</td></tr>`)}
</tbody></table></div>`
}</section>`;
}

/** Functions under kinds of faults; a cell without any operation is a gap in what was tried. */
function matrix({ coverage }: ReportModel): Markup {
  const { functions, underFault, calm } = coverage;
  if (functions.length === 0 || underFault.length === 0) return html``;
  const rows = [...underFault, { fault: 'no fault', counts: calm }];
  const cell = (n: number): Markup =>
    n === 0
      ? html`<td class="num empty"><span class="maybe">none</span></td>`
      : html`<td class="num">${count(n)}</td>`;
  return html`<div class="card scroll"><table><caption>Operations begun while a fault was in force</caption><thead><tr><th>under</th>${functions.map((f) => html`<th class="num mono">${f}</th>`)}</tr></thead><tbody>
${rows.map(({ fault, counts }) => html`<tr><td>${fault}</td>${counts.map(cell)}</tr>`)}</tbody></table></div>`;
}

/** Widths are classes: the policy of the page allows no inline style. */
function company({ coverage, counts }: ReportModel): Markup {
  if (counts.total === 0) return html``;
  const { keys, company: rows } = coverage;
  const most = Math.max(1, ...rows.map((row) => row.count));
  const said =
    keys.count === 0
      ? 'Operations have no keys.'
      : `${counted(keys.count, 'key')}, with ${count(keys.least)} to ${count(keys.most)} operations each, ${count(keys.median)} in the middle.`;
  const bar = (n: number): Markup =>
    html`<svg class="bar-chart" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="o-ok" x="0" y="1" width="${n === 0 ? 0 : Math.max(0.6, (n / most) * 100).toFixed(1)}" height="8"/></svg>`;
  return html`<div class="card scroll"><p>${said}</p><table class="narrow"><caption>How many others on the same key were open when an operation began</caption><thead><tr><th>others</th><th>operations</th><th class="num"></th><th class="num">share</th></tr></thead><tbody>
${rows.map(({ label, count: n }) => html`<tr><td class="nowrap">${label}</td><td>${bar(n)}</td><td class="num">${count(n)}</td><td class="num">${percent(n, counts.total)}</td></tr>`)}</tbody></table></div>`;
}

function costs({ messages, checkers }: ReportModel): Markup {
  const told = [
    ...(messages === null ? [] : [`Messages of the load: ${messageWords(messages)}.`]),
    ...spreadsOf(checkers),
  ];
  return html`${told.map((text) => html`<p class="soft coverage-note">${text}</p>`)}`;
}
