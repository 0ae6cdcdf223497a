/**
 * Log lines of the shown stretch in the order of their time; the one nearest to the cursor is marked and kept in view.
 */
import { count, moment } from '../../format.ts';
import { byId, element } from './dom.ts';
import { inflate } from './inflate.ts';
import type { View } from './view.ts';
import { VirtualList } from './virtual-list.ts';

/** Time in microseconds, node, path, number of the line, whether it looks like a crash, text. */
type Line = [number, string, string, number, number, string];

/** Reads the lines when they are first looked at. */
export function attachLogs(view: View): void {
  const box = document.getElementById('log-table');
  if (box === null) return;
  const note = byId('log-note');
  let lines: Line[] = [];
  let [first, last, marked] = [0, 0, -1];
  let asked = false;
  const list = new VirtualList(box, {
    head: ['time', 'node', 'line', ''],
    selected: () => marked - first,
    choose: (i) => {
      marked = first + i;
      view.cursor = lines[marked]![0];
      view.changed('cursor');
      list.draw();
    },
    line: (i) => {
      const [at, node, path, number, crash, text] = lines[first + i]!;
      const row = element('div', { class: `op-row log-row${crash === 1 ? ' crash' : ''}` });
      const cells = [moment(at * 1000), node, text, `${path}:${number}`];
      for (const cell of cells) row.append(element('span', { role: 'gridcell', title: cell }, cell));
      return row;
    },
  });
  const place = (time: number): number => {
    let [low, high] = [0, lines.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lines[middle]![0] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const follow = (): void => {
    if (first === last) return;
    const at = place(view.focus);
    const near =
      at > first && (at >= last || view.focus - lines[at - 1]![0] < lines[at]![0] - view.focus) ? at - 1 : at;
    marked = Math.max(first, Math.min(last - 1, near));
    list.reveal(marked - first);
    list.draw();
  };
  const refresh = (): void => {
    [first, last] = [place(view.from), place(view.to + 1)];
    note.textContent =
      last === first
        ? 'No line of a log carries a time in this stretch.'
        : `${count(last - first)} of ${count(lines.length)} lines with a time.`;
    list.show(last - first);
    follow();
  };
  const read = async (): Promise<void> => {
    if (asked) return;
    asked = true;
    const block = byId('log-lines').textContent ?? '';
    lines = JSON.parse(new TextDecoder().decode(await inflate(block))) as Line[];
    refresh();
  };
  new IntersectionObserver(
    (entries) => {
      // The block stands after the script: it is there once the page has been read.
      if (entries.some((entry) => entry.isIntersecting) && view.ready) void read();
    },
    { rootMargin: '300px' },
  ).observe(box);
  let stale: ReturnType<typeof setTimeout> | null = null;
  view.on((changes) => {
    if (!asked) return;
    if (changes.has('window')) {
      if (stale !== null) clearTimeout(stale);
      stale = setTimeout(refresh, 100);
    } else if (changes.has('cursor') && view.cursor !== null && !box.matches(':hover, :focus')) follow();
  });
}
