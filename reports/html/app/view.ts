/**
 * What the reader looks at: the stretch of time, the filter, the selected operation, how rows are grouped. One
 * value shared by every chart, kept in the address so that a copied link opens the same picture.
 */

import type { Ops } from './data.ts';
import { compileFilter, type Filter, parseFilter } from './filter.ts';

/** How the rows of the timeline are grouped. */
export type LaneMode = 'process' | 'node' | 'key';

/** What changed, for listeners that are dear to run. */
export type Change =
  | 'window'
  | 'filter'
  | 'selection'
  | 'lanes'
  | 'cursor'
  | 'mark'
  | 'data'
  | 'theme'
  | 'messages'
  | 'place';

/** Shortest stretch that can be shown, microseconds. */
const SHORTEST = 20;

/** While the stretch moves no more rows than this are visited for each picture; at rest all are. */
const HURRIED_ROWS = 80_000;
/** Over more rows than this texts are not searched at every key. */
const TYPED_ROWS = 100_000;
/** After this long without a movement the stretch is at rest. */
const REST_MS = 140;

/** Names of the address that are read here. */
const OWN: ReadonlySet<string> = new Set(['t', 'filter', 'rows', 'op', 'mark']);

/** The shared state. */
export class View {
  readonly ops: Ops;
  readonly end: number;
  from = 0;
  to: number;
  cursor: number | null = null;
  selected = -1;
  /** A stretch picked out of what is shown, to be copied; and while it is drawn, the end that stays. */
  mark: { from: number; to: number } | null = null;
  marking: number | null = null;
  laneMode: LaneMode = 'process';
  filterText = '';
  filter: Filter = parseFilter('');
  /** 1 for rows that match the filter; null when everything does. */
  mask: Uint8Array | null = null;
  /** Anomaly and fault last visited by keys. */
  finding = -1;
  fault = -1;
  /** What sections keep in the address by themselves, by name. */
  readonly extra = new Map<string, string>();
  #pending = new Set<Change>();
  #scheduled = false;
  #typing: ReturnType<typeof setTimeout> | null = null;
  #moving: ReturnType<typeof setTimeout> | null = null;
  #ready = false;
  readonly #addressListeners: (() => void)[] = [];
  readonly #listeners: ((changes: ReadonlySet<Change>) => void)[] = [];

  constructor(ops: Ops) {
    this.ops = ops;
    this.end = ops.overview.end;
    this.to = this.end;
  }

