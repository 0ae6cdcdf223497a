/**
 * Faults in force, beliefs about leaders, abnormal stretches of nodes: bars on lanes, each with words for the
 * pointer. Stretches with two leaders are hatched across all leader lanes.
 */
import { moment } from '../../format.ts';
import type { OverviewFault } from '../overview.ts';
import { barText, type Chart } from './chart.ts';
import type { Lane, Layout } from './layout.ts';
import { hatch } from './op-lanes.ts';
import type { Colours } from './theme.ts';
import { length } from './words.ts';

/** A rectangle with words. */
export interface Spot {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  text: string;
}

function between(from: number, to: number): string {
  return `${moment(from * 1000)} to ${moment(to * 1000)}, ${length(to - from)}`;
}

/** Faults of one lane; hollow when it was not shown to bite, dashed when it never took. */
export function drawFaults(
  chart: Chart,
  g: CanvasRenderingContext2D,
  c: Colours,
  layout: Layout,
  lane: Lane,
  spots: Spot[],
): void {
  const name = layout.faultLanes[lane.id];
  g.font = `600 11.5px ${c.sans}`;
  for (const fault of chart.view.ops.overview.faults) {
    if (fault.lane !== name || fault.from === null || fault.to === null) continue;
    const x0 = chart.x(fault.from);
    const x1 = Math.max(x0 + 3, chart.x(fault.to));
    const [y, h] = [lane.y + 3, lane.height - 6];
    g.fillStyle = g.strokeStyle = c.faults[fault.colour % 8]!;
    if (fault.bit === false) {
      g.lineWidth = 1.5;
      g.strokeRect(x0 + 0.75, y + 0.75, x1 - x0 - 1.5, h - 1.5);
    } else g.fillRect(x0, y, x1 - x0, h);
    g.fillStyle = fault.bit === false ? c.ink : c.panel;
    barText(g, `${fault.label}  ${fault.where}`, x0, x1, lane.y + lane.height / 2);
    spots.push({ x0, x1, y0: y, y1: y + h, text: faultText(fault) });
  }
}

function faultText(fault: OverviewFault): string {
  const bit = fault.bit === null ? '' : fault.bit ? '' : '\nno effect was seen';
  return `${fault.id}: ${fault.label}\n${fault.where}\n${between(fault.from!, fault.to!)}\n${fault.evidence}${bit}`;
}

/** Colour of a reign: by leader and term, in order of appearance. */
function reignColour(c: Colours): (leader: string, term: number | null) => string {
  const seen = new Map<string, number>();
  return (leader, term) => {
    const reign = `${leader}/${term}`;
    const at = seen.get(reign) ?? seen.size;
    seen.set(reign, at);
    return c.terms[at % c.terms.length]!;
  };
}

/** What one node believed: thick where it says it leads, thin where it follows. */
export function drawBeliefs(
  chart: Chart,
  g: CanvasRenderingContext2D,
  c: Colours,
  lane: Lane,
  spots: Spot[],
): void {
  const { beliefs, nodes } = chart.view.ops.overview;
  const colour = reignColour(c);
  const middle = lane.y + lane.height / 2;
  g.font = `600 11px ${c.sans}`;
  const leading = beliefs.filter((span) => span.leading).sort((a, b) => a.from - b.from);
  for (const span of leading) colour(nodes[span.node]!, span.term);
  for (const span of beliefs) {
    if (span.node !== lane.id) continue;
    const x0 = chart.x(span.from);
    const x1 = chart.x(span.to);
    if (x1 < 0 || x0 > chart.width) continue;
    const node = nodes[span.node]!;
    const term = span.term === null ? '' : `, term ${span.term}`;
    const words = span.leading
      ? `leads${term}`
      : span.leader === null
        ? 'knows no leader'
        : `follows ${span.leader}${term}`;
    if (span.leading) {
      g.fillStyle = colour(node, span.term);
      g.fillRect(x0, lane.y + 2, Math.max(1.5, x1 - x0), lane.height - 4);
      g.fillStyle = c.panel;
      barText(g, words, x0, x1, middle + 0.5);
    } else if (span.leader !== null) {
      g.globalAlpha = 0.5;
      g.fillStyle = colour(span.leader, span.term);
      g.fillRect(x0, middle - 1.5, Math.max(1, x1 - x0), 3);
      g.globalAlpha = 1;
    }
    spots.push({
      x0,
      x1,
      y0: lane.y,
      y1: lane.y + lane.height,
      text: `${node} ${words}\n${between(span.from, span.to)}`,
    });
  }
}

