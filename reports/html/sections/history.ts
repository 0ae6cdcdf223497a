/**
 * The other runs of this name: a strip of their verdicts for the first screen, a table with links, and the place where
 * a second run can be dropped to be compared with this one.
 */
import { count, duration, percent } from '../../format.ts';
import type { ReportModel, Sibling } from '../../model.ts';
import { GLYPH } from '../../terminal/style.ts';
import { html, type Markup } from '../markup.ts';
import { badge } from './badge.ts';

/** One sign per run, the oldest at the left; nothing where this is the only one. */
export function trendStrip({ siblings }: ReportModel): Markup {
  if (siblings.length < 2) return html``;
  const at = siblings.findIndex(({ own }) => own);
  const link = (other: Sibling | undefined, words: string): Markup =>
    other === undefined
      ? html``
      : html`<a href="${addressOf(other)}" title="${other.started.slice(0, 19)}">${words}</a>`;
  return html`<p class="trend"><span class="soft">runs of this name</span> <span class="strip-of-runs">${siblings.map((one) => html`<span class="run-sign r-${one.verdict ?? 'none'}${one.own ? ' own' : ''}" title="${one.started.slice(0, 19).replace('T', ' ')} ${one.verdict ?? 'no verdict'}">${one.verdict === null ? '·' : GLYPH[one.verdict]}</span>`)}</span> ${link(siblings[at - 1], 'previous')} ${link(siblings[at + 1], 'next')} <span class="soft">${newsOf(siblings, at)}</span></p>`;
}

/** Whether this verdict is new. */
export function newsOf(siblings: readonly Sibling[], at: number): string {
  const own = siblings[at]?.verdict ?? null;
  const before = siblings.slice(0, Math.max(0, at)).flatMap(({ verdict }) => verdict ?? []);
  if (own === null || before.length === 0) return '';
  const other = before.length - 1 - before.findLastIndex((verdict) => verdict !== own);
  const same = before.every((verdict) => verdict === own) ? before.length : other;
  if (same === 0) return `new: the run before ended ${before.at(-1)}`;
  return same === before.length ? `as all ${count(same + 1)}` : `the ${ordinal(same + 1)} in a row`;
}

function ordinal(n: number): string {
  const ends = ['th', 'st', 'nd', 'rd'];
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${teen ? 'th' : (ends[n % 10] ?? 'th')}`;
}

function addressOf({ id }: Sibling): string {
  return `../${encodeURIComponent(id)}/report.html`;
}

/** The section: the table, and a place to compare. */
export function historySection(model: ReportModel): Markup {
  const { siblings } = model;
  const table =
    siblings.length < 2
      ? html`<p class="lead">No other run of this name lies beside this one.</p>`
      : html`<p class="lead">Runs of the same name in the same folder, newest first. Links work where this page still lies beside them.</p>
<div class="card scroll"><table><thead><tr><th>started</th><th>verdict</th><th>seed</th><th>commit</th><th class="num">operations</th><th class="num">ok</th><th class="num">p99</th><th class="num">took</th><th>sentence</th></tr></thead><tbody>
${[...siblings].reverse().map(row)}</tbody></table></div>`;
  return html`<section id="history"><h2>History and compare</h2>${table}
<div class="needs-js compare card" id="compare-drop"><p><b>Compare</b> with another run: drop its verdict.json here, or <label class="linklike" for="compare-file">choose it</label><input class="visually-hidden" type="file" id="compare-file" accept=".json,application/json">. Nothing leaves this page.</p><div id="compare-result" aria-live="polite"></div></div>
<p class="soft">On the command line: <code>faultline diff</code> also says where two runs of one seed part.</p></section>`;
}

function row(one: Sibling): Markup {
  const name = one.started.slice(0, 19).replace('T', ' ') || one.id;
  const ms = (value: number | null): string => (value === null ? '' : duration(value * 1e6));
  return html`<tr class="${one.own ? 'own' : ''}"><td class="nowrap">${one.own ? html`<b>${name}</b> <span class="soft">this run</span>` : html`<a href="${addressOf(one)}">${name}</a>`}</td><td>${one.verdict === null ? html`<span class="soft">none</span>` : badge(one.verdict, true)}</td><td class="mono">${one.seed}</td><td class="mono">${one.commit}</td><td class="num">${one.operations === null ? '' : count(one.operations)}</td><td class="num">${one.operations === null || one.ok === null ? '' : percent(one.ok, one.operations)}</td><td class="num">${ms(one.p99Ms)}</td><td class="num nowrap">${ms(one.durationMs)}</td><td class="wide soft">${one.sentence}</td></tr>`;
}
