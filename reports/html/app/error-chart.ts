/**
 * What went wrong under the chart of latency: a lane for each class of error, with how many ended so in each slice of
 * time. Refused ones are hollow, ambiguous ones filled, as everywhere; the word stands beside the lane.
 */
import { count, moment } from '../../format.ts';
import { Chart, GUTTER, type Hit, MARGIN } from './chart.ts';
import { byId, element } from './dom.ts';
import { type ErrorClasses, errorClasses } from './error-classes.ts';
import type { Colours } from './theme.ts';
import type { View } from './view.ts';

const TOP = 22;
const LANE = 20;
const BOTTOM = 6;
const SLICE = 6;
/** Least height of a bar that stands for something, pixels. */
const LEAST = 3;

/** Counts of one class by slice. */
interface Lane {
  refused: Uint32Array;
  ambiguous: Uint32Array;
  most: number;
}

/** The chart. */
export class ErrorChart extends Chart {
  #classes: ErrorClasses = { names: [], totals: [], refused: [], of: () => -1 };
  #measured = -1;
  #lanes: Lane[] = [];

  constructor(view: View) {
    super('error-chart', view, ['window', 'filter']);
  }

  protected override wantedHeight(): number {
    const { ops } = this.view;
    if (this.#measured !== ops.loaded) {
      this.#measured = ops.loaded;
      this.#classes = errorClasses(ops);
      byId('error-words').replaceChildren(...legend(this.#classes));
    }
    const lanes = this.#classes.names.length;
    return lanes === 0 ? TOP + BOTTOM : TOP + lanes * LANE + BOTTOM;
  }

  #count(): void {
    const slices = Math.max(1, Math.ceil(this.plotWidth / SLICE));
    this.#lanes = this.#classes.names.map(() => ({
      refused: new Uint32Array(slices),
      ambiguous: new Uint32Array(slices),
      most: 1,
    }));
    const { view } = this;
    const { start, duration, kind } = view.ops.columns;
    const { from, to, mask, stride } = view;
    const scale = this.plotWidth / (to - from) / SLICE;
    view.ops.eachRange(from, to, (low, high) => {
      for (let row = low; row < high; row += stride) {
        const outcome = kind[row]! & 3;
        if (outcome === 0 || (mask !== null && mask[row] === 0)) continue;
        // One that was never answered counts where it began.
        const at = start[row]! + (outcome === 3 ? 0 : duration[row]!);
        if (at < from || at > to) continue;
        const lane = this.#lanes[this.#classes.of(row)];
        if (lane === undefined) continue;
        const into = outcome === 1 ? lane.refused : lane.ambiguous;
        into[Math.min(slices - 1, ((at - from) * scale) | 0)]! += stride;
      }
    });
    for (const lane of this.#lanes)
      for (let i = 0; i < slices; i++) lane.most = Math.max(lane.most, lane.refused[i]! + lane.ambiguous[i]!);
  }

  protected draw(g: CanvasRenderingContext2D, c: Colours): void {
    this.#count();
    g.font = `600 11.5px ${c.sans}`;
    g.fillStyle = c.ink;
    g.fillText('errors', 14, TOP - 11);
    g.font = `11px ${c.sans}`;
    if (this.#lanes.length === 0) {
      g.fillStyle = c.soft;
      g.fillText('none: every operation was answered and took effect', GUTTER, TOP - 11);
      return;
    }
    this.inPlot(g, () => this.faultBands(g, TOP - 6, this.height - BOTTOM));
    this.#lanes.forEach((lane, i) => {
      const bottom = TOP + (i + 1) * LANE - 3;
      g.strokeStyle = c.grid;
      g.beginPath();
      g.moveTo(GUTTER, bottom + 0.5);
      g.lineTo(this.width - MARGIN, bottom + 0.5);
      g.stroke();
      this.gutterText(g, this.#classes.names[i]!, bottom - LANE / 2 + 4, c.soft);
      this.inPlot(g, () => drawLane(g, c, lane, bottom));
    });
  }

  hit(x: number, y: number): Hit | null {
    const slice = Math.floor((x - GUTTER) / SLICE);
    if (slice < 0 || slice >= (this.#lanes[0]?.refused.length ?? 0)) return null;
    const said = this.#lanes.flatMap(({ refused, ambiguous }, i) => {
      const [no, maybe] = [refused[slice]!, ambiguous[slice]!];
      const parts = [no > 0 && `${count(no)} failed`, maybe > 0 && `${count(maybe)} ambiguous`].filter(
        Boolean,
      );
      return parts.length === 0 ? [] : [`${this.#classes.names[i]}: ${parts.join(', ')}`];
    });
    const at = moment(this.time(x) * 1000);
    return { text: [at, ...(said.length > 0 ? said : ['no error'])].join('\n'), row: this.#rowAt(slice, y) };
  }

  /** The first operation of a lane in a slice, so that a click shows one. */
  #rowAt(slice: number, y: number): number {
    const lane = Math.floor((y - TOP) / LANE);
    const { ops } = this.view;
    const [from, to] = [this.time(GUTTER + slice * SLICE), this.time(GUTTER + (slice + 1) * SLICE)];
    let found = -1;
    ops.eachTouching(from, to, (row) => {
      const outcome = ops.outcome(row);
      const at = outcome === 'open' ? ops.start(row) : ops.end(row);
      const here = outcome !== 'ok' && at >= from && at < to && this.#classes.of(row) === lane;
      if (here && this.view.matches(row)) found = row;
      return found < 0;
    });
    return found;
  }
}

/** Every class in full, with its looks and how many there are in the run: beside the lanes there is room for a part. */
function legend({ names, totals, refused }: ErrorClasses): HTMLElement[] {
  return names.map((name, i) => {
    const looks = [refused[i]! > 0 && 'l-fail', refused[i]! < totals[i]! && 'l-maybe'].filter(
      (one) => one !== false,
    );
    return element(
      'span',
      {},
      ...looks.map((one) => element('i', { class: one })),
      `${name} ${count(totals[i]!)}`,
    );
  });
}

/** Bars of one lane, each as high as its share of the fullest slice. */
function drawLane(g: CanvasRenderingContext2D, c: Colours, lane: Lane, bottom: number): void {
  const room = LANE - 6;
  const height = (n: number): number => (n === 0 ? 0 : Math.max(LEAST, (n / lane.most) * room));
  g.lineWidth = 1;
  for (let i = 0; i < lane.refused.length; i++) {
    const [no, maybe] = [height(lane.refused[i]!), height(lane.ambiguous[i]!)];
    const x = GUTTER + i * SLICE;
    g.fillStyle = c.info;
    g.fillRect(x, bottom - maybe, SLICE - 1, maybe);
    if (no === 0) continue;
    g.strokeStyle = c.fail;
    g.strokeRect(x + 0.5, bottom - maybe - no + 0.5, SLICE - 2, no - 1);
  }
}
