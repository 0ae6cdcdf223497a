import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { beforeTry, clearForSecondTries } from './second-try.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-second-try-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('removes what a first try left, and nothing that was there before it', () => {
  clearForSecondTries(folder);
  writeFileSync(join(folder, 'of-the-file'), '');
  beforeTry(true);
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run', 'plan.json'), '');
  beforeTry(false);
  expect(existsSync(join(folder, 'run'))).toBe(false);
  expect(existsSync(join(folder, 'of-the-file'))).toBe(true);
  // What a test that is over has left is of the file from then on.
  mkdirSync(join(folder, 'run'));
  beforeTry(true);
  beforeTry(false);
  expect(existsSync(join(folder, 'run'))).toBe(true);
});
