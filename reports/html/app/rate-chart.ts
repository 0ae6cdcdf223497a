/**
 * Completions per second, stacked by outcome. Where the page holds a sample of the operations they come from the counts of
 * all of them, in the slices in which those were made, unless a filter chooses among the sample.
 */
import { count, moment } from '../../format.ts';
import { Chart, GUTTER, type Hit, MARGIN, roundTimes } from './chart.ts';
import { type Recovery, recoveries } from './recovery.ts';
import type { Colours } from './theme.ts';
import type { View } from './view.ts';
import { length } from './words.ts';

const TOP = 14;
const BOTTOM = 22;
const SLICE = 6;

/** The chart. */
export class RateChart extends Chart {
  #counts: (Uint32Array | Float64Array)[] = [];
  #top = 1;
  #measured = -1;
  #recoveries: Recovery[] = [];

  constructor(view: View) {
    super('rate-chart', view, ['window', 'filter']);
  }

  get #ofSample(): boolean {
    const { rows, total } = this.view.ops.overview;
    return rows < total;
  }

  #count(): void {
    const slices = Math.ceil(this.plotWidth / SLICE);
    this.#counts = this.#ofSample && this.view.mask === null ? this.#all(slices) : this.#shown(slices);
    this.#top = 1;
    for (let i = 0; i < slices; i++) {
      this.#top = Math.max(this.#top, this.#counts[0]![i]! + this.#counts[1]![i]! + this.#counts[2]![i]!);
    }
  }

  /** What was counted of all operations, spread over the slices that each count touches. */
  #all(slices: number): Float64Array[] {
    const { from, to, ops } = this.view;
    const { step, ok, fail, info } = ops.overview.rate;
    const width = ((to - from) * SLICE) / this.plotWidth;
    return [ok, fail, info].map((buckets) => {
      const counts = new Float64Array(slices);
      for (let slice = 0; slice < slices; slice++) {
        const [low, high] = [from + slice * width, from + (slice + 1) * width];
        for (let i = Math.floor(low / step); i * step < high && i < buckets.length; i++) {
          const overlap = Math.min(high, (i + 1) * step) - Math.max(low, i * step);
          counts[slice]! += (buckets[i]! * overlap) / step;
        }
      }
      return counts;
    });
  }

  #shown(slices: number): Uint32Array[] {
    const { view } = this;
    const { start, duration, kind } = view.ops.columns;
    const counts = [0, 1, 2].map(() => new Uint32Array(slices));
    const { from, to, mask } = view;
    const scale = this.plotWidth / (to - from) / SLICE;
    const { stride } = view;
    view.ops.eachRange(from, to, (low, high) => {
      for (let row = low; row < high; row += stride) {
        const outcome = kind[row]! & 3;
        if (outcome === 3 || (mask !== null && mask[row] === 0)) continue;
        const at = start[row]! + duration[row]!;
        if (at >= from && at <= to)
          counts[outcome]![Math.min(slices - 1, ((at - from) * scale) | 0)]! += stride;
      }
    });
    return counts;
  }

  /** Operations per second that one count in a slice stands for. */
  get #perSecond(): number {
    return 1e6 / ((this.view.to - this.view.from) * (SLICE / this.plotWidth));
  }

  protected draw(g: CanvasRenderingContext2D, c: Colours): void {
    this.#count();
    const room = this.height - TOP - BOTTOM;
    const bottom = this.height - BOTTOM;
    g.font = `11px ${c.sans}`;
    for (const rate of roundTimes(0, this.#top * this.#perSecond, 3)) {
      const y = Math.round(bottom - (rate / (this.#top * this.#perSecond)) * room) + 0.5;
      g.strokeStyle = c.grid;
      g.beginPath();
      g.moveTo(GUTTER, y);
      g.lineTo(this.width - MARGIN, y);
      g.stroke();
      this.gutterText(g, `${count(rate)}/s`, y, c.soft);
    }
    this.inPlot(g, () => {
      this.faultBands(g, TOP - 6, bottom);
      const slices = this.#counts[0]!.length;
      for (let i = 0; i < slices; i++) {
        let y = bottom;
        [c.ok, c.fail, c.info].forEach((colour, outcome) => {
          const h = (this.#counts[outcome]![i]! / this.#top) * room;
          g.fillStyle = colour;
          // Failed ones are hollow, as everywhere.
          g.globalAlpha = outcome === 1 ? 0.3 : 1;
          g.fillRect(GUTTER + i * SLICE, y - h, SLICE - 1, h);
          g.globalAlpha = 1;
          if (outcome === 1 && h > 1) {
            g.strokeStyle = colour;
            g.lineWidth = 1;
            g.strokeRect(GUTTER + i * SLICE + 0.5, y - h + 0.5, SLICE - 2, h - 1);
          }
          y -= h;
        });
      }
    });
    if (this.view.ops.overview.total === this.view.ops.count) this.#drawRecoveries(g, c);
    this.axis(g, this.height - 9, c.soft);
    g.font = `600 11.5px ${c.sans}`;
    g.fillStyle = c.ink;
    g.fillText(this.#ofSample && this.view.mask !== null ? 'of the sample' : 'throughput', 14, TOP);
  }

  /** From the end of each fault to the first acknowledgement since, where that is wide enough to be seen. */
  #drawRecoveries(g: CanvasRenderingContext2D, c: Colours): void {
    const { ops } = this.view;
    if (this.#measured !== ops.loaded) {
      this.#measured = ops.loaded;
      this.#recoveries = recoveries(ops);
    }
    g.strokeStyle = g.fillStyle = c.ink;
    g.lineWidth = 1.5;
    g.font = `11px ${c.sans}`;
    this.inPlot(g, () => {
      for (const { from, to } of this.#recoveries) {
        const [x0, x1] = [this.x(from), this.x(to)];
        if (x1 - x0 < 3 || x1 < GUTTER || x0 > this.width - MARGIN) continue;
        g.beginPath();
        for (const x of [x0, x1]) {
          g.moveTo(x, TOP - 9);
          g.lineTo(x, TOP - 1);
        }
        g.moveTo(x0, TOP - 5);
        g.lineTo(x1, TOP - 5);
        g.stroke();
        g.fillText(`back after ${length(to - from)}`, x1 + 5, TOP - 5);
      }
    });
  }

  hit(x: number): Hit | null {
    const slice = Math.floor((x - GUTTER) / SLICE);
    if (slice < 0 || slice >= (this.#counts[0]?.length ?? 0)) return null;
    const rate = (outcome: number): string => count(this.#counts[outcome]![slice]! * this.#perSecond);
    const at = moment(this.time(x) * 1000);
    return { text: `${at}\nok ${rate(0)}/s\nfailed ${rate(1)}/s\nambiguous ${rate(2)}/s`, row: -1 };
  }
}
