/**
 * Completions per second, stacked by outcome.
 */
import { count, moment } from '../../format.ts';
import { Chart, GUTTER, type Hit, MARGIN, roundTimes } from './chart.ts';
import type { Colours } from './theme.ts';
import type { View } from './view.ts';

const TOP = 14;
const BOTTOM = 22;
const SLICE = 6;

/** The chart. */
export class RateChart extends Chart {
  #counts: Uint32Array[] = [];
  #top = 1;

  constructor(view: View) {
    super('rate-chart', view, ['window', 'filter']);
  }

  #count(): void {
    const { view } = this;
    const { start, duration, kind } = view.ops.columns;
    const slices = Math.ceil(this.plotWidth / SLICE);
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
    this.#counts = counts;
    this.#top = 1;
    for (let i = 0; i < slices; i++) {
      this.#top = Math.max(this.#top, counts[0]![i]! + counts[1]![i]! + counts[2]![i]!);
    }
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
          g.fillRect(GUTTER + i * SLICE, y - h, SLICE - 1, h);
          y -= h;
        });
      }
    });
    this.axis(g, this.height - 9, c.soft);
    g.font = `600 11.5px ${c.sans}`;
    g.fillStyle = c.ink;
    g.fillText('throughput', 14, TOP);
  }

  hit(x: number): Hit | null {
    const slice = Math.floor((x - GUTTER) / SLICE);
    if (slice < 0 || slice >= (this.#counts[0]?.length ?? 0)) return null;
    const rate = (outcome: number): string => count(this.#counts[outcome]![slice]! * this.#perSecond);
    const at = moment(this.time(x) * 1000);
    return { text: `${at}\nok ${rate(0)}/s\nfailed ${rate(1)}/s\nambiguous ${rate(2)}/s`, row: -1 };
  }
}
