/**
 * The timeline: faults, who leads, node states, and operations on one axis.
 */
import { Chart, GUTTER, type Hit, MARGIN, roundTimes } from './chart.ts';
import { AXIS, type Layout, makeLayout } from './layout.ts';
import { drawOps, opAt } from './op-lanes.ts';
import { drawBeliefs, drawFaults, drawNodes, drawOverlaps, type Spot } from './span-lanes.ts';
import type { Colours } from './theme.ts';
import type { LaneMode, View } from './view.ts';
import { tipOf } from './words.ts';

/** The chart with lanes. */
export class Lanes extends Chart {
  #layout: Layout | null = null;
  #layoutFor: LaneMode = 'process';
  #layoutRows = -1;
  /** Rectangles drawn for faults, leaders and nodes, for hovering. */
  #spots: Spot[] = [];

  constructor(view: View) {
    super('lanes', view, ['window', 'filter', 'selection', 'lanes']);
  }

  get layout(): Layout {
    const { ops, laneMode } = this.view;
    if (this.#layout === null || this.#layoutFor !== laneMode || this.#layoutRows !== ops.loaded) {
      this.#layout = makeLayout(ops, laneMode);
      this.#layoutFor = laneMode;
      this.#layoutRows = ops.loaded;
    }
    return this.#layout;
  }

  protected override wantedHeight(): number {
    return this.layout.height;
  }

  protected draw(g: CanvasRenderingContext2D, c: Colours): void {
    const { layout } = this;
    this.#spots = [];
    this.#drawFrame(g, c, layout);
    this.axis(g, AXIS / 2, c.soft);
    this.inPlot(g, () => {
      this.faultBands(g, AXIS, layout.height - 6);
      this.#drawGrid(g, c, layout);
      drawOverlaps(this, g, c, layout, this.#spots);
      for (const lane of layout.lanes) {
        if (lane.kind === 'fault') drawFaults(this, g, c, layout, lane, this.#spots);
        else if (lane.kind === 'leader') drawBeliefs(this, g, c, lane, this.#spots);
        else if (lane.kind === 'node') drawNodes(this, g, c, lane, this.#spots);
      }
      drawOps(this, g, c, layout);
    });
  }

  #drawFrame(g: CanvasRenderingContext2D, c: Colours, layout: Layout): void {
    g.font = `600 11.5px ${c.sans}`;
    for (const heading of layout.headings) {
      g.fillStyle = c.ink;
      g.textAlign = 'left';
      g.fillText(heading.label, 14, heading.y);
    }
    g.font = `11.5px ${c.mono}`;
    let lastLabel = -100;
    for (const lane of layout.lanes) {
      const middle = lane.y + lane.height / 2;
      if (middle - lastLabel < 12) continue;
      lastLabel = middle;
      this.gutterText(g, lane.label, middle, c.soft);
    }
  }

  #drawGrid(g: CanvasRenderingContext2D, c: Colours, layout: Layout): void {
    g.strokeStyle = c.grid;
    g.lineWidth = 1;
    const { from, to } = this.view;
    for (const time of roundTimes(from, to, this.plotWidth / 120)) {
      const x = Math.round(this.x(time)) + 0.5;
      g.beginPath();
      g.moveTo(x, AXIS);
      g.lineTo(x, layout.height);
      g.stroke();
    }
    g.strokeStyle = c.line;
    for (const lane of layout.lanes) {
      if (lane.kind === 'ops' && layout.rowHeight < 12) continue;
      const y = Math.round(lane.y + lane.height) - 0.5;
      g.globalAlpha = 0.55;
      g.beginPath();
      g.moveTo(GUTTER, y);
      g.lineTo(this.width - MARGIN, y);
      g.stroke();
      g.globalAlpha = 1;
    }
  }

  hit(x: number, y: number): Hit | null {
    const spot = this.#spots.findLast((one) => x >= one.x0 && x <= one.x1 && y >= one.y0 && y <= one.y1);
    const { layout, view } = this;
    const row = Math.floor((y - layout.opsTop) / layout.rowHeight);
    if (y >= layout.opsTop && row < layout.opsRows && x >= GUTTER) {
      const op = opAt(this, layout, x, row);
      if (op >= 0) return { text: tipOf(view, op), row: op };
    }
    return spot === undefined ? null : { text: spot.text, row: -1 };
  }
}