/** Stretches with two leaders at once. */
export function drawOverlaps(
  chart: Chart,
  g: CanvasRenderingContext2D,
  c: Colours,
  layout: Layout,
  spots: Spot[],
): void {
  const lanes = layout.lanes.filter((lane) => lane.kind === 'leader');
  const [first, last] = [lanes[0], lanes.at(-1)];
  if (first === undefined || last === undefined) return;
  const [y0, y1] = [first.y - 3, last.y + last.height + 3];
  for (const overlap of chart.view.ops.overview.overlaps) {
    const x0 = chart.x(overlap.from);
    const x1 = Math.max(x0 + 2, chart.x(overlap.to));
    g.globalAlpha = 0.12;
    g.fillStyle = c.bad;
    g.fillRect(x0, y0, x1 - x0, y1 - y0);
    g.globalAlpha = 0.5;
    g.fillStyle = hatch(g, c.bad);
    g.fillRect(x0, y0, x1 - x0, y1 - y0);
    g.globalAlpha = 1;
    g.strokeStyle = c.bad;
    g.lineWidth = 1.5;
    g.strokeRect(x0, y0, x1 - x0, y1 - y0);
    const who = overlap.leaders.map(({ node, term }) => (term === null ? node : `${node} (term ${term})`));
    spots.push({
      x0,
      x1,
      y0,
      y1,
      text: `${who.join(' and ')} lead at once\n${between(overlap.from, overlap.to)}`,
    });
  }
}

const STATE_COLOUR: Readonly<Record<string, number>> = { down: 1, paused: 2, skewed: 3 };

/** A node's life: a quiet line while it runs, a bar while it does not. */
export function drawNodes(
  chart: Chart,
  g: CanvasRenderingContext2D,
  c: Colours,
  lane: Lane,
  spots: Spot[],
): void {
  const { nodes, nodeSpans, end } = chart.view.ops.overview;
  const middle = lane.y + lane.height / 2;
  g.fillStyle = c.ok;
  g.globalAlpha = 0.35;
  g.fillRect(chart.x(0), middle - 1.5, chart.x(end) - chart.x(0), 3);
  g.globalAlpha = 1;
  g.font = `600 10.5px ${c.sans}`;
  // A skewed clock is a thin line below: the node may be paused or down at the same time.
  const skewFirst = [...nodeSpans].sort(
    (a, b) => Number(a.state !== 'skewed') - Number(b.state !== 'skewed'),
  );
  for (const span of skewFirst) {
    if (span.node !== lane.id) continue;
    const x0 = chart.x(span.from);
    const x1 = Math.max(x0 + 2, chart.x(span.to));
    const skewed = span.state === 'skewed';
    const [y, half] = skewed ? [lane.y + lane.height - 3, 1.5] : [middle - 1, lane.height / 2 - 2];
    g.fillStyle = c.faults[STATE_COLOUR[span.state] ?? 7]!;
    g.fillRect(x0, y - half, x1 - x0, half * 2);
    g.fillStyle = c.panel;
    if (half > 4) barText(g, span.state, x0, x1, middle - 0.5);
    const text = `${nodes[span.node]} ${span.state} (${span.reason})\n${between(span.from, span.to)}`;
    spots.push({ x0, x1, y0: lane.y, y1: lane.y + lane.height, text });
  }
}
