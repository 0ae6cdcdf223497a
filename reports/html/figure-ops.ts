/**
 * The drawing of a witness made of operations: one row each, in the order of their invocation, as bars from
 * invocation to completion with what they did written beside them; ambiguous ones fade out to the right. Where the
 * checker says in which order they must have taken effect, numbers stand where each can have done so, and the
 * operation that fits nowhere is hatched.
 */
import { keysOf, tellingOps } from '../derive/witness.ts';
import { counted, json, operation } from '../format.ts';
import type { Finding, ReportModel, WitnessOp } from '../model.ts';
import { list, number, numbers, record, strings, text } from '../read-json.ts';
import { bands, barWidth, GUTTER, HEAD, type Scale, scaleOf, ticks, WIDTH } from './figure-axis.ts';
import { leaderRows } from './figure-leaders.ts';
import { html, type Markup } from './markup.ts';

const ROW = 28;
const ROWS = 16;

/** What a checker of linearizability says of its witness. */
interface Effects {
  /** History indexes of invocations in the order in which they must have taken effect. */
  order: number[];
  /** How many orders there are; the first is drawn. */
  orders: number;
  /** What the object then held. */
  holds: string;
  culprit: number | null;
  /** All it could hold when the culprit happened. */
  possible: string[];
}

/** The order of effects in the detail of a finding; an empty one when it says nothing of it. */
export function effectsOf({ anomaly }: Finding): Effects {
  const detail = record(anomaly.detail);
  const configurations = list(detail['configurations']);
  const first = record(configurations[0]);
  return {
    orders: configurations.length,
    order: numbers(first['after']),
    holds: text(first['holds']),
    culprit: number(detail['culprit']),
    possible: strings(detail['possible']),
  };
}

/** The figure, or null when the witness has no operations to draw. */
export function opsFigure(model: ReportModel, finding: Finding): Markup | null {
  const ops = tellingOps(finding, ROWS);
  const about = keysOf(finding.anomaly);
  if (ops.length === 0) return null;
  const scale = scaleOf(model, finding);
  const effects = effectsOf(finding);
  const opsEnd = HEAD + ops.length * ROW + 6;
  const told = effects.order.length > 0 ? 26 : 0;
  const leaders = leaderRows(model, scale, opsEnd + told);
  const height = opsEnd + told + leaders.height;
  const during = model.faults.filter((fault) => finding.during.includes(fault.id));
  const id = `${finding.ops[0]!.index}-${model.findings.indexOf(finding)}`;
  const more = finding.ops.length - ops.length;
  const caption =
    more > 0 ? `${counted(more, 'more operation is', 'more operations are')} in the table below. ` : '';
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline of the witness: ${ops.length} operations">
<defs><linearGradient id="fade-${id}"><stop class="fade-a" offset="0"/><stop class="fade-b" offset="1"/></linearGradient><pattern id="culprit-${id}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line class="hatch strong" x1="0" x2="0" y1="0" y2="6"/></pattern></defs>
${bands(during, scale, height)}${ticks(scale, height)}
${ops.map((op, i) => row(op, scale, HEAD + i * ROW + ROW / 2, id, effects, about))}
${points(ops, effects, scale)}${told > 0 && conclusion(ops, effects, scale, opsEnd + 15)}
${leaders.rows}
</svg><figcaption>${caption}Each bar runs from invocation to completion; an operation took effect at some moment inside its bar.${effects.order.length > 0 && (effects.orders === 1 ? ' Numbers: the only order in which they can have taken effect.' : ` Numbers: one of ${effects.orders} orders in which they can have taken effect; the others leave it no better.`)}${effects.culprit !== null && ' Hatched: the answer that fits nowhere.'}${leaders.height > 0 && ' Below: who said that it leads.'}</figcaption></figure>`;
}

function row(
  op: WitnessOp,
  scale: Scale,
  y: number,
  id: string,
  effects: Effects,
  about: ReadonlySet<string>,
): Markup {
  const from = scale.x(op.fromNs);
  const ambiguous = op.outcome === 'info' || op.outcome === 'open';
  const culprit = op.index === effects.culprit;
  const to = ambiguous ? WIDTH - 12 : scale.x(op.toNs ?? op.fromNs);
  const width = barWidth(from, to, 5);
  const key = op.key === undefined ? '' : `${json(op.key, 20)}: `;
  const label = `${key}${operation(op, 40, about)}`;
  const point = effects.order.includes(op.index) ? 14 : 0;
  const room = label.length * 7.4 + 12;
  // Only a filled bar is a ground for text.
  const inside = op.outcome === 'ok' && !culprit && point === 0 && width > room;
  const left = !inside && from + width + point + room > WIDTH;
  const at = inside
    ? from + 7
    : left
      ? from - 7 - point
      : ambiguous
        ? from + 9 + point
        : from + width + 7 + point;
  const who = op.node === null ? `p${op.process}` : `p${op.process} ${op.node}`;
  const bar = culprit
    ? html`<rect class="culprit-ground" x="${from}" y="${y - 9}" width="${width}" height="18" rx="3"/><rect fill="url(#culprit-${id})" class="culprit" x="${from}" y="${y - 9}" width="${width}" height="18" rx="3"/>`
    : html`<rect ${ambiguous && html`fill="url(#fade-${id})"`} class="${ambiguous ? 'ambiguous' : `o-${op.outcome}`}" x="${from}" y="${y - 9}" width="${width}" height="18" rx="3"/>`;
  return html`<line class="lane" x1="${GUTTER}" x2="${WIDTH - 12}" y1="${y}" y2="${y}"/><text class="mono" x="${GUTTER - 10}" y="${y + 4}" text-anchor="end">${who.slice(0, 13)}</text>
${bar}<text class="mono${inside ? ' t-on' : culprit ? ' t-bad' : ''}" x="${at}" y="${y + 4}" ${left && html`text-anchor="end"`}>${label}</text>`;
}

/** Numbers where each operation can have taken effect: as early as the one before it allows. */
function points(ops: readonly WitnessOp[], { order }: Effects, scale: Scale): Markup[] {
  let earliest = 0;
  return order.flatMap((index, n) => {
    const at = ops.findIndex((op) => op.index === index);
    if (at < 0) return [];
    const op = ops[at]!;
    earliest = Math.max(earliest, op.fromNs);
    const x = scale.x(earliest) + (op.toNs === null || scale.x(op.toNs) - scale.x(op.fromNs) > 20 ? 9 : 2.5);
    const y = HEAD + at * ROW + ROW / 2;
    return [
      html`<circle class="point" cx="${x}" cy="${y}" r="8"/><text class="t-point" x="${x}" y="${y + 4}" text-anchor="middle">${n + 1}</text>`,
    ];
  });
}

/** Under the bars, where the culprit is: what it could have seen. */
function conclusion(ops: readonly WitnessOp[], effects: Effects, scale: Scale, y: number): Markup {
  const culprit = ops.find((op) => op.index === effects.culprit);
  const x =
    culprit === undefined ? WIDTH - 12 : Math.min(WIDTH - 12, scale.x(culprit.toNs ?? culprit.fromNs) + 8);
  const could = effects.possible.length > 0 ? effects.possible.join(' or ') : effects.holds;
  const after = effects.order.length === 1 ? 'after 1' : `after 1 to ${effects.order.length}`;
  return html`<text class="t-bad" x="${x}" y="${y}" text-anchor="${x > WIDTH / 2 ? 'end' : 'start'}">${after} it could only hold ${could}</text>`;
}
