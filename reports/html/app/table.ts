/**
 * The twin of the timeline: a list of the operations in the shown stretch that match the filter. Only the rows
 * on screen exist; a run of millions scrolls as well as one of ten.
 */
import { count, moment, OUTCOME_WORD } from '../../format.ts';
import { byId, element } from './dom.ts';
import type { View } from './view.ts';
import { length } from './words.ts';

const ROW = 26;
/** Browsers cap the height of elements; beyond this, scrolling is scaled. */
const TALLEST = 8_000_000;
const HEAD = ['op', 'invoked', 'took', 'process', 'node', 'key', 'operation', 'outcome'];

/** The list. */
export class OpTable {
  readonly #view: View;
  readonly #box = byId('op-table');
  readonly #space = element('div');
  #rows = new Int32Array(0);
  #length = 0;
  #witness = new Set<number>();
  #stale: number | null = null;

  constructor(view: View) {
    this.#view = view;
    const head = element('div', { class: 'op-head', role: 'row' });
    for (const name of HEAD) head.append(element('span', { role: 'columnheader' }, name));
    this.#space.style.position = 'relative';
    this.#box.append(head, this.#space);
    this.#witness = new Set(view.ops.overview.findings.flatMap((finding) => finding.rows));
    this.#box.addEventListener('scroll', () => this.#draw());
    this.#box.addEventListener('keydown', (event) => this.#key(event));
    view.on((changes) => {
      if (changes.has('window') || changes.has('filter') || changes.has('data')) this.#refreshSoon();
      else if (changes.has('selection')) this.#draw();
    });
  }

  /** Collecting rows is O(n): done when the window has come to rest. */
  #refreshSoon(): void {
    if (this.#stale !== null) clearTimeout(this.#stale);
    this.#stale = setTimeout(() => this.#refresh(), 90);
  }

  #refresh(): void {
    this.#stale = null;
    const { ops } = this.#view;
    if (this.#rows.length < ops.loaded) this.#rows = new Int32Array(ops.loaded);
    let length = 0;
    let shown = 0;
    const { from, to, mask } = this.#view;
    const { start, duration, kind } = ops.columns;
    ops.eachRange(from, to, (low, high) => {
      for (let row = low; row < high; row++) {
        if ((kind[row]! & 3) !== 3 && start[row]! + duration[row]! < from) continue;
        shown++;
        if (mask === null || mask[row] === 1) this.#rows[length++] = row;
      }
    });
    this.#length = length;
    this.#space.style.height = `${Math.min(TALLEST, length * ROW)}px`;
    const { rows, total } = ops.overview;
    const sample =
      total > rows ? ` This file holds a sample of ${count(rows)} of ${count(total)} operations.` : '';
    byId('table-note').textContent =
      `${count(length)} of ${count(ops.loaded)} operations: those in the shown stretch${this.#view.mask === null ? '' : ' that match the filter'}.${sample}`;
    const note = byId('filter-note');
    const { error } = this.#view.filter;
    note.textContent =
      error !== null
        ? `column ${error.at + 1}: ${error.message}`
        : `${count(length)} of ${count(shown)} shown`;
    byId('filter').setAttribute('aria-invalid', String(error !== null));
    this.#draw();
  }

  get #scale(): number {
    return Math.max(1, (this.#length * ROW) / TALLEST);
  }

  #draw(): void {
    const height = this.#box.clientHeight;
    const first = Math.max(0, Math.floor((this.#box.scrollTop * this.#scale) / ROW) - 2);
    const last = Math.min(this.#length, first + Math.ceil(height / ROW) + 4);
    const offset = this.#box.scrollTop - this.#box.scrollTop * this.#scale;
    const lines: HTMLElement[] = [];
    for (let i = first; i < last; i++)
      lines.push(this.#line(this.#rows[i]!, i * ROW + (this.#scale > 1 ? offset : 0)));
    this.#space.replaceChildren(...lines);
  }

  #line(row: number, top: number): HTMLElement {
    const { ops, selected } = this.#view;
    const outcome = ops.outcome(row);
    const error = ops.error(row);
    const words = OUTCOME_WORD[outcome] + (error === '' ? '' : ` (${error})`);
    const line = element('div', { class: `op-row${this.#witness.has(row) ? ' witness' : ''}`, role: 'row' });
    if (row === selected) line.setAttribute('aria-selected', 'true');
    line.style.top = `${top}px`;
    const cells = [
      String(ops.columns.index[row]),
      moment(ops.start(row) * 1000),
      outcome === 'open' ? '' : length(ops.columns.duration[row]!),
      String(ops.columns.process[row]),
      ops.node(row),
      ops.key(row),
      ops.describe(row),
    ];
    for (const cell of cells) line.append(element('span', { role: 'gridcell' }, cell));
    line.append(element('span', { role: 'gridcell', class: `o-${outcome}`, title: words }, words));
    line.addEventListener('click', () => this.#view.select(row, true));
    return line;
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 14, PageUp: -14 }[event.key];
    if (step === undefined || this.#length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.#rows.subarray(0, this.#length).indexOf(this.#view.selected);
    const next = Math.min(this.#length - 1, Math.max(0, at < 0 ? 0 : at + step));
    this.#view.select(this.#rows[next]!);
    const top = (next * ROW) / this.#scale;
    const room = this.#box.clientHeight - 2 * ROW;
    if (top < this.#box.scrollTop) this.#box.scrollTop = top;
    else if (top > this.#box.scrollTop + room) this.#box.scrollTop = top - room;
  }
}
