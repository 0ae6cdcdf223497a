/**
 * Two runs of one plan on a real cluster: the same operations and faults in the same order, as far as that goes,
 * and in words what was different. A real cluster decides how fast its clients go and who is free when; what
 * they ask of a key, and what is done to the nodes, is decided by the plan.
 */
import { readFileSync } from 'node:fs';
import type { Json, Op } from '../harness/op.ts';

/** What one run asked and suffered. */
interface Course {
  /** Operations of clients in order of invocation, as text without who asked. */
  asked: string[];
  /** The same by key. */
  byKey: Map<string, string[]>;
  faults: FaultStep[];
  ended: Record<'ok' | 'fail' | 'info', number>;
}

interface FaultStep {
  id: string;
  f: string;
  timeNs: number;
  nodes: string;
}

/** Compares two history files in sentences. With `untilNs`, what was asked from then on is left out. */
export function courseLines(before: string, after: string, untilNs?: number): string[] {
  const [a, b] = [courseOf(before, untilNs), courseOf(after, untilNs)];
  return [...operationLines(a, b), ...faultLines(a.faults, b.faults), ...endingLines(a, b)];
}

function courseOf(path: string, untilNs = Number.POSITIVE_INFINITY): Course {
  const course: Course = { asked: [], byKey: new Map(), faults: [], ended: { ok: 0, fail: 0, info: 0 } };
  const open = new Set<Op['process']>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const op = parsed(line);
    if (op === null) continue;
    if (typeof op.process === 'number') client(course, op, open, untilNs);
    else if (op.type === 'invoke' && op.process.startsWith('nemesis:') && op.time < untilNs) {
      const { id, nodes } = op.value as { id: Json; nodes: Json };
      course.faults.push({
        ...{ id: String(id), f: op.f, timeNs: op.time },
        nodes: Array.isArray(nodes) ? nodes.join(' ') : '',
      });
    }
  }
  return course;
}

/** The last line of a run that was killed may be torn. */
function parsed(line: string): Op | null {
  try {
    return JSON.parse(line) as Op;
  } catch {
    return null;
  }
}

function client(course: Course, op: Op, open: Set<Op['process']>, untilNs: number): void {
  if (op.type !== 'invoke') {
    if (open.delete(op.process)) course.ended[op.type]++;
    return;
  }
  // Final reads depend on when the load ended, and come in the order of who is free.
  if (op.time >= untilNs || op.phase === 'final') return;
  open.add(op.process);
  const key = JSON.stringify(op.key) ?? '';
  const text = [op.f, key, op.value === null ? '' : JSON.stringify(op.value)]
    .filter((s) => s !== '')
    .join(' ');
  course.asked.push(text);
  const own = course.byKey.get(key);
  if (own === undefined) course.byKey.set(key, [text]);
  else own.push(text);
}

function operationLines(a: Course, b: Course): string[] {
  const [before, now] = [a.asked.length, b.asked.length];
  const pace =
    before === now
      ? []
      : [`${before} operations in the load before, ${now} now: clients of a real cluster go at its pace`];
  const same = common(a.asked, b.asked);
  if (same === Math.min(before, now)) return [`the same ${same} operations in the same order`, ...pace];
  const parted = partedKey(a, b);
  if (parted === null) {
    return [
      `the same operations of every key in the same order; the first ${same} over all keys, then clients were free at other times`,
      ...pace,
    ];
  }
  const [was, is] = [parted.before, parted.now];
  return [`the first ${same} operations are the same; then ${was} was asked before, ${is} now`, ...pace];
}

/** The first key whose operations part before either run ended. */
function partedKey(a: Course, b: Course): { before: string; now: string } | null {
  for (const [key, before] of a.byKey) {
    const now = b.byKey.get(key) ?? [];
    const same = common(before, now);
    if (same < before.length && same < now.length) return { before: before[same]!, now: now[same]! };
  }
  return null;
}

function common(a: readonly string[], b: readonly string[]): number {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same++;
  return same;
}

function faultLines(before: readonly FaultStep[], now: readonly FaultStep[]): string[] {
  if (before.length === 0 && now.length === 0) return [];
  const [a, b] = [before, now].map((steps) => steps.map(({ f, id }) => `${f} of ${id}`));
  const same = common(a!, b!);
  if (same < a!.length || same < b!.length) {
    return [
      `the first ${same} steps of faults are the same; then ${a![same] ?? 'none'} before, ${b![same] ?? 'none'} now`,
    ];
  }
  const others = before.flatMap(({ id, f, nodes }, i) =>
    nodes === now[i]!.nodes || f.startsWith('undo-')
      ? []
      : [`${id} hit ${nodes || 'nobody'}, now ${now[i]!.nodes || 'nobody'}`],
  );
  const apartMs = Math.max(...before.map(({ timeNs }, i) => Math.abs(timeNs - now[i]!.timeNs))) / 1e6;
  const count = new Set(before.map(({ id }) => id)).size;
  return [
    `the same ${count} fault${count === 1 ? '' : 's'} in the same order, at most ${Math.round(apartMs)} ms earlier or later`,
    ...others,
  ];
}

function endingLines(a: Course, b: Course): string[] {
  const text = ({ ended }: Course): string => `${ended.ok} ok, ${ended.fail} fail, ${ended.info} info`;
  return text(a) === text(b) ? [] : [`answers were ${text(a)}, are now ${text(b)}`];
}
