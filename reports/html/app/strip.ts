/**
 * The strip above the timeline: the whole run at a glance, and a brush over the part that is shown.
 */
import { Chart, GUTTER, type Hit, MARGIN } from './chart.ts';
import type { Colours } from './theme.ts';
import type { View } from './view.ts';

/** The overview strip. */
export class Strip extends Chart {
  constructor(view: View) {
    super('strip', view, ['window']);
    this.#listen();
  }

  override get plotWidth(): number {
    return Math.max(10, this.width - GUTTER - MARGIN);
  }

  override x(time: number): number {
    return GUTTER + (time / this.view.end) * this.plotWidth;
  }

  override time(x: number): number {
    return ((x - GUTTER) / this.plotWidth) * this.view.end;
  }

  protected draw(g: CanvasRenderingContext2D, c: Colours): void {
    const { overview } = this.view.ops;
    const { rate } = overview;
    const bottom = this.height - 4;
    const room = bottom - 6;
    this.gutterText(g, 'whole run', this.height / 2, c.soft);
    g.fillStyle = c.sunk;
    g.fillRect(GUTTER, 2, this.plotWidth, this.height - 4);
    this.faultBands(g, 2, this.height - 2);
    const totals = rate.ok.map((ok, i) => ok + rate.fail[i]! + rate.info[i]!);
    const top = Math.max(1, ...totals);
    totals.forEach((_, i) => {
      const x0 = this.x(i * rate.step);
      const w = Math.max(1, this.x((i + 1) * rate.step) - x0);
      let y = bottom;
      for (const [n, colour] of [
        [rate.ok[i]!, c.ok],
        [rate.fail[i]!, c.fail],
        [rate.info[i]!, c.info],
      ] as const) {
        const h = n === 0 ? 0 : Math.max(1, (n / top) * room);
        g.fillStyle = colour;
        g.fillRect(x0, y - h, w + 0.3, h);
        y -= h;
      }
    });
    for (const finding of overview.findings) {
      const x0 = this.x(finding.from);
      g.fillStyle = c.bad;
      g.fillRect(x0, 2, Math.max(2, this.x(finding.to) - x0), 3);
    }
    this.#drawBrush(g, c);
  }

  #drawBrush(g: CanvasRenderingContext2D, c: Colours): void {
    const x0 = this.x(this.view.from);
    const x1 = Math.max(x0 + 3, this.x(this.view.to));
    g.globalAlpha = 0.55;
    g.fillStyle = c.panel;
    g.fillRect(GUTTER, 2, x0 - GUTTER, this.height - 4);
    g.fillRect(x1, 2, this.width - MARGIN - x1, this.height - 4);
    g.globalAlpha = 1;
    g.strokeStyle = c.accent;
    g.lineWidth = 1.5;
    g.strokeRect(x0, 2.5, x1 - x0, this.height - 5);
  }

  hit(): Hit | null {
    return null;
  }

  #listen(): void {
    let anchor: { time: number; from: number; to: number; moves: boolean; marks: boolean } | null = null;
    this.canvas.addEventListener('pointerdown', (event) => {
      const time = this.time(event.offsetX);
      const { from, to, end } = this.view;
      // Dragging inside a brush that is not the whole run moves it; anywhere else draws a new one.
      const moves = time > from && time < to && to - from < end * 0.98;
      anchor = { time, from, to, moves, marks: event.shiftKey };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener('pointermove', (event) => {
      if (anchor === null) return;
      const time = this.time(event.offsetX);
      if (anchor.marks) this.view.setMark([anchor.time, time], anchor.time);
      else if (anchor.moves) this.view.show(anchor.from + time - anchor.time, anchor.to + time - anchor.time);
      else if (Math.abs(time - anchor.time) > this.view.end / 300) {
        this.view.show(Math.min(time, anchor.time), Math.max(time, anchor.time));
      }
    });
    const done = (): void => {
      const { mark } = this.view;
      if (anchor?.marks && mark !== null) this.view.setMark([mark.from, mark.to]);
      anchor = null;
    };
    this.canvas.addEventListener('pointerup', done);
    this.canvas.addEventListener('pointercancel', done);
    this.canvas.addEventListener('dblclick', () => this.view.show(0, this.view.end));
  }
}
