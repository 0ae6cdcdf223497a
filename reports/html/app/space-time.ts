/**
 * The space-time diagram: one line per process, an arrow from where a message was sent to where it arrived, on the
 * same time axis as everything else. Of too many messages those are drawn that tell most: the lost ones and the rare
 * kinds first.
 */
import { count, moment } from '../../format.ts';
import { Chart, GUTTER, type Hit, MARGIN } from './chart.ts';
import type { MessageState } from './message-state.ts';
import { type Messages, NONE } from './messages.ts';
import type { Colours } from './theme.ts';
import type { View } from './view.ts';
import { length } from './words.ts';

/** Most arrows drawn. */
const ARROWS = 2000;
/** Up to this many arrows have their kind written on them. */
const NAMED = 70;
const AXIS = 26;
const NEAR = 9;

interface Dot {
  event: number;
  x: number;
  y: number;
}

/** The diagram. */
export class SpaceTime extends Chart {
  readonly #state: MessageState;
  /** Ends of the arrows drawn, for the pointer. */
  #dots: Dot[] = [];
  /** What the last picture shows and leaves out, in words. */
  note = '';
  readonly #told: () => void;

  constructor(view: View, state: MessageState, told: () => void) {
    super('space-time', view, ['window', 'messages', 'selection']);
    this.#state = state;
    this.#told = told;
  }

  protected override wantedHeight(): number {
    const lanes = this.#state.lanes.length;
    return AXIS + 14 + lanes * this.#laneHeight(lanes);
  }

