/**
 * The operations of the run in the page: columns decoded from the inert blocks of the file, one block at a
 * time, so that the page answers while a large run is still being read.
 */
import { type Outcome, operation } from '../../format.ts';
import { COLUMN_NAMES, type ColumnName, decodeCode, decodeRows, OUTCOMES } from '../codec.ts';
import type { Overview } from '../overview.ts';
import { inflate } from './inflate.ts';
import { parsePlain } from './plain.ts';

/** Rows per entry of `latestEnd`. */
const BLOCK = 1024;

type Column = Int32Array | Float64Array;

/** All operations, by row. Times in microseconds. */
export class Ops {
  readonly count: number;
  /** Rows decoded so far; only rows below it may be read. */
  loaded = 0;
  readonly columns: Record<ColumnName, Column>;
  readonly overview: Overview;
  readonly #texts: string[] = [];
  /** Latest end of any operation in each block of rows. */
  readonly #latestEnd: Float64Array;

  constructor(overview: Overview) {
    this.overview = overview;
    this.count = overview.rows;
    const wide: readonly ColumnName[] = ['start', 'duration'];
    const made = COLUMN_NAMES.map((name) => [
      name,
      wide.includes(name) ? new Float64Array(this.count) : new Int32Array(this.count),
    ]);
    this.columns = Object.fromEntries(made) as Record<ColumnName, Column>;
    this.#latestEnd = new Float64Array(Math.ceil(this.count / BLOCK));
  }

  /** Decodes every block of the page; `progress` is called after each one. */
  async load(progress: () => void): Promise<void> {
    for (const element of document.querySelectorAll<HTMLScriptElement>('script.rows')) {
      const rows = Number(element.dataset['rows']);
      const [columns = '', texts = ''] = (element.textContent ?? '').split(' ');
      decodeRows(await inflate(columns), rows, this.columns, this.loaded);
      const words = JSON.parse(new TextDecoder().decode(await inflate(texts))) as string[];
      for (const word of words) this.#texts.push(word);
      const from = this.loaded;
      this.loaded += rows;
      this.#measure(from);
      element.remove();
      progress();
    }
  }

  #measure(from: number): void {
    for (let row = from; row < this.loaded; row++) {
      const block = Math.floor(row / BLOCK);
      this.#latestEnd[block] = Math.max(this.#latestEnd[block]!, this.end(row));
    }
  }

  start(row: number): number {
    return this.columns.start[row]!;
  }

  /** End of the operation; of the run when it was never answered. */
  end(row: number): number {
    if (this.columns.kind[row]! % 4 === 3) return this.overview.end;
    return this.columns.start[row]! + this.columns.duration[row]!;
  }

  outcome(row: number): Outcome {
    return OUTCOMES[this.columns.kind[row]! % 4]!;
  }

  f(row: number): string {
    return this.overview.functions[Math.floor(this.columns.kind[row]! / 4)] ?? '?';
  }

  node(row: number): string {
    const id = this.columns.node[row]!;
    return id === 0 ? '' : (this.overview.nodeNames[id - 1] ?? '');
  }

  error(row: number): string {
    const id = this.columns.error[row]!;
    return id === 0 ? '' : (this.overview.errors[id - 1] ?? '');
  }

  /** Words of a key or value code; empty for an absent key or null. */
  text(code: number): string {
    const decoded = decodeCode(code);
    if (decoded === null) return '';
    return 'number' in decoded ? String(decoded.number) : (this.#texts[decoded.text] ?? '');
  }

  key(row: number): string {
    return this.text(this.columns.key[row]!);
  }

  value(row: number): string {
    return this.text(this.columns.value[row]!);
  }

  /** What came back; as invoked when nothing else did. */
  result(row: number): string {
    const code = this.columns.result[row]!;
    return code === 0 ? this.value(row) : this.text(code - 1);
  }

  get errors(): readonly string[] {
    return this.overview.errors;
  }

  get texts(): readonly string[] {
    return this.#texts;
  }

  /** What is searched: function, value and answer, in a form that is quickly made. */
  describe(row: number): string {
    const value = this.value(row);
    const result = this.columns.result[row]! === 0 ? '' : ` ${this.result(row)}`;
    return `${this.f(row)} ${value}${result}`.replaceAll('"', '');
  }

  /** What is shown: `write 3`, `read ?`, `cas 1 to 2`, `txn append x 1, r y [2 3]`. */
  display(row: number, limit = 160): string {
    const [f, outcome] = [this.f(row), this.outcome(row)];
    const value = parsePlain(this.value(row));
    const result = parsePlain(this.result(row));
    // A value that was cut cannot be taken apart; it is shown as it is.
    if (value === undefined || result === undefined) return `${f} ${this.value(row)}`;
    const text = operation({ f, value, result, outcome }, limit);
    const told = value === null || f === 'txn' || outcome !== 'ok' || this.columns.result[row]! === 0;
    return told ? text : `${text} → ${this.result(row)}`;
  }

  /** First row that starts at or after a time. O(log n). */
  firstAt(time: number): number {
    const { start } = this.columns;
    let low = 0;
    let high = this.loaded;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (start[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Calls `visit` with ranges of rows that hold every operation that touches [from, to]; rows of a range may
   * still end before `from`. For loops over columns that must be fast.
   */
  eachRange(from: number, to: number, visit: (first: number, last: number) => void): void {
    const stop = this.firstAt(to + 1);
    for (let block = 0; block * BLOCK < stop; block++) {
      if (this.#latestEnd[block]! >= from) visit(block * BLOCK, Math.min(stop, (block + 1) * BLOCK));
    }
  }

  /** Calls `visit` for every operation that touches [from, to], in order of start; stops when it says false. */
  eachTouching(from: number, to: number, visit: (row: number) => boolean | undefined): void {
    const stop = this.firstAt(to + 1);
    const { start, duration, kind } = this.columns;
    for (let block = 0; block * BLOCK < stop; block++) {
      if (this.#latestEnd[block]! < from) continue;
      const last = Math.min(stop, (block + 1) * BLOCK);
      for (let row = block * BLOCK; row < last; row++) {
        const ends = kind[row]! % 4 === 3 || start[row]! + duration[row]! >= from;
        if (ends && visit(row) === false) return;
      }
    }
  }

  /** Row of the operation one of whose halves has this index in the history; -1 when there is none. */
  rowOfIndex(index: number): number {
    const { index: column, completion } = this.columns;
    let low = 0;
    let high = this.loaded;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (column[middle]! < index) low = middle + 1;
      else high = middle;
    }
    if (column[low] === index && low < this.loaded) return low;
    for (let row = low - 1; row >= 0 && row > low - 200_000; row--) {
      if (completion[row]! > 0 && column[row]! + completion[row]! === index) return row;
    }
    return -1;
  }
}