  /** How many rows a picture may go on by: 1 at rest, more while a long stretch moves. */
  get stride(): number {
    if (this.#moving === null) return 1;
    return Math.max(1, Math.round((this.ops.firstAt(this.to) - this.ops.firstAt(this.from)) / HURRIED_ROWS));
  }

  /** Whether the operations and the address have been read. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Listeners run at most once per frame, with everything that changed since. */
  on(listener: (changes: ReadonlySet<Change>) => void): void {
    this.#listeners.push(listener);
  }

  changed(...changes: Change[]): void {
    for (const change of changes) this.#pending.add(change);
    if (this.#scheduled) return;
    this.#scheduled = true;
    const run = (): void => {
      if (!this.#scheduled) return;
      this.#scheduled = false;
      const now = this.#pending;
      this.#pending = new Set();
      for (const listener of this.#listeners) listener(now);
      if (now.size > 1 || !now.has('cursor')) this.#writeAddress();
    };
    // Frames stop while the page is in the background; the timer keeps its state right all the same.
    requestAnimationFrame(run);
    setTimeout(run, 120);
  }

  /** Shows [from, to], kept inside the run and not shorter than can be drawn. */
  show(from: number, to: number): void {
    const length = Math.min(this.end, Math.max(SHORTEST, to - from));
    this.from = Math.min(Math.max(0, from), this.end - length);
    this.to = this.from + length;
    if (this.#moving !== null) clearTimeout(this.#moving);
    this.#moving = setTimeout(() => {
      const rough = this.stride > 1;
      this.#moving = null;
      if (rough) this.changed('window');
    }, REST_MS);
    this.changed('window');
  }

  /** What zooming without a pointer keeps in place: the cursor, the selected operation, or the middle. */
  get focus(): number {
    if (this.cursor !== null && this.cursor >= this.from && this.cursor <= this.to) return this.cursor;
    if (this.selected >= 0 && this.selected < this.ops.loaded) {
      const at = this.ops.start(this.selected);
      if (at > this.from && at < this.to) return at;
    }
    return (this.from + this.to) / 2;
  }

  /** Zooms by a factor around a time; below 1 is closer. */
  zoom(factor: number, around = this.focus): void {
    const length = (this.to - this.from) * factor;
    const share = (around - this.from) / (this.to - this.from);
    this.show(around - length * share, around + length * (1 - share));
  }

  /** Moves by a share of the shown stretch. */
  pan(share: number): void {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  /** Marks a stretch, or none; its ends are kept inside the run. */
  setMark(ends: readonly [number, number] | null, marking: number | null = null): void {
    const inside = (time: number): number => Math.min(this.end, Math.max(0, time));
    this.marking = marking;
    this.mark = ends === null ? null : { from: inside(Math.min(...ends)), to: inside(Math.max(...ends)) };
    this.changed('mark');
  }

  /** Moves the cursor by a share of the shown stretch; the stretch follows, and so does the end of a mark that is drawn. */
  moveCursor(share: number): void {
    const at = this.focus + (this.to - this.from) * share;
    this.cursor = Math.min(this.end, Math.max(0, at));
    if (this.cursor < this.from || this.cursor > this.to) this.pan(share < 0 ? -0.5 : 0.5);
    if (this.marking !== null) this.setMark([this.marking, this.cursor], this.marking);
    this.changed('cursor');
  }

  /** Shows a stretch with some room around it. */
  frame(from: number, to: number): void {
    const room = Math.max((to - from) * 0.4, 5000);
    this.show(from - room, to + room);
  }

  select(row: number, bringIntoView = false): void {
    this.selected = row;
    if (bringIntoView && row >= 0) {
      const start = this.ops.start(row);
      const end = Math.min(this.ops.end(row), start + 10e6);
      if (end < this.from || start > this.to || end - start < (this.to - this.from) / 400) {
        const room = Math.max(20_000, (end - start) * 8);
        this.show(start - room, end + room);
      }
    }
    this.changed('selection');
  }

  /** What is wrong with it is known at once; over many rows it is evaluated when nobody has typed for a moment. */
  setFilter(text: string): void {
    this.filterText = text;
    this.filter = parseFilter(text);
    if (this.#typing !== null) clearTimeout(this.#typing);
    this.#typing = null;
    const evaluate = (): void => {
      this.applyFilter();
      this.changed('filter');
    };
    if (this.ops.loaded <= TYPED_ROWS || this.filter.terms.every((term) => term.field !== 'text')) evaluate();
    else this.#typing = setTimeout(evaluate, REST_MS);
  }

  /** Evaluates the filter over all rows there are. O(n). */
  applyFilter(): void {
    const test = this.filter.error === null ? compileFilter(this.filter, this.ops) : null;
    if (test === null) {
      this.mask = null;
      return;
    }
    const mask = new Uint8Array(this.ops.count);
    for (let row = 0; row < this.ops.loaded; row++) mask[row] = test(row) ? 1 : 0;
    this.mask = mask;
  }

  matches(row: number): boolean {
    return this.mask === null || this.mask[row] === 1;
  }

  /** Reads the address; call once the operations are there, and whenever the address changes. */
  readAddress(): void {
    this.#ready = true;
    const hash = location.hash.slice(1);
    if (!hash.includes('=')) return;
    const parts = new URLSearchParams(hash);
    this.extra.clear();
    for (const [name, value] of parts) if (!OWN.has(name)) this.extra.set(name, value);
    const [from, to] = (parts.get('t') ?? '').split('..').map(Number);
    if (Number.isFinite(from) && Number.isFinite(to) && to! > from!) this.show(from!, to!);
    const [begin, end] = (parts.get('mark') ?? '').split('..').map(Number);
    if (Number.isFinite(begin) && Number.isFinite(end)) this.setMark([begin!, end!]);
    else if (this.mark !== null) this.setMark(null);
    const mode = parts.get('rows');
    if (mode === 'node' || mode === 'key' || mode === 'process') this.laneMode = mode;
    this.setFilter(parts.get('filter') ?? '');
    const index = Number(parts.get('op') ?? Number.NaN);
    if (Number.isInteger(index)) this.select(this.ops.rowOfIndex(index), parts.get('t') === null);
    this.changed('lanes', 'filter', 'window');
    for (const listener of this.#addressListeners) listener();
  }

  /** Runs whenever the address has been read. */
  onAddress(listener: () => void): void {
    this.#addressListeners.push(listener);
  }

  #writeAddress(): void {
    if (!this.#ready) return;
    const parts = new URLSearchParams();
    if (this.from > 0 || this.to < this.end)
      parts.set('t', `${Math.round(this.from)}..${Math.round(this.to)}`);
    if (this.filterText !== '') parts.set('filter', this.filterText);
    if (this.laneMode !== 'process') parts.set('rows', this.laneMode);
    if (this.selected >= 0) parts.set('op', String(this.ops.columns.index[this.selected]));
    if (this.mark !== null) parts.set('mark', `${Math.round(this.mark.from)}..${Math.round(this.mark.to)}`);
    for (const [name, value] of this.extra) parts.set(name, value);
    const text = parts.toString().replaceAll('%3A', ':').replaceAll('%2C', ',').replaceAll('+', '%20');
    if (text === '' && !location.hash.includes('=')) return;
    if (`#${text}` === location.hash) return;
    try {
      history.replaceState(null, '', text === '' ? '#timeline' : `#${text}`);
    } catch {
      // Sandboxed viewers forbid changing the address; the picture works without.
    }
  }
}