  #laneHeight(lanes: number): number {
    return Math.max(22, Math.min(52, Math.floor(480 / Math.max(1, lanes))));
  }

  #y(process: number): number | null {
    const lane = this.#state.laneOf(process);
    if (lane < 0) return null;
    return AXIS + 10 + (lane + 0.5) * this.#laneHeight(this.#state.lanes.length);
  }

  protected draw(g: CanvasRenderingContext2D, c: Colours): void {
    this.axis(g, AXIS / 2, c.soft);
    this.#dots = [];
    const { messages, lanes } = this.#state;
    g.font = `11.5px ${c.mono}`;
    lanes.forEach((lane, i) => {
      const y = AXIS + 10 + (i + 0.5) * this.#laneHeight(lanes.length);
      this.gutterText(g, lane.label, y, c.ink);
      g.strokeStyle = c.line;
      g.lineWidth = 1;
      g.beginPath();
      g.moveTo(GUTTER, y);
      g.lineTo(this.width - MARGIN, y);
      g.stroke();
    });
    if (messages === null) {
      g.fillStyle = c.soft;
      g.fillText('reading the messages', GUTTER + 8, AXIS + 20);
      return;
    }
    const { rows, total } = this.#chosen(messages);
    this.inPlot(g, () => {
      this.faultBands(g, AXIS, this.height - 6);
      for (const row of rows) this.#arrow(g, c, messages, row, rows.length <= NAMED);
      this.#drawStamps(g, c, messages);
      for (const [i, event] of this.#state.picked.entries()) this.#mark(g, c, event, i === 0 ? 'A' : 'B');
    });
    this.note = this.#noteOf(messages, rows.length, total);
    this.#told();
  }

  #noteOf(messages: Messages, drawn: number, total: number): string {
    const lacks =
      messages.about.leftOut === 0
        ? ''
        : ` ${count(messages.about.leftOut)} messages of the run are not in this file: chains through them are not seen.`;
    if (total === 0) return `No message was under way in this stretch.${lacks}`;
    if (drawn < total)
      return `${count(drawn)} of ${count(total)} messages drawn, the lost ones and the rare kinds first. Zoom in for all.${lacks}`;
    return `${count(total)} ${total === 1 ? 'message' : 'messages'} in this stretch.${lacks}`;
  }

  /** Rows to draw, in order of sending, and how many there are. */
  #chosen(messages: Messages): { rows: number[]; total: number } {
    const { from, to } = this.view;
    const all: number[] = [];
    messages.eachTouching(from, to, (row) => {
      if (this.#state.shows(row)) all.push(row);
    });
    if (all.length <= ARROWS) return { rows: all, total: all.length };
    const { type, fate } = messages.columns;
    const kind = (row: number): number => type[row]! * 64 + fate[row]!;
    const counts = new Map<number, number>();
    for (const row of all) counts.set(kind(row), (counts.get(kind(row)) ?? 0) + 1);
    const ranked = [...counts].sort(([a, m], [b, n]) => Number(b % 64 > 0) - Number(a % 64 > 0) || m - n);
    const share = new Map<number, number>();
    let left = ARROWS;
    for (const [name, n] of ranked) {
      const take = Math.min(left, n);
      share.set(name, take / n);
      left -= take;
    }
    const due = new Map<number, number>();
    const rows = all.filter((row) => {
      // Of a kind that does not fit every so many-th, evenly.
      const name = kind(row);
      const now = (due.get(name) ?? 0) + share.get(name)!;
      due.set(name, now % 1);
      return now >= 1 || this.#state.followed.has(row);
    });
    return { rows, total: all.length };
  }

  #arrow(g: CanvasRenderingContext2D, c: Colours, messages: Messages, row: number, named: boolean): void {
    const { from, to, sent, took, type, fate, order } = messages.columns;
    const [y1, y2] = [this.#y(from[row]!), this.#y(to[row]!)];
    if (y1 === null || y2 === null) return;
    const arrived = messages.arrived(row);
    const [x1, xEnd] = [this.x(sent[row]!), this.x(sent[row]! + took[row]!)];
    // What did not arrive ends on its way.
    const x2 = arrived ? xEnd : Math.max(x1 + 6, xEnd);
    const yEnd = arrived ? y2 : y1 + (y2 - y1) * 0.6;
    const followed = this.#state.followed.has(row);
    const pale = this.#state.followed.size > 0 && !followed;
    g.globalAlpha = pale ? 0.15 : followed || named ? 1 : 0.7;
    g.strokeStyle = g.fillStyle = arrived ? (followed ? c.info : c.accent) : c.bad;
    g.lineWidth = followed ? 2 : 1;
    g.setLineDash(arrived ? [] : [4, 3]);
    g.beginPath();
    g.moveTo(x1, y1);
    g.lineTo(x2, yEnd);
    g.stroke();
    g.setLineDash([]);
    if (arrived) head(g, x1, y1, x2, yEnd);
    else cross(g, x2, yEnd);
    if (!pale) {
      this.#dots.push({ event: order[row]!, x: x1, y: y1 });
      if (arrived) this.#dots.push({ event: messages.endOf(row), x: x2, y: yEnd });
    }
    if (named && !pale) {
      g.font = `11px ${c.sans}`;
      const words = messages.about.types[type[row]!] ?? '';
      g.fillText(
        arrived ? words : `${words} (${messages.about.fates[fate[row]!]})`,
        (x1 + x2) / 2 + 5,
        (y1 + yEnd) / 2,
      );
    }
    g.globalAlpha = 1;
  }

  /** Timestamps beside the events, where there is room for them. */
  #drawStamps(g: CanvasRenderingContext2D, c: Colours, messages: Messages): void {
    const { stamps } = this.#state;
    if (this.#dots.length > 1200) return;
    g.font = `10.5px ${c.mono}`;
    const taken = new Map<number, number>();
    const seen = new Set<number>();
    for (const { event, x, y } of [...this.#dots].sort((a, b) => a.x - b.x)) {
      if (seen.has(event)) continue;
      seen.add(event);
      g.fillStyle = c.ink;
      g.beginPath();
      g.arc(x, y, 2.2, 0, 7);
      g.fill();
      if (stamps === 'none') continue;
      const words = stamps === 'lamport' ? String(messages.stampOf(event)) : this.#state.vectorText(event);
      if (x < (taken.get(y) ?? 0)) continue;
      taken.set(y, x + g.measureText(words).width + 6);
      g.fillStyle = c.soft;
      g.fillText(words, x + 1, y - 8);
    }
  }

  #mark(g: CanvasRenderingContext2D, c: Colours, event: number, name: string): void {
    const { messages } = this.#state;
    if (messages === null || messages.rowOf[event] === undefined || messages.rowOf[event] === NONE) return;
    const y = this.#y(messages.processOf(event));
    if (y === null) return;
    const x = this.x(messages.timeOf(event));
    g.strokeStyle = c.ink;
    g.fillStyle = c.mark;
    g.lineWidth = 2;
    g.beginPath();
    g.arc(x, y, 9, 0, 7);
    g.fill();
    g.stroke();
    g.fillStyle = c.ink;
    g.font = `600 11px ${c.sans}`;
    g.textAlign = 'center';
    g.fillText(name, x, y + 0.5);
    g.textAlign = 'left';
  }

  /** The event nearest to a point, or NONE. */
  eventAt(x: number, y: number): number {
    let best = NONE;
    let distance = NEAR;
    for (const dot of this.#dots) {
      const away = Math.hypot(dot.x - x, dot.y - y);
      if (away < distance) [distance, best] = [away, dot.event];
    }
    return best;
  }

  hit(x: number, y: number): Hit | null {
    const { messages } = this.#state;
    const event = this.eventAt(x, y);
    if (messages === null || event === NONE) return null;
    const row = messages.rowOf[event]!;
    const took = messages.arrived(row) ? `, took ${length(messages.columns.took[row]!)}` : '';
    const text = `${this.#state.sentence(event)}${took}\n${moment(messages.timeOf(event) * 1000)}, Lamport ${messages.stampOf(event)}`;
    return { text, row: -1, event };
  }
}

function head(g: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  g.beginPath();
  g.moveTo(x2, y2);
  g.lineTo(x2 - 6 * Math.cos(angle - 0.4), y2 - 6 * Math.sin(angle - 0.4));
  g.lineTo(x2 - 6 * Math.cos(angle + 0.4), y2 - 6 * Math.sin(angle + 0.4));
  g.fill();
}

function cross(g: CanvasRenderingContext2D, x: number, y: number): void {
  g.lineWidth = 2;
  g.beginPath();
  g.moveTo(x - 3, y - 3);
  g.lineTo(x + 3, y + 3);
  g.moveTo(x + 3, y - 3);
  g.lineTo(x - 3, y + 3);
  g.stroke();
}
