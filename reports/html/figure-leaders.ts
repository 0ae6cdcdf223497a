/**
 * The drawing of a split brain: one lane per node, the sides of the partition together with the cut between
 * them; who led in which term, who followed whom, the commands each leader accepted, and the stretch in which
 * two led at once.
 */
import { OK } from '../../harness/history/history.ts';
import { eachInvocation } from '../derive/operations.ts';
import { isWrite } from '../derive/reigns.ts';
import type { BeliefSpan, FaultRow, Finding, ReportModel } from '../model.ts';
import { record, text } from '../read-json.ts';
import { claimsOf } from '../split-brain.ts';
import {
  bands,
  barWidth,
  GUTTER,
  HEAD,
  lengthText,
  type Scale,
  scaleOf,
  ticks,
  WIDTH,
} from './figure-axis.ts';
import { html, type Markup } from './markup.ts';

const LANE = 36;
/** Room under the lanes for the words about the overlap. */
const FOOT = 24;

/** The figure, or null when the finding is not about leaders. */
export function leaderFigure(model: ReportModel, finding: Finding): Markup | null {
  const claims = claimsOf(finding);
  if (claims.length < 2 || model.beliefs.length === 0) return null;
  const during = model.faults.filter((fault) => finding.during.includes(fault.id));
  const sides = sidesOf(model, during);
  const nodes = sides.flat();
  const scale = scaleOf(model, finding);
  const height = HEAD + nodes.length * LANE + FOOT;
  const yOf = new Map(nodes.map((node, i) => [node, HEAD + i * LANE + LANE / 2]));
  const terms = reignColours(model);
  const drawn = model.beliefs.filter((span) => span.toNs >= scale.fromNs && span.fromNs <= scale.toNs);
  const names = claims.map((claim) => claim.node).join(' and ');
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline of who led: ${names} at once">
${bands(during, scale, height)}${ticks(scale, height)}
${nodes.map((node) => laneLine(node, yOf.get(node)!))}
${cuts(sides, yOf, during, scale)}
${overlap(finding, scale, height)}
${drawn.map((span) => belief(span, scale, yOf.get(span.node) ?? HEAD, terms))}
${commands(model, scale, yOf)}
</svg><figcaption>Thick bars: the node said that it leads (own probe of that node). Thin bars: the node said whom it follows, in that leader's colour. Dots: the node acknowledged writes; crosses: writes that were gone in the end. Dashed: the cut. Hatched: two certainly led at once; a bar ends half-way between two answers that differ, so that it may reach beyond.</figcaption></figure>`;
}

/** Most stretches drawn of a whole run. */
const STRETCHES = 3000;

/** Who led and who followed over the whole run, without a witness. */
export function reignFigure(model: ReportModel): Markup {
  const { nodes, beliefs, faults, overlaps, durationNs } = model;
  const toNs = Math.max(1, durationNs);
  const x = (ns: number): number => Math.round((GUTTER + (ns / toNs) * (WIDTH - GUTTER - 12)) * 10) / 10;
  const scale: Scale = { fromNs: 0, toNs, x };
  const known = nodes.length > 0 ? nodes : [...new Set(beliefs.map((span) => span.node))];
  const lane = 26;
  const height = HEAD + known.length * lane + 6;
  const yOf = new Map(known.map((node, i) => [node, HEAD + i * lane + lane / 2]));
  const terms = reignColours(model);
  const drawn = [...beliefs].sort((a, b) => b.toNs - b.fromNs - (a.toNs - a.fromNs)).slice(0, STRETCHES);
  return html`<figure class="reigns"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Who led over the whole run"><defs><pattern id="hatch-all" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" x2="0" y1="0" y2="7"/></pattern></defs>
${bands(faults, scale, height)}${ticks(scale, height)}
${known.map((node) => laneLine(node, yOf.get(node)!))}
${drawn.map((span) => belief(span, scale, yOf.get(span.node) ?? HEAD, terms))}
${overlaps.slice(0, STRETCHES).map(({ fromNs, toNs: end }) => html`<rect class="overlap" x="${x(fromNs)}" y="${HEAD}" width="${barWidth(x(fromNs), x(end))}" height="${height - HEAD - 6}"/><rect fill="url(#hatch-all)" x="${x(fromNs)}" y="${HEAD}" width="${barWidth(x(fromNs), x(end))}" height="${height - HEAD - 6}"/>`)}
</svg><figcaption>Thick bars: the node said that it leads. Thin bars: the node said whom it follows, in that leader's colour. Bars, and times below, begin and end half-way between two answers that differ.${overlaps.length > 0 && ' Hatched: two or more certainly led at once.'}</figcaption></figure>`;
}

