/**
 * Operations on the timeline. Few enough: one bar each, ambiguous ones fading out, witnesses outlined and
 * hatched. More: counted into pixel columns, one small picture stretched over the rows, so that a million
 * operations draw in a few milliseconds. Witnesses and the selection are always drawn one by one.
 */
import { barText, type Chart, GUTTER, MARGIN } from './chart.ts';
import type { Layout } from './layout.ts';
import type { Colours } from './theme.ts';

/** Most operations drawn as bars. */
const BARS = 8000;

/** Draws the operations of the shown stretch. */
export function drawOps(chart: Chart, g: CanvasRenderingContext2D, c: Colours, layout: Layout): void {
  const { view } = chart;
  const { ops } = view;
  const few = (counts: (row: number) => boolean): boolean => {
    let n = 0;
    ops.eachTouching(view.from, view.to, (row) => !counts(row) || ++n <= BARS);
    return n <= BARS;
  };
  if (few(() => true)) drawBars(chart, g, c, layout, false);
  else if (view.mask !== null && few((row) => view.matches(row))) drawBars(chart, g, c, layout, true);
  else drawBins(chart, g, c, layout);
  for (const finding of ops.overview.findings) {
    for (const row of finding.rows) if (row < ops.loaded) drawWitness(chart, g, c, layout, row);
  }
  if (view.selected >= 0 && view.selected < ops.loaded) drawSelection(chart, g, c, layout, view.selected);
}

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

function boxOf(chart: Chart, layout: Layout, row: number, least: number): Box | null {
  const lane = layout.laneOf[row] ?? -1;
  if (lane < 0) return null;
  const { ops } = chart.view;
  const left = Math.max(chart.x(ops.start(row)), GUTTER - 40);
  const right = Math.min(chart.x(ops.end(row)), chart.width + 40);
  const pad = layout.rowHeight >= 12 ? 2 : layout.rowHeight >= 7 ? 1 : 0;
  return {
    x: left,
    y: layout.opsTop + lane * layout.rowHeight + pad,
    w: Math.max(least, right - left),
    h: Math.max(2, layout.rowHeight - pad * 2 - 1),
  };
}

/** One bar per operation; those that do not match the filter pale, or absent when there are too many. */
function drawBars(
  chart: Chart,
  g: CanvasRenderingContext2D,
  c: Colours,
  layout: Layout,
  onlyMatching: boolean,
): void {
  const { view } = chart;
  const { ops } = view;
  g.font = `11px ${c.mono}`;
  ops.eachTouching(view.from, view.to, (row) => {
    const matches = view.matches(row);
    if (onlyMatching && !matches) return true;
    const box = boxOf(chart, layout, row, 1.5);
    if (box === null) return true;
    g.globalAlpha = matches ? 1 : 0.1;
    const outcome = ops.outcome(row);
    if (outcome === 'ok') {
      g.fillStyle = c.ok;
      g.fillRect(box.x, box.y, box.w, box.h);
    } else if (outcome === 'fail') {
      g.strokeStyle = c.fail;
      g.lineWidth = 1;
      g.strokeRect(box.x + 0.5, box.y + 0.5, Math.max(1, box.w - 1), box.h - 1);
    } else fade(g, c.info, box);
    if (box.w > 30 && layout.rowHeight >= 14) {
      g.fillStyle = outcome === 'fail' ? c.ink : c.panel;
      barText(g, ops.display(row), box.x, box.x + box.w, box.y + box.h / 2 + 0.5);
    }
    return true;
  });
  g.globalAlpha = 1;
}

function fade(g: CanvasRenderingContext2D, colour: string, box: Box): void {
  const gradient = g.createLinearGradient(box.x, 0, box.x + box.w, 0);
  gradient.addColorStop(0, colour);
  gradient.addColorStop(0.5, colour);
  gradient.addColorStop(1, `${colour}18`);
  g.fillStyle = gradient;
  g.fillRect(box.x, box.y, box.w, box.h);
}

/** A colour without its alpha, as a little-endian pixel. */
function rgb(colour: string): number {
  const value = Number.parseInt(colour.slice(1), 16);
  return (value >> 16) | (value & 0xff00) | ((value & 255) << 16);
}

const bins = { counts: new Uint16Array(0), canvas: document.createElement('canvas') };

function drawBins(chart: Chart, g: CanvasRenderingContext2D, c: Colours, layout: Layout): void {
  const { view } = chart;
  const { ops } = view;
  const width = Math.floor(chart.plotWidth);
  const rows = layout.opsRows;
  const cells = width * rows * 3;
  if (bins.counts.length < cells) bins.counts = new Uint16Array(cells);
  const counts = bins.counts.fill(0, 0, cells);
  const { from, to, mask } = view;
  const scale = width / (to - from);
  const { start, duration, kind } = ops.columns;
  const { laneOf } = layout;
  const { stride } = view;
  ops.eachRange(from, to, (low, high) => {
    for (let op = low; op < high; op += stride) {
      const lane = laneOf[op]!;
      if (lane < 0 || (mask !== null && mask[op] === 0)) continue;
      const outcome = kind[op]! & 3;
      const end = outcome === 3 ? to : start[op]! + duration[op]!;
      if (end < from) continue;
      const first = Math.max(0, ((start[op]! - from) * scale) | 0);
      const last = Math.min(width - 1, ((end - from) * scale) | 0);
      const slot = outcome === 3 ? 2 : outcome;
      for (let x = first; x <= last; x++) counts[(lane * width + x) * 3 + slot]! += stride;
    }
  });
  blit(g, c, counts, width, rows, layout, view.to - view.from);
}

