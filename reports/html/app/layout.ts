/**
 * Which row of the timeline is where: groups of lanes from top to bottom, and the lane of every operation.
 */
import type { Ops } from './data.ts';
import type { LaneMode } from './view.ts';

/** Most rows of operations drawn; with more keys than that, those of anomalies come first. */
const MAX_ROWS = 120;
/** Height wanted for all operations together. */
const OPS_HEIGHT = 420;

/** One row. */
export interface Lane {
  kind: 'fault' | 'leader' | 'node' | 'ops';
  label: string;
  /** Fault lane by name, node by number, operations by row number. */
  id: number;
  y: number;
  height: number;
}

/** A heading above its lanes. */
export interface Heading {
  label: string;
  y: number;
}

/** All of it. */
export interface Layout {
  lanes: Lane[];
  headings: Heading[];
  faultLanes: string[];
  /** Top and height of the operations, and the height of one row. */
  opsTop: number;
  opsRows: number;
  rowHeight: number;
  height: number;
  /** Row of each operation, -1 when its row is not drawn. */
  laneOf: Int16Array;
  note: string;
}

/** Height of the axis at the top. */
export const AXIS = 26;
const HEADING = 22;
const GAP = 10;

/** The layout for a way of grouping. */
export function makeLayout(ops: Ops, mode: LaneMode): Layout {
  const { overview } = ops;
  const lanes: Lane[] = [];
  const headings: Heading[] = [];
  let y = AXIS;
  const group = (label: string, kind: Lane['kind'], names: readonly string[], height: number): void => {
    if (names.length === 0) return;
    headings.push({ label, y: y + HEADING / 2 });
    y += HEADING;
    names.forEach((name, id) => {
      lanes.push({ kind, label: name, id, y, height });
      y += height;
    });
    y += GAP;
  };
  const faultLanes = [...new Set(overview.faults.map((fault) => fault.lane))];
  group('faults', 'fault', faultLanes, 24);
  if (overview.beliefs.length > 0) group('who leads', 'leader', overview.nodes, 20);
  group('nodes', 'node', overview.nodes, 15);
  const { labels, rowOf, note } = grouping(ops, mode);
  const rowHeight = Math.max(4, Math.min(20, Math.floor(OPS_HEIGHT / Math.max(1, labels.length))));
  const opsTop = y + HEADING;
  group(`operations by ${mode}`, 'ops', labels, rowHeight);
  return {
    lanes,
    headings,
    faultLanes,
    opsTop,
    opsRows: labels.length,
    rowHeight,
    height: y,
    laneOf: lanesOf(ops.loaded, rowOf),
    note,
  };
}

/** Row of every operation; a plain loop, because there may be millions. */
function lanesOf(count: number, rowOf: (op: number) => number): Int16Array {
  const lanes = new Int16Array(count);
  for (let op = 0; op < count; op++) lanes[op] = rowOf(op);
  return lanes;
}

interface Grouping {
  labels: string[];
  rowOf: (op: number) => number;
  note: string;
}

function grouping(ops: Ops, mode: LaneMode): Grouping {
  const { columns } = ops;
  if (mode === 'node') {
    const labels = [...ops.overview.nodeNames].sort((a, b) => (a < b ? -1 : 1));
    const rowOfNode = ops.overview.nodeNames.map((name) => labels.indexOf(name));
    return { labels, rowOf: (op) => rowOfNode[columns.node[op]! - 1] ?? -1, note: '' };
  }
  if (mode === 'key') return byNumber(ops, columns.key, (code) => ops.text(code) || '(no key)', 'keys');
  // A process ends with its first ambiguous operation; its thread goes on as process + concurrency.
  const { concurrency } = ops.overview;
  if (concurrency !== null && concurrency > 0 && concurrency <= MAX_ROWS) {
    const labels = Array.from({ length: concurrency }, (_, i) => `thread ${i}`);
    return { labels, rowOf: (op) => columns.process[op]! % concurrency, note: '' };
  }
  return byNumber(ops, columns.process, (process) => `process ${process}`, 'processes');
}

function byNumber(
  ops: Ops,
  column: ArrayLike<number>,
  name: (value: number) => string,
  noun: string,
): Grouping {
  const order = new Map<number, number>();
  const add = (value: number): void => {
    if (!order.has(value) && order.size < MAX_ROWS) order.set(value, order.size);
  };
  for (const finding of ops.overview.findings) for (const row of finding.rows) add(column[row]!);
  const all = new Set<number>();
  for (let row = 0; row < ops.loaded; row++) all.add(column[row]!);
  for (const value of all) add(value);
  const values = [...order.keys()];
  if (all.size <= MAX_ROWS) values.sort((a, b) => a - b);
  for (const [i, value] of values.entries()) order.set(value, i);
  const note =
    all.size > values.length ? `${values.length} of ${all.size} ${noun} drawn, those of anomalies first` : '';
  return { labels: values.map(name), rowOf: (op) => order.get(column[op]!) ?? -1, note };
}
