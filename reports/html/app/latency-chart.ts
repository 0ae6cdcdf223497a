/**
 * Latency over time on a logarithmic scale: points when there are few, a heat map when there are many, and the
 * median and 99th percentile of the answered operations in each slice of time.
 */
import { Chart, GUTTER, type Hit, MARGIN } from './chart.ts';
import type { Colours } from './theme.ts';
import type { View } from './view.ts';
import { length, tipOf } from './words.ts';

const POINTS = 5000;
const TOP = 14;
const BOTTOM = 12;
/** Cells of the heat map: width in pixels, and steps of the scale. */
const CELL = 3;
const STEPS = 64;
/** Cells side by side that share a quantile. */
const GROUP = 4;
const QUANTILES_FROM = 200;

/** The chart. */
export class LatencyChart extends Chart {
  #low = 1e2;
  #high = 1e6;
  #measured = -1;
  /** Step of each operation's latency on the scale; logarithms are taken once. */
  #step = new Uint8Array(0);

  constructor(view: View) {
    super('latency-chart', view, ['window', 'filter', 'selection']);
  }

  #y(us: number): number {
    const share =
      (Math.log(Math.max(us, this.#low)) - Math.log(this.#low)) /
      (Math.log(this.#high) - Math.log(this.#low));
    return this.height - BOTTOM - share * (this.height - TOP - BOTTOM);
  }

  /** Range of all durations, once per load. */
  #measure(): void {
    const { ops } = this.view;
    if (this.#measured === ops.loaded) return;
    this.#measured = ops.loaded;
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    const { duration, kind } = ops.columns;
    for (let row = 0; row < ops.loaded; row++) {
      if (kind[row]! % 4 === 3) continue;
      low = Math.min(low, duration[row]!);
      high = Math.max(high, duration[row]!);
    }
    if (high === 0) return;
    this.#low = Math.max(10, low * 0.8);
    this.#high = Math.max(this.#low * 10, high * 1.25);
    this.#step = new Uint8Array(ops.loaded);
    const scale = STEPS / Math.log(this.#high / this.#low);
    for (let row = 0; row < ops.loaded; row++) {
      const step = Math.log(Math.max(duration[row]!, this.#low) / this.#low) * scale;
      this.#step[row] = Math.min(STEPS - 1, step);
    }
  }

  protected draw(g: CanvasRenderingContext2D, c: Colours): void {
    this.#measure();
    this.#drawGrid(g, c);
    this.inPlot(g, () => {
      this.faultBands(g, TOP - 6, this.height - BOTTOM);
      let few = 0;
      this.view.ops.eachTouching(this.view.from, this.view.to, () => ++few <= POINTS);
      const cells = this.#count();
      if (few <= POINTS) this.#drawPoints(g, c);
      else this.#drawHeat(g, c, cells);
      // A quantile of a handful of operations is noise.
      if (few > QUANTILES_FROM) this.#drawQuantiles(g, c, cells);
    });
    g.font = `600 11.5px ${c.sans}`;
    g.fillStyle = c.ink;
    g.fillText('latency', 14, TOP);
  }

  #drawGrid(g: CanvasRenderingContext2D, c: Colours): void {
    g.font = `11px ${c.sans}`;
    g.strokeStyle = c.grid;
    g.lineWidth = 1;
    for (let us = 10; us <= this.#high; us *= 10) {
      if (us < this.#low) continue;
      const y = Math.round(this.#y(us)) + 0.5;
      g.beginPath();
      g.moveTo(GUTTER, y);
      g.lineTo(this.width - MARGIN, y);
      g.stroke();
      this.gutterText(g, us < 1000 ? `${us} us` : us < 1e6 ? `${us / 1000} ms` : `${us / 1e6} s`, y, c.soft);
    }
  }

  #drawPoints(g: CanvasRenderingContext2D, c: Colours): void {
    const { view } = this;
    const { ops } = view;
    ops.eachTouching(view.from, view.to, (row) => {
      const outcome = ops.outcome(row);
      if (outcome === 'open' || !view.matches(row)) return true;
      const x = this.x(ops.start(row));
      const y = this.#y(ops.columns.duration[row]!);
      g.fillStyle = outcome === 'ok' ? c.ok : outcome === 'fail' ? c.fail : c.info;
      g.globalAlpha = outcome === 'info' ? 1 : 0.65;
      if (outcome === 'info') {
        g.beginPath();
        g.moveTo(x, y - 4);
        g.lineTo(x + 4, y + 3);
        g.lineTo(x - 4, y + 3);
        g.fill();
      } else g.fillRect(x - 1.5, y - 1.5, 3, 3);
      return true;
    });
    g.globalAlpha = 1;
    for (const finding of ops.overview.findings) {
      for (const row of finding.rows) {
        if (row >= ops.loaded) continue;
        g.strokeStyle = c.bad;
        g.lineWidth = 2;
        g.strokeRect(this.x(ops.start(row)) - 4, this.#y(ops.columns.duration[row]!) - 4, 8, 8);
      }
    }
  }

  /** Operations per cell: answered or refused, and ambiguous. One pass. */
  #count(): Cells {
    const width = Math.ceil(this.plotWidth / CELL);
    const cells: Cells = {
      width,
      ok: new Uint32Array(width * STEPS),
      fail: new Uint32Array(width * STEPS),
      info: new Uint32Array(width * STEPS),
    };
    const { from, to, mask, ops, stride } = this.view;
    const scale = width / (to - from);
    const { start, kind } = ops.columns;
    const step = this.#step;
    ops.eachRange(from, to, (low, high) => {
      for (let row = low; row < high; row += stride) {
        const outcome = kind[row]! & 3;
        if (outcome === 3 || start[row]! < from || (mask !== null && mask[row] === 0)) continue;
        const x = Math.min(width - 1, ((start[row]! - from) * scale) | 0);
        const into = outcome === 0 ? cells.ok : outcome === 1 ? cells.fail : cells.info;
        into[x * STEPS + step[row]!]! += stride;
      }
    });
    return cells;
  }

  /** Top and height of a step of the scale. */
  #stepBox(step: number): [number, number] {
    const room = (this.height - TOP - BOTTOM) / STEPS;
    return [this.height - BOTTOM - (step + 1) * room, room];
  }

  #drawHeat(g: CanvasRenderingContext2D, c: Colours, cells: Cells): void {
    let most = 1;
    for (let i = 0; i < cells.ok.length; i++) most = Math.max(most, cells.ok[i]! + cells.fail[i]!);
    const top = Math.log(1 + most);
    for (let x = 0; x < cells.width; x++) {
      for (let step = 0; step < STEPS; step++) {
        const at = x * STEPS + step;
        const n = cells.ok[at]! + cells.fail[at]!;
        const special = cells.info[at]! > 0;
        if (n === 0 && !special) continue;
        const [y, h] = this.#stepBox(step);
        g.globalAlpha = special ? 0.9 : 0.15 + 0.75 * (Math.log(1 + n) / top);
        g.fillStyle = special ? c.info : cells.ok[at]! > 0 ? c.ok : c.fail;
        g.fillRect(GUTTER + x * CELL, y, CELL, h + 0.5);
      }
    }
    g.globalAlpha = 1;
  }

  #drawQuantiles(g: CanvasRenderingContext2D, c: Colours, cells: Cells): void {
    const groups = Math.ceil(cells.width / GROUP);
    for (const [share, colour] of [
      [0.5, c.ink],
      [0.99, c.bad],
    ] as const) {
      g.strokeStyle = colour;
      g.lineWidth = 1.5;
      g.setLineDash(share === 0.5 ? [] : [4, 3]);
      g.beginPath();
      let pen = false;
      for (let group = 0; group < groups; group++) {
        const step = quantile(cells, group, share);
        if (step < 0) {
          pen = false;
          continue;
        }
        const [top, room] = this.#stepBox(step);
        const [x, y] = [GUTTER + (group + 0.5) * GROUP * CELL, top + room / 2];
        if (pen) g.lineTo(x, y);
        else g.moveTo(x, y);
        pen = true;
      }
      g.stroke();
    }
    g.setLineDash([]);
  }

  hit(x: number, y: number): Hit | null {
    const { view } = this;
    if (x < GUTTER) return null;
    let best = -1;
    let distance = 8;
    view.ops.eachTouching(this.time(x - 8), this.time(x + 8), (row) => {
      if (view.ops.outcome(row) === 'open' || !view.matches(row)) return true;
      const away = Math.hypot(this.x(view.ops.start(row)) - x, this.#y(view.ops.columns.duration[row]!) - y);
      if (away < distance) {
        distance = away;
        best = row;
      }
      return true;
    });
    if (best >= 0) return { text: tipOf(view, best), row: best };
    const share = (this.height - BOTTOM - y) / (this.height - TOP - BOTTOM);
    return { text: length(this.#low * (this.#high / this.#low) ** share), row: -1 };
  }
}

/** Operations per cell, columns of STEPS side by side. */
interface Cells {
  width: number;
  ok: Uint32Array;
  fail: Uint32Array;
  info: Uint32Array;
}

/** Step of the scale below which a share of a group's ok and ambiguous operations lies; -1 when it has none. */
function quantile(cells: Cells, group: number, share: number): number {
  const from = group * GROUP;
  const to = Math.min(cells.width, from + GROUP);
  const at = (step: number): number => {
    let n = 0;
    for (let x = from; x < to; x++) n += cells.ok[x * STEPS + step]! + cells.info[x * STEPS + step]!;
    return n;
  };
  let total = 0;
  for (let step = 0; step < STEPS; step++) total += at(step);
  if (total === 0) return -1;
  let left = Math.ceil(total * share);
  for (let step = 0; step < STEPS; step++) {
    left -= at(step);
    if (left <= 0) return step;
  }
  return STEPS - 1;
}
