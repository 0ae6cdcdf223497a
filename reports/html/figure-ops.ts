/**
 * The drawing of a witness made of operations: one row each, in the order of their invocation, as bars from
 * invocation to completion with what they did written beside them; ambiguous ones fade out to the right.
 */
import { json, operation } from '../format.ts';
import type { Finding, ReportModel, WitnessOp } from '../model.ts';
import { bands, barWidth, GUTTER, HEAD, type Scale, scaleOf, ticks, WIDTH } from './figure-axis.ts';
import { leaderRows } from './figure-leaders.ts';
import { html, type Markup } from './markup.ts';

const ROW = 28;
const ROWS = 16;

/** The figure, or null when the witness has no operations to draw. */
export function opsFigure(model: ReportModel, finding: Finding): Markup | null {
  const ops = finding.ops.slice(0, ROWS);
  if (ops.length === 0) return null;
  const scale = scaleOf(model, finding);
  const opsEnd = HEAD + ops.length * ROW + 6;
  const leaders = leaderRows(model, scale, opsEnd);
  const height = opsEnd + leaders.height;
  const during = model.faults.filter((fault) => finding.during.includes(fault.id));
  const fade = `fade-${finding.ops[0]!.index}`;
  const more = finding.ops.length - ops.length;
  const caption = more > 0 ? `${more} more operations of the witness are in the table below. ` : '';
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline of the witness: ${ops.length} operations">
<defs><linearGradient id="${fade}"><stop class="fade-a" offset="0"/><stop class="fade-b" offset="1"/></linearGradient></defs>
${bands(during, scale, height)}${ticks(scale, height)}
${ops.map((op, i) => row(op, scale, HEAD + i * ROW + ROW / 2, fade))}
${leaders.rows}
</svg><figcaption>${caption}Each bar runs from invocation to completion; an operation took effect at some moment inside its bar.${leaders.height > 0 && ' Below: who said that it leads.'}</figcaption></figure>`;
}

function row(op: WitnessOp, scale: Scale, y: number, fade: string): Markup {
  const from = scale.x(op.fromNs);
  const ambiguous = op.outcome === 'info' || op.outcome === 'open';
  const to = ambiguous ? WIDTH - 12 : scale.x(op.toNs ?? op.fromNs);
  const width = barWidth(from, to, 5);
  const key = op.key === undefined ? '' : `${json(op.key, 20)}: `;
  const label = `${key}${operation(op, 40)}`;
  const room = label.length * 7.4 + 12;
  const inside = !ambiguous && width > room;
  const left = !inside && from + width + room > WIDTH;
  const at = inside ? from + 7 : left ? from - 7 : ambiguous ? from + 9 : from + width + 7;
  const who = op.node === null ? `p${op.process}` : `p${op.process} ${op.node}`;
  return html`<line class="lane" x1="${GUTTER}" x2="${WIDTH - 12}" y1="${y}" y2="${y}"/><text class="mono" x="${GUTTER - 10}" y="${y + 4}" text-anchor="end">${who.slice(0, 13)}</text>
<rect ${ambiguous && html`fill="url(#${fade})"`} class="${ambiguous ? 'ambiguous' : `o-${op.outcome}`}" x="${from}" y="${y - 9}" width="${width}" height="18" rx="3"/>
<text class="mono${inside ? ' t-on' : ''}" x="${at}" y="${y + 4}" ${left && html`text-anchor="end"`}>${label}</text>`;
}