/** Colours in the same order as on the timeline: reigns as they begin. */
function reignColours(model: ReportModel): Map<string, number> {
  const terms = new Map<string, number>();
  const reigns = model.beliefs.filter((span) => span.leading).sort((a, b) => a.fromNs - b.fromNs);
  for (const span of reigns) termClass(terms, span.node, span.term);
  return terms;
}

/** Most nodes among the leader rows under a witness. */
const LEADER_ROWS = 4;

/** Rows under another drawing: who said it led in the stretch shown; empty when nobody did. */
export function leaderRows(
  model: ReportModel,
  scale: Scale,
  top: number,
): { rows: Markup[]; height: number } {
  const shown = model.beliefs.filter(
    (span) => span.leading && span.toNs >= scale.fromNs && span.fromNs <= scale.toNs,
  );
  const nodes = [...new Set(shown.map((span) => span.node))].sort().slice(0, LEADER_ROWS);
  const terms = reignColours(model);
  const rows = nodes.flatMap((node, i) => {
    const y = top + 26 * i + 17;
    const bars = shown.filter((span) => span.node === node).map((span) => belief(span, scale, y, terms));
    return [laneLine(node, y), ...bars];
  });
  return { rows, height: nodes.length * 26 + (nodes.length > 0 ? 8 : 0) };
}

/** Nodes in the order of the partition's sides, so that one line can show the cut. */
function sidesOf(model: ReportModel, during: readonly FaultRow[]): string[][] {
  for (const fault of during) {
    const groups = fault.params['groups'];
    if (Array.isArray(groups) && groups.length > 1) {
      const sides = groups.map((group) => (Array.isArray(group) ? group.map((node) => text(node)) : []));
      const known = sides.map((side) => side.filter((node) => model.nodes.includes(node)));
      const rest = model.nodes.filter((node) => !known.flat().includes(node));
      return [...known, rest].filter((side) => side.length > 0);
    }
  }
  return [model.nodes];
}

function laneLine(node: string, y: number): Markup {
  return html`<line class="lane" x1="${GUTTER}" x2="${WIDTH - 12}" y1="${y}" y2="${y}"/><text x="${GUTTER - 12}" y="${y + 4}" text-anchor="end" class="mono">${node}</text>`;
}

/** The cut between the sides, for as long as it was there. */
function cuts(
  sides: readonly string[][],
  yOf: ReadonlyMap<string, number>,
  during: readonly FaultRow[],
  scale: Scale,
): Markup[] {
  const fault = during.find((one) => Array.isArray(one.params['groups']) && one.fromNs !== null);
  if (fault === undefined) return [];
  const from = scale.x(fault.fromNs!);
  const to = scale.x(fault.toNs ?? scale.toNs);
  return sides.slice(1).map((side) => {
    const y = yOf.get(side[0]!)! - LANE / 2;
    return html`<line class="cut" x1="${from}" x2="${to}" y1="${y}" y2="${y}"/>`;
  });
}

