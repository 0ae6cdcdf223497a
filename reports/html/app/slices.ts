/**
 * The twins of the charts over time: a stretch in slices of a round length, each with its counts and quantiles, with its
 * errors by class, or with the faults and anomalies of the whole run. Made when they are opened, and again when the
 * stretch has come to rest.
 */
import { count, counted, duration, moment } from '../../format.ts';
import { roundTimes } from './chart.ts';
import { byId, element } from './dom.ts';
import { type ErrorClasses, errorClasses } from './error-classes.ts';
import type { View } from './view.ts';

/** About how many slices. */
const SLICES = 24;
/** Names in one cell; more are counted. */
const NAMES = 4;

interface Slice {
  from: number;
  to: number;
  /** Ok, failed, ambiguous. */
  counts: [number, number, number];
  took: number[];
  /** By class of error. */
  errors: number[];
}

/** Keeps the tables in step while they are open. */
export function attachSlices(view: View): void {
  keep(view, 'latency-twin', () => {
    const classes = errorClasses(view.ops);
    const slices = slicesOf(view, view.from, view.to, classes);
    byId('latency-table').replaceChildren(latencies(slices), ...errors(slices, classes));
  });
  keep(view, 'strip-twin', () => {
    const slices = slicesOf(view, 0, view.end, null);
    byId('strip-table').replaceChildren(wholeRun(view, slices));
  });
  view.on((changes) => {
    if (changes.has('data')) byId('strip-words').textContent = inWords(view);
  });
}

function keep(view: View, id: string, fill: () => void): void {
  const twin = byId<HTMLDetailsElement>(id);
  let stale: ReturnType<typeof setTimeout> | null = null;
  const soon = (): void => {
    if (!twin.open) return;
    if (stale !== null) clearTimeout(stale);
    stale = setTimeout(fill, 120);
  };
  twin.addEventListener('toggle', soon);
  view.on((changes) => {
    if (changes.has('window') || changes.has('filter') || changes.has('data')) soon();
  });
}

/** What ended in each slice of [from, to] and matches the filter; `classes` null: errors are not told apart. O(n). */
function slicesOf(view: View, from: number, to: number, classes: ErrorClasses | null): Slice[] {
  const { ops } = view;
  const edges = roundTimes(from, to, SLICES);
  const step = edges.length > 1 ? edges[1]! - edges[0]! : to - from;
  const first = Math.floor(from / step) * step;
  const slices = Array.from({ length: Math.min(200, Math.ceil((to - first) / step) + 1) }, (_, i): Slice => {
    const at = first + i * step;
    const zeros = (classes?.names ?? []).map(() => 0);
    return { from: at, to: at + step, counts: [0, 0, 0], took: [], errors: zeros };
  });
  const { start, duration: took, kind } = ops.columns;
  ops.eachRange(from, to, (low, high) => {
    for (let row = low; row < high; row++) {
      const outcome = kind[row]! & 3;
      // One that was never answered counts where it began.
      const at = start[row]! + (outcome === 3 ? 0 : took[row]!);
      if (at < from || at > to || !view.matches(row)) continue;
      const slice = slices[Math.floor((at - first) / step)];
      if (slice === undefined) continue;
      const lane = classes?.of(row) ?? -1;
      if (lane >= 0) slice.errors[lane]!++;
      if (outcome === 3) continue;
      slice.counts[outcome]!++;
      if (outcome !== 1) slice.took.push(took[row]!);
    }
  });
  return slices.filter((slice) => slice.from <= to);
}

function latencies(slices: readonly Slice[]): HTMLElement {
  const rows = slices.map(({ from, to, counts, took }) => {
    took.sort((a, b) => a - b);
    const q = (share: number): string => {
      const at = took[Math.min(took.length - 1, Math.floor(share * took.length))];
      return at === undefined ? '' : duration(at * 1000);
    };
    const rate = ((counts[0] + counts[1] + counts[2]) * 1e6) / (to - from);
    return [moment(from * 1000), ...counts.map(count), count(rate), q(0.5), q(0.99), q(1)];
  });
  const head = ['from', 'ok', 'failed', 'ambiguous', 'a second', 'median', '99th percentile', 'longest'];
  return table(head, rows);
}

function errors(slices: readonly Slice[], { names, totals }: ErrorClasses): HTMLElement[] {
  if (names.length === 0)
    return [element('p', { class: 'soft' }, 'No operation of this run ended in an error.')];
  const rows = slices
    .filter((slice) => slice.errors.some((n) => n > 0))
    .map((slice) => [moment(slice.from * 1000), ...slice.errors.map((n) => (n === 0 ? '' : count(n)))]);
  const head = ['from', ...names];
  return [
    element('div', { class: 'sub' }, 'Errors by class'),
    table(head, [...rows, ['whole run', ...totals.map(count)]]),
  ];
}

function wholeRun({ ops }: View, slices: readonly Slice[]): HTMLElement {
  const { faults, findings } = ops.overview;
  const touching = (from: number, to: number): string[] =>
    faults
      .filter((fault) => fault.from !== null && fault.from < to && (fault.to ?? to) >= from)
      .map(({ id }) => id);
  const rows = slices.map(({ from, to, counts }) => [
    moment(from * 1000),
    ...counts.map(count),
    listed(touching(from, to)),
    listed(findings.filter((one) => one.from < to && one.to >= from).map(({ kind }) => kind)),
  ]);
  return table(['from', 'ok', 'failed', 'ambiguous', 'faults in force', 'anomalies'], rows);
}

function listed(names: readonly string[]): string {
  const known = [...new Set(names)];
  if (known.length <= NAMES) return known.join(', ');
  return `${known.slice(0, NAMES).join(', ')} and ${known.length - NAMES} more`;
}

/** The strip in one paragraph, for those who hear it. */
function inWords({ ops, end }: View): string {
  const { overview } = ops;
  const sum = (of: readonly number[]): number => of.reduce((all, n) => all + n, 0);
  const { ok, fail, info } = overview.rate;
  const inForce = overview.faults.filter(({ from }) => from !== null).length;
  return [
    `The run lasted ${duration(end * 1000)}.`,
    `${counted(sum(ok), 'operation')} ended ok, ${count(sum(fail))} failed, ${count(sum(info))} were ambiguous.`,
    `${counted(inForce, 'fault')} came into force and ${counted(overview.findings.length, 'anomaly', 'anomalies')} were found.`,
  ].join(' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  const cells = (tag: 'td' | 'th', row: readonly string[]): HTMLElement =>
    element('tr', {}, ...row.map((cell) => element(tag, { class: 'num' }, cell)));
  const body = element('tbody', {}, ...rows.map((row) => cells('td', row)));
  return element('table', {}, element('thead', {}, cells('th', head)), body);
}
