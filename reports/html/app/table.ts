/**
 * The twin of the timeline: a list of the operations in the shown stretch that match the filter.
 */
import { count, moment, OUTCOME_WORD } from '../../format.ts';
import { byId, element } from './dom.ts';
import type { View } from './view.ts';
import { VirtualList } from './virtual-list.ts';
import { length } from './words.ts';

const HEAD = ['op', 'invoked', 'took', 'process', 'node', 'key', 'operation', 'outcome'];

/** The list. */
export class OpTable {
  readonly #view: View;
  readonly #list: VirtualList;
  #rows = new Int32Array(0);
  #length = 0;
  #witness = new Set<number>();
  #stale: ReturnType<typeof setTimeout> | null = null;

  constructor(view: View) {
    this.#view = view;
    this.#list = new VirtualList(byId('op-table'), {
      head: HEAD,
      line: (i) => this.#line(this.#rows[i]!),
      selected: () => this.#rows.subarray(0, this.#length).indexOf(view.selected),
      choose: (i, by) => view.select(this.#rows[i]!, by === 'mouse'),
    });
    view.on((changes) => {
      if (changes.has('data'))
        this.#witness = new Set(view.ops.overview.findings.flatMap((finding) => finding.rows));
      if (changes.has('window') || changes.has('filter') || changes.has('data')) this.#refreshSoon();
      else if (changes.has('selection')) this.#list.draw();
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
    const { rows, total } = ops.overview;
    const sample =
      total > rows ? ` This file holds a sample of ${count(rows)} of ${count(total)} operations.` : '';
    byId('table-note').textContent =
      `${count(length)} of ${count(ops.loaded)} operations: those in the shown stretch${this.#view.mask === null ? '' : ' that match the filter'}.${sample}`;
    byId('filter-note').textContent =
      this.#view.filter.error === null
        ? `${count(length)} of ${count(shown)} shown${total > rows ? `, of a sample of ${count(total)}` : ''}`
        : '';
    this.#list.show(length);
  }

  #line(row: number): HTMLElement {
    const { ops } = this.#view;
    const outcome = ops.outcome(row);
    const error = ops.error(row);
    const words = OUTCOME_WORD[outcome] + (error === '' ? '' : ` (${error})`);
    const line = element('div', { class: `op-row${this.#witness.has(row) ? ' witness' : ''}` });
    const cells = [
      String(ops.columns.index[row]),
      moment(ops.start(row) * 1000),
      outcome === 'open' ? '' : length(ops.columns.duration[row]!),
      String(ops.columns.process[row]),
      ops.node(row),
      ops.key(row),
      ops.display(row),
    ];
    for (const cell of cells) line.append(element('span', { role: 'gridcell' }, cell));
    line.append(element('span', { role: 'gridcell', class: `o-${outcome}`, title: words }, words));
    return line;
  }
}
