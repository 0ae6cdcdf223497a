/**
 * What is said of two runs of one plan on a real cluster.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { courseLines } from '../../cli/same-course.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-course-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Row = [process: number | string, type: string, f: string, key: unknown, value: unknown];

function file(name: string, rows: readonly Row[]): string {
  const path = join(folder, name);
  const lines = rows.map(([process, type, f, key, value], index) =>
    JSON.stringify({ index, time: index * 1e6, process, type, f, ...(key === null ? {} : { key }), value }),
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const fault = (f: string, nodes: string[]): Row => [
  'nemesis:kill',
  'invoke',
  f,
  null,
  { id: 'kill-1', nodes },
];
const A: Row[] = [
  [0, 'invoke', 'write', 'x', 1],
  [0, 'ok', 'write', 'x', 1],
  fault('inject-kill', ['n1']),
  [1, 'invoke', 'read', 'y', null],
  [1, 'info', 'read', 'y', null],
  fault('undo-kill', ['n1']),
];

it('says that nothing was different', () => {
  expect(courseLines(file('a', A), file('b', A))).toEqual([
    'the same 2 operations in the same order',
    'the same 1 fault in the same order, at most 0 ms earlier or later',
  ]);
});

it('says how far it went, what was answered, and whom it hit', () => {
  const b: Row[] = [...A.slice(0, 2), fault('inject-kill', ['n2']), fault('undo-kill', ['n2'])];
  expect(courseLines(file('a', A), file('b', b))).toEqual([
    'the same 1 operations in the same order',
    '2 operations in the load before, 1 now: clients of a real cluster go at its pace',
    'the same 1 fault in the same order, at most 2 ms earlier or later',
    'kill-1 hit n1, now n2',
    'answers were 1 ok, 0 fail, 1 info, are now 1 ok, 0 fail, 0 info',
  ]);
});

it('tells other operations from other turns', () => {
  const turned: Row[] = [A[3]!, A[4]!, A[0]!, A[1]!];
  expect(courseLines(file('a', A.slice(0, 5)), file('b', turned))[0]).toContain(
    'the same operations of every key in the same order; the first 0',
  );
  const other: Row[] = [[0, 'invoke', 'write', 'x', 2]];
  expect(courseLines(file('a', A), file('b', other))[0]).toBe(
    'the first 0 operations are the same; then write "x" 1 was asked before, write "x" 2 now',
  );
  expect(courseLines(file('a', A), file('b', [...A.slice(0, 2), ...other]), 2e6)[0]).toBe(
    'the same 1 operations in the same order',
  );
});
