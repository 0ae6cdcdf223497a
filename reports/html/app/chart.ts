/**
 * A canvas on the shared time axis: sizes with the page, draws a base picture when something changed and only
 * the cursor line over it when the mouse moved, pans, zooms and tells what is under the pointer.
 */
import { type Colours, colours } from './theme.ts';
import type { Change, View } from './view.ts';
import { axisText } from './words.ts';

/** Room for labels at the left of every chart, CSS pixels. */
export const GUTTER = 112;
/** Room at the right of every chart, CSS pixels. */
export const MARGIN = 14;

/** What is under the pointer: words for the tip, and an operation or an event of a message if it is one. */
export interface Hit {
  text: string;
  row: number;
  event?: number;
}

/** One chart. */
export abstract class Chart {
  readonly canvas: HTMLCanvasElement;
  readonly view: View;
  width = 0;
  height = 0;
  readonly #base = document.createElement('canvas');
  readonly #dirtyOn: readonly Change[];
  #dirty = true;
  /** Charts off the screen are not drawn until they come into it. */
  #seen = true;

  constructor(id: string, view: View, dirtyOn: readonly Change[]) {
    this.canvas = document.getElementById(id) as HTMLCanvasElement;
    this.view = view;
    this.#dirtyOn = [...dirtyOn, 'theme', 'data'];
    new ResizeObserver(() => this.redraw()).observe(this.canvas);
    new IntersectionObserver(
      ([entry]) => {
        this.#seen = entry?.isIntersecting ?? true;
        if (this.#seen) this.#paint();
      },
      { rootMargin: '120px' },
    ).observe(this.canvas);
    // On paper everything is on the screen.
    addEventListener('beforeprint', () => {
      this.#seen = true;
      this.redraw();
    });
    view.on((changes) => {
      if (this.#dirtyOn.some((one) => changes.has(one))) this.#dirty = true;
      this.#paint();
    });
  }

  /** Draws the base picture at CSS pixel coordinates. */
  protected abstract draw(g: CanvasRenderingContext2D, colours: Colours): void;

  /** What is at a point, or null. */
  abstract hit(x: number, y: number): Hit | null;

  /** Height the chart wants, when it decides that itself. */
  protected wantedHeight(): number | null {
    return null;
  }

  redraw(): void {
    this.#dirty = true;
    this.#paint();
  }

  get plotWidth(): number {
    return Math.max(10, this.width - GUTTER - MARGIN);
  }

  x(time: number): number {
    const { from, to } = this.view;
    return GUTTER + ((time - from) / (to - from)) * this.plotWidth;
  }

  time(x: number): number {
    const { from, to } = this.view;
    return from + ((x - GUTTER) / this.plotWidth) * (to - from);
  }

  #paint(): void {
    const wanted = this.wantedHeight();
    if (wanted !== null && wanted !== this.height) this.canvas.style.height = `${wanted}px`;
    this.width = this.canvas.clientWidth;
    this.height = wanted ?? this.canvas.clientHeight;
    if (!this.#seen) return;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (w === 0 || h === 0) return;
    if (this.canvas.width !== w || this.canvas.height !== h) {
      for (const target of [this.canvas, this.#base]) {
        target.width = w;
        target.height = h;
      }
      this.#dirty = true;
    }
    if (this.#dirty) {
      const g = this.#base.getContext('2d')!;
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      g.clearRect(0, 0, this.width, this.height);
      g.font = `12px ${colours().sans}`;
      g.textBaseline = 'middle';
      this.draw(g, colours());
      this.#dirty = false;
    }
    const g = this.canvas.getContext('2d')!;
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, w, h);
    g.drawImage(this.#base, 0, 0);
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#drawMark(g);
    this.overlay(g);
  }

  /** The marked stretch, edges and ground: over the picture, so that drawing it costs nothing else. */
  #drawMark(g: CanvasRenderingContext2D): void {
    const { mark } = this.view;
    if (mark === null) return;
    const from = Math.max(GUTTER, this.x(mark.from));
    const to = Math.min(this.width - MARGIN, this.x(mark.to));
    if (to < GUTTER || from > this.width - MARGIN) return;
    g.fillStyle = g.strokeStyle = colours().accent;
    g.globalAlpha = 0.16;
    g.fillRect(from, 0, Math.max(1, to - from), this.height);
    g.globalAlpha = 1;
    g.lineWidth = 1;
    g.beginPath();
    for (const x of [Math.round(from) + 0.5, Math.round(to) - 0.5]) {
      g.moveTo(x, 0);
      g.lineTo(x, this.height);
    }
    g.stroke();
  }

  /** The cursor line by default. */
  protected overlay(g: CanvasRenderingContext2D): void {
    const { cursor } = this.view;
    if (cursor === null) return;
    const x = Math.round(this.x(cursor)) + 0.5;
    if (x < GUTTER || x > this.width - MARGIN) return;
    g.strokeStyle = colours().soft;
    g.globalAlpha = 0.6;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(x, 0);
    g.lineTo(x, this.height);
    g.stroke();
    g.globalAlpha = 1;
  }

  /** Faults in force as bands behind a plot. */
  protected faultBands(g: CanvasRenderingContext2D, top: number, bottom: number): void {
    for (const fault of this.view.ops.overview.faults) {
      if (fault.from === null || fault.to === null) continue;
      const from = Math.max(GUTTER, this.x(fault.from));
      const to = Math.min(this.width - MARGIN, this.x(fault.to));
      if (to <= from) continue;
      g.globalAlpha = 0.12;
      g.fillStyle = colours().faults[fault.colour % 8]!;
      g.fillRect(from, top, to - from, bottom - top);
    }
    g.globalAlpha = 1;
  }

  /** Moments along the axis, kept inside the canvas. */
  protected axis(g: CanvasRenderingContext2D, y: number, colour: string): void {
    const { from, to } = this.view;
    g.font = `11px ${colours().sans}`;
    g.fillStyle = colour;
    for (const time of roundTimes(from, to, this.plotWidth / 120)) {
      const text = axisText(time, to - from);
      const half = g.measureText(text).width / 2;
      g.fillText(text, Math.min(this.width - 4 - half * 2, this.x(time) - half), y);
    }
  }

  /** Clips to the plot while `body` draws. */
  protected inPlot(g: CanvasRenderingContext2D, body: () => void): void {
    g.save();
    g.beginPath();
    g.rect(GUTTER, 0, this.plotWidth, this.height);
    g.clip();
    body();
    g.restore();
  }

  protected gutterText(g: CanvasRenderingContext2D, text: string, y: number, colour: string): void {
    g.fillStyle = colour;
    g.textAlign = 'right';
    g.fillText(cut(g, text, GUTTER - 20), GUTTER - 10, y);
    g.textAlign = 'left';
  }
}

/** The text cut to a width in pixels. */
export function cut(g: CanvasRenderingContext2D, text: string, width: number): string {
  if (g.measureText(text).width <= width) return text;
  let keep = text.length;
  while (keep > 1 && g.measureText(`${text.slice(0, keep)}…`).width > width) keep = Math.ceil(keep * 0.8) - 1;
  return `${text.slice(0, Math.max(0, keep))}…`;
}

/** A label inside a bar, when there is room. */
export function barText(
  g: CanvasRenderingContext2D,
  text: string,
  from: number,
  to: number,
  y: number,
): void {
  const left = Math.max(from, GUTTER);
  const room = to - left - 10;
  if (room < 18) return;
  g.fillText(cut(g, text, room), left + 6, y);
}

const STEPS = [1, 2, 5];

/** Round times about `wanted` times in a stretch. */
export function roundTimes(from: number, to: number, wanted: number): number[] {
  const rough = Math.max(1e-9, (to - from) / wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = STEPS.map((one) => one * power).find((one) => one >= rough) ?? 10 * power;
  const times: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) times.push(at);
  return times;
}
