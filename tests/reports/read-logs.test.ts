/**
 * Logs of a run that are not there, or cannot be read.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLogs } from '../../reports/read-logs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('reads nothing where a run has none, which is no problem', async () => {
  const problems: string[] = [];
  expect(await readLogs(folder, problems)).toEqual([]);
  expect(problems).toEqual([]);
});

it('reads what each node wrote', async () => {
  mkdirSync(join(folder, 'logs', 'n1'), { recursive: true });
  writeFileSync(join(folder, 'logs', 'n1', 'stderr.log'), 'listening\n');
  const problems: string[] = [];
  const logs = await readLogs(folder, problems);
  expect(JSON.stringify(logs)).toContain('listening');
  expect(problems).toEqual([]);
});

it('takes for a crash what says so, not a name or a message by the way', async () => {
  const lines = [
    'panic: index out of range',
    'FATAL: could not map memory',
    'flags: --initial-corrupt-check=false',
    '{"level":"info","msg":"checking for corruption"}',
    'level=debug msg="no panic"',
    '{"level":"error","msg":"data corrupted"}',
  ];
  mkdirSync(join(folder, 'logs', 'n1'), { recursive: true });
  writeFileSync(join(folder, 'logs', 'n1', 'stderr.log'), lines.join('\n'));
  const [log] = await readLogs(folder, []);
  expect(log!.lines.filter(({ crash }) => crash).map(({ number }) => number)).toEqual([1, 2, 6]);
});

it('says that logs are there and cannot be read', async () => {
  writeFileSync(join(folder, 'logs'), 'no folder');
  const problems: string[] = [];
  expect(await readLogs(folder, problems)).toEqual([]);
  expect(problems).toEqual([expect.stringMatching(/^the logs cannot be read: ENOTDIR/)]);
});