function overlap(finding: Finding, scale: Scale, height: number): Markup {
  const from = scale.x(finding.fromNs);
  const to = scale.x(finding.toNs);
  const id = `hatch-${Math.floor(finding.fromNs)}`;
  const label = `both lead, ${lengthText(finding.fromNs, finding.toNs)}`;
  return html`<defs><pattern id="${id}" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch" x1="0" x2="0" y1="0" y2="7"/></pattern></defs>
<rect class="overlap" x="${from}" y="${HEAD}" width="${barWidth(from, to)}" height="${height - HEAD - FOOT}"/><rect fill="url(#${id})" x="${from}" y="${HEAD}" width="${barWidth(from, to)}" height="${height - HEAD - FOOT}"/>
<line class="overlap-edge" x1="${from}" x2="${from}" y1="${HEAD}" y2="${height - FOOT}"/><line class="overlap-edge" x1="${to}" x2="${to}" y1="${HEAD}" y2="${height - FOOT}"/>
<text class="t-bad" x="${(from + to) / 2}" y="${height - 7}" text-anchor="middle">${label}</text>`;
}

function belief(span: BeliefSpan, scale: Scale, y: number, terms: Map<string, number>): Markup {
  const from = scale.x(span.fromNs);
  const to = scale.x(span.toNs);
  if (to - from < 0.5) return html``;
  if (span.leading) {
    const label = span.term === null ? 'leads' : `leads, term ${span.term}`;
    const shown = to - from > label.length * 7 + 8;
    return html`<rect class="k${termClass(terms, span.node, span.term)}" x="${from}" y="${y - 10}" width="${barWidth(from, to)}" height="20" rx="3"/>${shown && html`<text class="t-on" x="${from + 8}" y="${y + 4}">${label}</text>`}`;
  }
  if (span.leader === null) return html``;
  const label = `follows ${span.leader}`;
  const shown = to - from > label.length * 7 + 8;
  const colour = termClass(terms, span.leader, span.term);
  return html`<rect class="k${colour} thin" x="${from}" y="${y - 2}" width="${barWidth(from, to)}" height="4"/>${shown && html`<text class="t-soft" x="${from + 8}" y="${y - 5}" font-size="11">${label}</text>`}`;
}

/** Colours are given to reigns (leader and term) in order of appearance. */
function termClass(terms: Map<string, number>, leader: string, term: number | null): number {
  const reign = `${leader}/${term}`;
  let colour = terms.get(reign);
  if (colour === undefined) {
    colour = terms.size % 6;
    terms.set(reign, colour);
  }
  return colour;
}

/** Acknowledged writes in the stretch, at the node that acknowledged them: a dot where there are any, a cross where one is gone. */
function commands(model: ReportModel, scale: Scale, yOf: ReadonlyMap<string, number>): Markup[] {
  const { history } = model;
  const gone = new Set(
    model.reigns.flatMap((reign) => reign.lostValues.map((value) => JSON.stringify(value))),
  );
  const marks = new Map<string, Markup>();
  const { types, pairs } = history.columns;
  eachInvocation(history, (i) => {
    const end = pairs[i]!;
    if (end < 0 || types[end] !== OK) return;
    const at = history.time(end);
    if (at < scale.fromNs || at > scale.toNs || !isWrite(history.f(i), history.value(i))) return;
    const node = text(record(history.value(end))['by']) || (history.node(i) ?? '');
    const y = yOf.get(node);
    if (y === undefined) return;
    // One mark for each few pixels: thousands of writes would be one black bar, and a large page.
    const x = Math.round(scale.x(at) / 3) * 3;
    const lost = gone.has(JSON.stringify(history.value(i)));
    if (marks.has(`${y}/${x}/l`) || (!lost && marks.has(`${y}/${x}`))) return;
    marks.delete(`${y}/${x}`);
    const [name, mark] = lost
      ? [`${y}/${x}/l`, html`<path class="gone" d="M${x - 2.5} ${y + 11.5}l5 5m0 -5l-5 5"/>`]
      : [`${y}/${x}`, html`<circle class="command" cx="${x}" cy="${y + 14}" r="1.6"/>`];
    marks.set(name, mark);
  });
  return [...marks.values()];
}
