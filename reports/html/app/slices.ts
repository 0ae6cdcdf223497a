/**
 * The twin of the charts of latency and throughput: the shown stretch in slices of a round length, each with its counts
 * and quantiles. Made when it is opened, and again when the stretch has come to rest.
 */
import { count, duration, moment } from '../../format.ts';
import { roundTimes } from './chart.ts';
import { byId, element } from './dom.ts';
import type { View } from './view.ts';

/** About how many slices. */
const SLICES = 24;
const HEAD = ['from', 'ok', 'failed', 'ambiguous', 'a second', 'median', '99th percentile', 'longest'];

/** Keeps the table in step while it is open. */
export function attachSlices(view: View): void {
  const twin = byId<HTMLDetailsElement>('latency-twin');
  let stale: ReturnType<typeof setTimeout> | null = null;
  const soon = (): void => {
    if (!twin.open) return;
    if (stale !== null) clearTimeout(stale);
    stale = setTimeout(() => byId('latency-table').replaceChildren(table(view)), 120);
  };
  twin.addEventListener('toggle', soon);
  view.on((changes) => {
    if (changes.has('window') || changes.has('filter') || changes.has('data')) soon();
  });
}

function table(view: View): HTMLElement {
  const { from, to, ops } = view;
  const edges = roundTimes(from, to, SLICES);
  const step = edges.length > 1 ? edges[1]! - edges[0]! : to - from;
  const first = Math.floor(from / step) * step;
  const slices = Array.from({ length: Math.min(200, Math.ceil((to - first) / step) + 1) }, () => ({
    counts: [0, 0, 0],
    took: [] as number[],
  }));
  const { start, duration: took, kind } = ops.columns;
  ops.eachRange(from, to, (low, high) => {
    for (let row = low; row < high; row++) {
      const outcome = kind[row]! & 3;
      const end = start[row]! + took[row]!;
      if (outcome === 3 || end < from || end > to || !view.matches(row)) continue;
      const slice = slices[Math.floor((end - first) / step)];
      if (slice === undefined) continue;
      slice.counts[outcome]!++;
      if (outcome !== 1) slice.took.push(took[row]!);
    }
  });
  const body = element('tbody');
  slices.forEach(({ counts, took: all }, i) => {
    const at = first + i * step;
    if (at > to) return;
    all.sort((a, b) => a - b);
    const q = (share: number): string =>
      all.length === 0 ? '' : duration(all[Math.min(all.length - 1, Math.floor(share * all.length))]! * 1000);
    const cells = [
      moment(Math.max(from, at) * 1000),
      ...counts.map((n) => count(n)),
      count(((counts[0]! + counts[1]! + counts[2]!) * 1e6) / step),
      q(0.5),
      q(0.99),
      q(1),
    ];
    body.append(element('tr', {}, ...cells.map((cell) => element('td', { class: 'num' }, cell))));
  });
  const head = element('tr', {}, ...HEAD.map((name) => element('th', { class: 'num' }, name)));
  return element('table', {}, element('thead', {}, head), body);
}