function blit(
  g: CanvasRenderingContext2D,
  c: Colours,
  counts: Uint16Array,
  width: number,
  rows: number,
  layout: Layout,
  span: number,
): void {
  const image = new ImageData(width, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const palette = [rgb(c.ok), rgb(c.fail), rgb(c.info)];
  // Full colour at about the density a row has when it is always busy with short operations.
  const full = Math.max(3, span / width / 2000);
  for (let cell = 0; cell < width * rows; cell++) {
    const at = cell * 3;
    const total = counts[at]! + counts[at + 1]! + counts[at + 2]!;
    if (total === 0) continue;
    const slot = counts[at + 2]! > 0 ? 2 : counts[at]! > 0 ? 0 : 1;
    const alpha = 90 + ((165 * Math.min(1, total / full)) | 0);
    pixels[cell] = palette[slot]! | (alpha << 24);
  }
  bins.canvas.width = width;
  bins.canvas.height = rows;
  bins.canvas.getContext('2d')!.putImageData(image, 0, 0);
  g.imageSmoothingEnabled = false;
  g.drawImage(bins.canvas, GUTTER, layout.opsTop, width, rows * layout.rowHeight);
  if (layout.rowHeight < 6) return;
  g.fillStyle = c.panel;
  for (let lane = 1; lane <= rows; lane++) {
    g.fillRect(GUTTER, layout.opsTop + lane * layout.rowHeight - 2, width, 2);
  }
}

let pattern: { colour: string; made: CanvasPattern | string } | null = null;

/** A diagonal hatch. */
export function hatch(g: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  if (pattern?.colour === colour) return pattern.made;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 6;
  const t = tile.getContext('2d')!;
  t.strokeStyle = colour;
  t.lineWidth = 1;
  t.beginPath();
  for (const shift of [-6, 0, 6]) {
    t.moveTo(shift, 6);
    t.lineTo(shift + 6, 0);
  }
  t.stroke();
  pattern = { colour, made: g.createPattern(tile, 'repeat') ?? colour };
  return pattern.made;
}

function drawWitness(
  chart: Chart,
  g: CanvasRenderingContext2D,
  c: Colours,
  layout: Layout,
  row: number,
): void {
  const box = boxOf(chart, layout, row, 5);
  if (box === null || box.x > chart.width - MARGIN || box.x + box.w < GUTTER) return;
  g.fillStyle = c.panel;
  g.fillRect(box.x - 1, box.y - 1, box.w + 2, box.h + 2);
  g.fillStyle = hatch(g, c.bad);
  g.fillRect(box.x, box.y, box.w, box.h);
  g.strokeStyle = c.bad;
  g.lineWidth = 2;
  g.strokeRect(box.x, box.y, box.w, box.h);
  if (layout.rowHeight < 14) return;
  // What it did: inside when there is room, otherwise beside it, once the stretch is short enough to read.
  g.font = `600 11px ${c.mono}`;
  const text = chart.view.ops.display(row).slice(0, 40);
  const wide = g.measureText(text).width + 8;
  const inside = box.w > wide + 8;
  if (!inside && chart.view.to - chart.view.from > 2e6) return;
  const left = inside ? Math.max(box.x, GUTTER) + 3 : box.x + box.w + 4;
  g.fillStyle = c.panel;
  g.fillRect(left, box.y + 1, wide, box.h - 2);
  g.fillStyle = c.bad;
  g.fillText(text, left + 4, box.y + box.h / 2 + 0.5);
}

function drawSelection(
  chart: Chart,
  g: CanvasRenderingContext2D,
  c: Colours,
  layout: Layout,
  row: number,
): void {
  const box = boxOf(chart, layout, row, 5);
  if (box === null) return;
  g.strokeStyle = c.panel;
  g.lineWidth = 5;
  g.strokeRect(box.x - 1.5, box.y - 1.5, box.w + 3, box.h + 3);
  g.strokeStyle = c.ink;
  g.lineWidth = 2;
  g.strokeRect(box.x - 1.5, box.y - 1.5, box.w + 3, box.h + 3);
}

/** The operation nearest to a point of a row, or -1. */
export function opAt(chart: Chart, layout: Layout, x: number, lane: number): number {
  const { view } = chart;
  let best = -1;
  let distance = 5;
  view.ops.eachTouching(chart.time(x - 5), chart.time(x + 5), (row) => {
    if (layout.laneOf[row] !== lane || !view.matches(row)) return true;
    const left = chart.x(view.ops.start(row));
    const right = Math.max(left + 1, chart.x(view.ops.end(row)));
    const away = x < left ? left - x : x > right ? x - right : 0;
    if (away <= distance) {
      distance = away;
      best = row;
    }
    return true;
  });
  return best;
}
