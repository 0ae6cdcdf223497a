/**
 * Two drawings as SVG without scripts: how nights ended, and what each job did when. Classes instead of colours, so
 * that they follow the theme; a table says the same in words.
 */
import type { CampaignSummary, Span } from '../../../harness/campaign/summary.ts';
import type { Verdict } from '../../../harness/verdict.ts';
import { counted, duration } from '../../format.ts';
import { tickTimes } from '../../html/figure-axis.ts';
import { html, type Markup } from '../../html/markup.ts';
import { GLYPH } from '../../terminal/style.ts';
import { sign } from './parts.ts';

const WIDTH = 1080;
const GUTTER = 84;
const ORDER: readonly Verdict[] = ['fail', 'broken', 'unknown', 'vacuous', 'pass'];

/** Bars narrower than this carry no glyph. */
const GLYPH_ROOM = 16;

/** What the colours of both drawings mean, by glyph and word too. */
export function legend(again: boolean): Markup {
  const item = (verdict: Verdict): Markup =>
    html`<span><i class="l-${verdict}" aria-hidden="true"></i>${sign(verdict)}</span>`;
  return html`<p class="legend-line">${[...ORDER].reverse().map(item)}${again && html`<span><i class="l-pass again" aria-hidden="true"></i>paler: tried again</span>`}</p>`;
}

/** The glyph of what is not a pass, in a bar that has room for it: colour alone says nothing. */
function glyphIn(verdict: Verdict, x: number, width: number, y: number): Markup | null {
  if (verdict === 'pass' || width < GLYPH_ROOM) return null;
  return html`<text class="on" x="${round(x + width / 2)}" y="${round(y)}" text-anchor="middle" aria-hidden="true">${GLYPH[verdict]}</text>`;
}

const BAR_HEIGHT = 120;

/** Runs of each night as a bar, what is not a pass at the bottom, tonight at the right. */
export function nightBars(summary: CampaignSummary): Markup {
  const tonight = { night: summary.started, runs: 0, verdicts: { ...summary.counts } };
  const nights = [...summary.nights, tonight];
  const most = Math.max(1, ...nights.map(({ verdicts }) => total(verdicts)));
  const step = Math.min(44, (WIDTH - GUTTER - 12) / nights.length);
  const bars = nights.flatMap(({ night, verdicts }, i) => {
    let y = BAR_HEIGHT + 8;
    return ORDER.map((verdict) => {
      const count = verdicts[verdict] ?? 0;
      const height = (count / most) * BAR_HEIGHT;
      y -= height;
      if (count === 0) return null;
      return html`<rect class="b-${verdict}" x="${round(GUTTER + i * step)}" y="${round(y)}" width="${round(step * 0.8)}" height="${round(Math.max(1, height))}"><title>${night.slice(0, 10)}: ${count} ${verdict}</title></rect>${height >= GLYPH_ROOM && glyphIn(verdict, GUTTER + i * step, step * 0.8, y + height / 2 + 4)}`;
    });
  });
  const label = `${nights.length} nights, the last with ${total(summary.counts)} runs, ${summary.counts.fail} of them failed`;
  return html`<div class="scroll"><svg class="chart" viewBox="0 0 ${WIDTH} ${BAR_HEIGHT + 32}" role="img" aria-label="${label}">
<text x="8" y="20">${counted(most, 'run')}</text><line class="tick" x1="${GUTTER}" x2="${WIDTH - 12}" y1="${BAR_HEIGHT + 8}" y2="${BAR_HEIGHT + 8}"/>${bars}
<text x="${GUTTER}" y="${BAR_HEIGHT + 26}">${nights[0]!.night.slice(0, 10)}</text>${nights.length * step > 160 && html`<text x="${round(GUTTER + nights.length * step)}" y="${BAR_HEIGHT + 26}" text-anchor="end">tonight</text>`}</svg></div>`;
}

function total(verdicts: Partial<Record<Verdict, number>>): number {
  return Object.values(verdicts).reduce((sum, count) => sum + count, 0);
}

const LANE = 20;
const HOST = 11;
/** Tries drawn: a page stays light, what is not drawn is counted. */
const MOST_SPANS = 4_000;

/** A lane for each job of each shard, a bar for each try. */
export function jobLanes({ spans, shards, elapsedMs }: CampaignSummary): Markup {
  const lanes = [...new Set(spans.map(laneOf))].sort((a, b) => (a < b ? -1 : 1));
  const drawn = spans.slice(0, MOST_SPANS);
  const end = Math.max(1, elapsedMs, ...spans.map(({ toMs }) => toMs));
  const x = (ms: number): number => GUTTER + (ms / end) * (WIDTH - GUTTER - 12);
  const height = lanes.length * LANE + 30;
  const bars = drawn.map((span) => {
    const y = lanes.indexOf(laneOf(span)) * LANE + 4;
    const again = span.purpose === 'first' ? '' : ' again';
    const title = `${span.run}, ${span.purpose === 'first' ? '' : `${span.purpose}, `}${span.verdict}, ${duration((span.toMs - span.fromMs) * 1e6)}`;
    return html`<rect class="b-${span.verdict}${again}" x="${round(x(span.fromMs))}" y="${y}" width="${round(Math.max(1, x(span.toMs) - x(span.fromMs) - 0.6))}" height="${LANE - 6}"><title>${title}</title></rect>${glyphIn(span.verdict, x(span.fromMs), x(span.toMs) - x(span.fromMs), y + 11)}`;
  });
  const ticks = tickTimes(0, end * 1e6, 8).map(
    (ns) =>
      html`<line class="tick" x1="${round(x(ns / 1e6))}" x2="${round(x(ns / 1e6))}" y1="0" y2="${height - 22}"/><text x="${round(x(ns / 1e6))}" y="${height - 8}" text-anchor="${x(ns / 1e6) > WIDTH - 60 ? 'end' : 'start'}">${ns === 0 ? '0' : duration(ns)}</text>`,
  );
  const names = lanes.map((lane, i) => {
    const [shard, slot] = lane.split('.').map(Number);
    const worker = spans.find((span) => laneOf(span) === lane)?.worker ?? null;
    const job = worker === null ? `job ${slot! + 1}` : shortened(worker);
    const name = shards.length > 1 ? `${shard}: ${job}` : job;
    const whole = `${shards.length > 1 ? `shard ${shard}, ` : ''}job ${slot! + 1}${worker === null ? '' : ` on ${worker}`}`;
    return html`<text x="8" y="${i * LANE + 16}">${name}<title>${whole}</title></text>`;
  });
  const more = spans.length - drawn.length;
  return html`<div class="scroll"><svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${spans.length} tries on ${lanes.length} jobs in ${duration(end * 1e6)}">${ticks}${names}${bars}</svg></div>${more > 0 && html`<p class="lead">${more} later tries are not drawn.</p>`}`;
}

/** What fits beside the lanes: the front of a host's name tells more than its end. */
function shortened(name: string): string {
  return name.length <= HOST ? name : `${name.slice(0, HOST - 1)}…`;
}

/** Sorts as text: shards and slots have at most four digits. */
function laneOf({ shard, slot }: Span): string {
  return `${String(shard).padStart(4, '0')}.${String(slot).padStart(4, '0')}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
