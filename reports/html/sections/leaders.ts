/**
 * Who led: the whole run as a drawing that needs no scripts, and one row per reign with who followed, what writes it
 * acknowledged, and which of them are gone.
 */
import type { Json } from '../../../harness/op.ts';
import { count, counted, duration, json, moment } from '../../format.ts';
import type { Finding, Reign, ReportModel } from '../../model.ts';
import { claimsOf } from '../../split-brain.ts';
import { reignFigure } from '../figure-leaders.ts';
import { html, type Markup } from '../markup.ts';

/** Most reigns in the table: those with a second leader or lost writes come first. */
const ROWS = 60;

/** The section; nothing where nobody was asked who leads. */
export function leaderSection(model: ReportModel): Markup {
  if (model.beliefs.length === 0) return html``;
  const { reigns } = model;
  const telling = (one: Reign): number => Number(one.lost > 0) * 2 + Number(one.besides.length > 0);
  const shown = new Set([...reigns].sort((a, b) => telling(b) - telling(a)).slice(0, ROWS));
  const rows = reigns.filter((reign) => shown.has(reign));
  const hasTerms = rows.some(({ term }) => term !== null);
  return html`<section id="leaders"><h2>Leaders</h2><p class="lead">Who said that it leads, in which term, whom the others followed, and which writes each side acknowledged. ${togetherWords(model)}</p>
<div class="card">${reignFigure(model)}</div>
${
  rows.length > 0
    ? html`<div class="card scroll"><table><thead><tr><th>leader</th>${hasTerms && html`<th class="num">term</th>`}<th>led</th><th class="num">for</th><th>followed by</th><th>led too</th><th class="num">writes acknowledged</th><th class="num">gone</th></tr></thead><tbody>${rows.map((reign) => reignRow(reign, hasTerms))}</tbody></table>${reigns.length > rows.length && html`<p class="soft">${counted(reigns.length - rows.length, 'more reign')} without a second leader or a lost write.</p>`}</div>`
    : html`<p>Nobody ever said that it leads.</p>`
}</section>`;
}

function togetherWords(model: ReportModel): string {
  const { overlaps } = model;
  if (overlaps.length === 0) return 'Never did two nodes certainly lead at once.';
  const longest = Math.max(...overlaps.map(({ fromNs, toNs }) => toNs - fromNs));
  const terms = overlaps.every(({ leaders }) => {
    const all = leaders.map(({ term }) => term);
    return !all.includes(null) && new Set(all).size === all.length;
  });
  const how = terms
    ? ' Each led in a term of its own: that is no violation by itself where only the newest term can commit.'
    : '';
  return `${overlaps.length === 1 ? 'Once' : `${count(overlaps.length)} times`} two or more certainly led at once, for ${duration(longest)} at most.${how}`;
}

function reignRow(reign: Reign, hasTerms: boolean): Markup {
  const bad = reign.besides.length > 0;
  return html`<tr><td class="mono"><b>${reign.node}</b></td>${hasTerms && html`<td class="num">${reign.term ?? ''}</td>`}<td class="mono nowrap">${moment(reign.fromNs)} to ${moment(reign.toNs)}</td><td class="num">${duration(reign.toNs - reign.fromNs)}</td><td class="mono">${reign.followers.join(' ') || html`<span class="soft">nobody</span>`}</td><td class="mono ${bad ? 'no' : ''}">${reign.besides.join(' ')}</td><td class="num">${count(reign.writes)}</td><td class="num">${goneCell(reign)}</td></tr>`;
}

function goneCell({ writes, judged, lost }: Reign): Markup {
  if (writes === 0) return html``;
  if (judged === 0) return html`<span class="soft">not read</span>`;
  return lost === 0
    ? html`<span class="yes">none</span>`
    : html`<span class="no">${count(lost)} of ${count(judged)}</span>`;
}

/** For the card of a split brain: what each side took, and which of it the end no longer had. */
export function sidesPart(model: ReportModel, finding: Finding): Markup {
  const claims = claimsOf(finding);
  const sides = claims.flatMap((claim) => {
    const reign = model.reigns.find(
      (one) =>
        one.node === claim.node &&
        (claim.term === null || one.term === null || one.term === claim.term) &&
        one.fromNs <= finding.toNs &&
        one.toNs >= finding.fromNs,
    );
    // The stretch it certainly led, as the sentences say it; what it took counts from a little before to a little after.
    const [fromNs, toNs] = [claim.fromNs ?? reign?.fromNs, claim.toNs ?? reign?.toNs];
    return reign === undefined ? [] : [{ claim, reign, fromNs: fromNs!, toNs: toNs! }];
  });
  if (sides.length === 0) return html``;
  const hasTerms = sides.some(({ claim }) => claim.term !== null);
  return html`<div class="sub">What each side took</div><div class="scroll"><table><thead><tr><th>side</th>${hasTerms && html`<th class="num">term</th>`}<th>led</th><th class="num">writes while both led</th><th>values</th><th>gone, of all it acknowledged</th></tr></thead><tbody>
${sides.map(({ claim, reign, fromNs, toNs }) => html`<tr><td class="mono nowrap"><b>${claim.node}</b> ${claim.followers.join(' ')}</td>${hasTerms && html`<td class="num">${claim.term ?? ''}</td>`}<td class="mono nowrap">${moment(fromNs)} to ${moment(toNs)}</td><td class="num">${count(claim.commandCount)}</td><td class="mono wide">${values(claim.commands, claim.commandCount)}</td><td class="wide">${gone(reign)}</td></tr>`)}
</tbody></table></div>`;
}

function values(all: readonly Json[], total: number): Markup {
  const first = all.slice(0, 12).map((value) => json(value, 24));
  return html`${first.join(' ')}${total > first.length && html` <span class="soft">and ${count(total - first.length)} more</span>`}`;
}

function gone(reign: Reign): Markup {
  if (reign.writes === 0) return html`<span class="soft">it acknowledged none</span>`;
  if (reign.judged === 0)
    return html`<span class="soft">unknown: nothing that was read later shows these writes</span>`;
  if (reign.lost === 0) return html`<span class="yes">none of ${count(reign.judged)}</span>`;
  const first = reign.lostValues.slice(0, 12).map((value) => json(value, 24));
  const rest = reign.lostValues.slice(12).map((value) => json(value, 24));
  const unlisted = reign.lost - reign.lostValues.length;
  return html`<b class="no">${count(reign.lost)} of ${count(reign.judged)}</b> <span class="mono">${first.join(' ')}</span>${rest.length > 0 && html`<details><summary class="soft">all that are gone</summary><p class="mono">${rest.join(' ')}${unlisted > 0 && ` and ${count(unlisted)} more`}</p></details>`}`;
}
