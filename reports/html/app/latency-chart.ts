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
/** Width of a slice for quantiles, pixels, and height steps of its histogram. */
const SLICE = 10;
const STEPS = 90;

/** The chart. */
export class LatencyChart extends Chart {
  #low = 1e2;
  #high = 1e6;
  #measured = -1;

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
  }

  protected draw(g: CanvasRenderingContext2D, c: Colours): void {
    this.#measure();
    this.#drawGrid(g, c);
    this.inPlot(g, () => {
      this.faultBands(g, TOP - 6, this.height - BOTTOM);
      let few = 0;
      this.view.ops.eachTouching(this.view.from, this.view.to, () => ++few <= POINTS);
      if (few <= POINTS) this.#drawPoints(g, c);
      else this.#drawHeat(g, c);
      this.#drawQuantiles(g, c);
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

  #drawHeat(g: CanvasRenderingContext2D, c: Colours): void {
    const { view } = this;
    const { ops } = view;
    const [w, h] = [Math.ceil(this.plotWidth / 3), Math.ceil(this.height / 4)];
    const counts = new Uint32Array(w * h);
    const ambiguous = new Uint32Array(w * h);
    ops.eachTouching(view.from, view.to, (row) => {
      const outcome = ops.columns.kind[row]! % 4;
      if (outcome === 3 || !view.matches(row)) return true;
      const x = Math.floor((this.x(ops.start(row)) - GUTTER) / 3);
      const y = Math.floor(this.#y(ops.columns.duration[row]!) / 4);
      if (x >= 0 && x < w && y >= 0 && y < h) (outcome === 2 ? ambiguous : counts)[y * w + x]!++;
      return true;
    });
    const top = Math.log(2 + counts.reduce((a, b) => Math.max(a, b), 0));
    for (let cell = 0; cell < w * h; cell++) {
      const n = counts[cell]!;
      const special = ambiguous[cell]! > 0;
      if (n === 0 && !special) continue;
      g.globalAlpha = special ? 0.9 : 0.15 + 0.75 * (Math.log(1 + n) / top);
      g.fillStyle = special ? c.info : c.ok;
      g.fillRect(GUTTER + (cell % w) * 3, Math.floor(cell / w) * 4, 3, 4);
    }
    g.globalAlpha = 1;
  }

  #drawQuantiles(g: CanvasRenderingContext2D, c: Colours): void {
    const { view } = this;
    const { ops } = view;
    const slices = Math.ceil(this.plotWidth / SLICE);
    const histogram = new Uint32Array(slices * STEPS);
    const totals = new Uint32Array(slices);
    const span = Math.log(this.#high / this.#low);
    ops.eachTouching(view.from, view.to, (row) => {
      const outcome = ops.columns.kind[row]! % 4;
      if (outcome % 2 === 1 || !view.matches(row)) return true;
      const slice = Math.floor((this.x(ops.start(row)) - GUTTER) / SLICE);
      if (slice < 0 || slice >= slices) return true;
      const at = Math.log(Math.max(ops.columns.duration[row]!, this.#low) / this.#low) / span;
      histogram[slice * STEPS + Math.min(STEPS - 1, Math.floor(at * STEPS))]!++;
      totals[slice]!++;
      return true;
    });
    for (const [share, width, colour] of [
      [0.5, 1.5, c.ink],
      [0.99, 1.5, c.bad],
    ] as const) {
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.setLineDash(share === 0.5 ? [] : [4, 3]);
      g.beginPath();
      let pen = false;
      for (let slice = 0; slice < slices; slice++) {
        const step = quantile(histogram, slice, totals[slice]!, share);
        if (step < 0) {
          pen = false;
          continue;
        }
        const us = this.#low * Math.exp(((step + 0.5) / STEPS) * span);
        const [x, y] = [GUTTER + (slice + 0.5) * SLICE, this.#y(us)];
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

function quantile(histogram: Uint32Array, slice: number, total: number, share: number): number {
  if (total === 0) return -1;
  let left = Math.ceil(total * share);
  for (let step = 0; step < STEPS; step++) {
    left -= histogram[slice * STEPS + step]!;
    if (left <= 0) return step;
  }
  return STEPS - 1;
}
