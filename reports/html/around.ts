/**
 * Which operations a page that holds only a sample must have all the same: those of every anomaly, some around each of
 * them, and some around every edge of a fault.
 */
import type { History } from '../../harness/history/history.ts';
import type { ReportModel } from '../model.ts';
import type { Needed } from './rows.ts';

/** History lines marked one by one. */
class Marked implements Needed {
  readonly #marks: Uint8Array;
  size = 0;

  constructor(length: number) {
    this.#marks = new Uint8Array(length);
  }

  has(index: number): boolean {
    return this.#marks[index] === 1;
  }

  /** Marks the lines of [from, to] there are. */
  mark(from: number, to: number): void {
    for (let i = Math.max(0, from); i <= to && i < this.#marks.length; i++) {
      if (this.#marks[i] === 0) this.size++;
      this.#marks[i] = 1;
    }
  }
}

/** Operations of anomalies, and `lines` lines of the history before and after each and each edge of a fault. O(n). */
export function neededAround(model: ReportModel, lines: number): Needed {
  const { history, findings, faults } = model;
  const marked = new Marked(history.length);
  for (const { ops } of findings) {
    for (const { index, completion } of ops) {
      marked.mark(index - lines, index + lines);
      if (completion !== null) marked.mark(completion - lines, completion + lines);
    }
  }
  for (const { fromNs, toNs } of faults) {
    for (const edge of [fromNs, toNs]) {
      if (edge === null || lines === 0) continue;
      const at = lineAt(history, edge);
      marked.mark(at - lines, at + lines);
    }
  }
  return marked;
}

/** The first line at or after a time. O(log n). */
function lineAt(history: History, timeNs: number): number {
  const { times } = history.columns;
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
