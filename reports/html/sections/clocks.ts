/**
 * How wrong the wall clock of each node was over the run, one lane a node, each to its own scale.
 */
import type { ClockTrackRow, ReportModel } from '../../model.ts';
import { GUTTER, WIDTH } from '../figure-axis.ts';
import { html, type Markup } from '../markup.ts';

const LANE = 52;
/** Room above and below the line of a lane. */
const PAD = 6;

/** The section; nothing where no clock was read. */
export function clockSection(model: ReportModel): Markup {
  const { clocks } = model;
  if (clocks.length === 0) return html``;
  const height = clocks.length * LANE;
  const lastNs = Math.max(...clocks.flatMap(({ points }) => points.map(([timeNs]) => timeNs)), 1);
  const seconds = Math.round(lastNs / 1e8) / 10;
  return html`<section id="clocks"><h2>Clocks</h2><p class="lead">How far each node's wall clock was from the real one, as read from its own processes; over ${seconds} s, each lane to its own scale.</p>
<figure class="card"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Offset of the clock of every node over the run">
${clocks.map((track, i) => lane(track, i * LANE, lastNs))}
</svg></figure></section>`;
}

function lane({ node, points }: ClockTrackRow, top: number, lastNs: number): Markup {
  const most = Math.max(...points.map(([, offset]) => Math.abs(offset)), 1);
  const middle = top + LANE / 2;
  const place = ([timeNs, offset]: readonly [number, number]): string => {
    const x = GUTTER + (timeNs / lastNs) * (WIDTH - GUTTER - 12);
    const y = middle - (offset / most) * (LANE / 2 - PAD);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  const range = most <= 1 ? 'right' : `± ${offsetText(most)}`;
  return html`<text x="0" y="${middle - 2}" class="fig-text" fill="currentColor">${node}</text><text x="0" y="${middle + 14}" class="fig-text" fill="currentColor" font-size="11">${range}</text><line x1="${GUTTER}" x2="${WIDTH - 12}" y1="${middle}" y2="${middle}" stroke="currentColor" stroke-opacity="0.25"/><polyline points="${points.map(place).join(' ')}" fill="none" stroke="currentColor" stroke-width="1.5"/>`;
}

function offsetText(ns: number): string {
  if (ns < 1e6) return `${Math.round(ns / 1e3)} us`;
  return ns < 1e10 ? `${Math.round(ns / 1e6)} ms` : `${Math.round(ns / 1e9)} s`;
}
