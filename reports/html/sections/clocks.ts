/**
 * How wrong the wall clock of each node was over the run: one lane a node, each to its own scale, as it was meant to be
 * and as it was measured; and the same as a table.
 */
import { count, duration, moment } from '../../format.ts';
import type { ClockTrackRow, FaultRow, ReportModel } from '../../model.ts';
import { number, record } from '../../read-json.ts';
import { bands, GUTTER, HEAD, type Scale, ticks, WIDTH } from '../figure-axis.ts';
import { html, type Markup } from '../markup.ts';

const LANE = 56;
/** Room above and below the line of a lane. */
const PAD = 7;
/** Readings drawn as dots while a lane has no more. */
const DOTS = 120;

/** The section; nothing where no clock was read. */
export function clockSection(model: ReportModel): Markup {
  const { clocks } = model;
  if (clocks.length === 0) return html``;
  const faults = model.faults.filter((fault) => fault.fault === 'clock' && fault.fromNs !== null);
  const lastNs = Math.max(...clocks.flatMap(({ points }) => points.map(([timeNs]) => timeNs)), 1);
  const toNs = Math.max(lastNs, model.durationNs);
  const x = (ns: number): number => Math.round((GUTTER + (ns / toNs) * (WIDTH - GUTTER - 12)) * 10) / 10;
  const scale: Scale = { fromNs: 0, toNs, x };
  const height = HEAD + clocks.length * LANE + 4;
  return html`<section id="clocks"><h2>Clocks</h2><p class="lead">How far each node's wall clock was from the real one, as read from its own processes. Each lane has a scale of its own.</p>
<div class="card"><figure><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Offset of the clock of every node over the run">
${bands(faults, scale, height)}${ticks(scale, height)}
${clocks.map((track, i) => lane(track, HEAD + i * LANE, scale, faults))}
</svg><figcaption>Solid: measured, a dot for each reading. Shaded: how far a reading may be off. Dashed: as a fault meant it to be. Straight lines join readings: between them nobody looked.</figcaption></figure></div>
${table(model, faults)}</section>`;
}

function lane(
  { node, points }: ClockTrackRow,
  top: number,
  scale: Scale,
  faults: readonly FaultRow[],
): Markup {
  const meant = faults.flatMap((fault) => {
    const offset = meantOffset(fault, node);
    return offset === null ? [] : [{ fault, offset }];
  });
  const most = Math.max(
    ...points.map(([, offset, error]) => Math.abs(offset) + (error ?? 0)),
    ...meant.map(({ offset }) => Math.abs(offset)),
    1,
  );
  const middle = top + LANE / 2;
  const y = (offset: number): number => Math.round((middle - (offset / most) * (LANE / 2 - PAD)) * 10) / 10;
  const place = ([timeNs, offset]: readonly [number, number, ...unknown[]]): string =>
    `${scale.x(timeNs)},${y(offset)}`;
  const range = most <= 1 ? 'right' : `± ${duration(most)}`;
  return html`<text class="mono" x="${GUTTER - 12}" y="${middle - 2}" text-anchor="end">${node}</text><text class="t-soft" x="${GUTTER - 12}" y="${middle + 13}" text-anchor="end" font-size="11">${range}</text><line class="lane" x1="${GUTTER}" x2="${WIDTH - 12}" y1="${middle}" y2="${middle}"/>
${meant.map(({ fault, offset }) => html`<line class="meant" x1="${scale.x(fault.fromNs!)}" x2="${scale.x(fault.toNs ?? scale.toNs)}" y1="${y(offset)}" y2="${y(offset)}"/>`)}${errorBand(points, place)}<polyline class="measured" points="${points.map(place).join(' ')}"/>${points.length <= DOTS && points.map(([timeNs, offset]) => html`<circle class="command" cx="${scale.x(timeNs)}" cy="${y(offset)}" r="1.8"/>`)}`;
}

/** The band that true offsets lie in, by what each reading can be off; nothing where that was not recorded or is none. */
function errorBand(
  points: ClockTrackRow['points'],
  place: (point: readonly [number, number]) => string,
): Markup | false {
  if (!points.some(([, , error]) => error !== null && error > 0)) return false;
  const upper = points.map(([timeNs, offset, error]) => place([timeNs, offset + (error ?? 0)]));
  const lower = points.map(([timeNs, offset, error]) => place([timeNs, offset - (error ?? 0)]));
  return html`<polygon class="error-band" points="${[...upper, ...lower.reverse()].join(' ')}"/>`;
}

/** Offset a fault meant a node's clock to have; null where it named none, as with drifts. */
function meantOffset(fault: FaultRow, node: string): number | null {
  return number(record(record(fault.params['skews'])[node])['offsetNs']);
}

/** Offset meant and measured, fault by fault and node by node; nodes no fault touched by their worst reading. */
function table(model: ReportModel, faults: readonly FaultRow[]): Markup {
  const rows = faults.flatMap((fault) =>
    fault.nodes.map((node) => ({
      node,
      fault: fault.id,
      during: `${moment(fault.fromNs!)} to ${fault.toNs === null ? 'the end' : moment(fault.toNs)}`,
      meant: meantOffset(fault, node),
      ...measured(model, node, fault.fromNs!, fault.toNs ?? Number.POSITIVE_INFINITY),
    })),
  );
  const touched = new Set(rows.map(({ node }) => node));
  for (const { node } of model.clocks) {
    if (touched.has(node)) continue;
    rows.push({
      node,
      fault: 'none',
      during: 'the whole run',
      meant: null,
      ...measured(model, node, 0, Number.POSITIVE_INFINITY),
    });
  }
  return html`<div class="card scroll"><table><thead><tr><th>node</th><th>fault</th><th>from, to</th><th class="num">offset meant</th><th class="num">largest measured</th><th class="num">read to within</th><th class="num">readings</th></tr></thead><tbody>
${rows.map((row) => html`<tr><td class="mono">${row.node}</td><td>${row.fault}</td><td class="mono nowrap">${row.during}</td><td class="num">${row.meant === null ? '' : signed(row.meant)}</td><td class="num">${row.largest === null ? html`<span class="soft">not read</span>` : signed(row.largest)}</td><td class="num">${within(row.error)}</td><td class="num">${count(row.readings)}</td></tr>`)}
</tbody></table></div>`;
}

function measured(
  model: ReportModel,
  node: string,
  fromNs: number,
  toNs: number,
): { largest: number | null; error: number | null; readings: number } {
  const points = model.clocks.find((track) => track.node === node)?.points ?? [];
  const read = points.filter(([timeNs]) => timeNs >= fromNs && timeNs <= toNs);
  const inside = read.map(([, offset]) => offset);
  const known = read.flatMap(([, , error]) => error ?? []);
  const largest = inside.reduce((most, offset) => (Math.abs(offset) > Math.abs(most) ? offset : most), 0);
  return {
    largest: inside.length === 0 ? null : largest,
    error: known.length === 0 ? null : Math.max(...known),
    readings: inside.length,
  };
}

/** `± 30 ms`; nothing where it was not recorded. */
function within(errorNs: number | null): string {
  if (errorNs === null) return '';
  return errorNs < 1 ? 'exact' : `± ${duration(errorNs)}`;
}

function signed(ns: number): string {
  return Math.abs(ns) < 1 ? '0' : `${ns < 0 ? '-' : '+'}${duration(Math.abs(ns))}`;
}
