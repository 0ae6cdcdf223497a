/**
 * What a stored run is judged by: its own gates, also when it broke off, and none where there is no run.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { typed } from './typed.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-broke-off-'));
const path = (file: string): string => join(folder, '.faultline/latest', file);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const run = ['run', 'raft', '--backend', 'sim', '--time-limit', '3s', '--seed', '1'];
  expect((await typed(folder, ...run)).code).toBe(0);
  rmSync(path('verdict.json'));
});

it('holds a run that broke off to the gates that its history can tell of', async () => {
  const whole = await typed(folder, 'check', 'last');
  expect(whole.code, whole.stdout).toBe(0);
  expect(whole.stdout).toContain('this run broke off: no gate asks about its faults');
  expect(whole.stdout).toContain('operations ✓');

  const lines = readFileSync(path('history.jsonl'), 'utf8').trimEnd().split('\n');
  const loaded = lines.findIndex((line) => /"process":\d/.test(line));
  const head = lines.slice(0, loaded + 4);
  writeFileSync(path('history.jsonl'), `${head.join('\n')}\n`);
  const early = await typed(folder, 'check', 'last');
  expect(early.code, early.stdout).toBe(3);
  expect(early.stdout).toContain('VACUOUS');

  // A history on its own promised no number of operations.
  writeFileSync(join(folder, 'own.jsonl'), `${head.join('\n')}\n`);
  const own = await typed(folder, 'check', 'own.jsonl', '--checker', 'stats');
  expect(own.code, own.stdout).toBe(0);
});
