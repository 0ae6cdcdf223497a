/** Room that is kept for what a run says at its end. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reserveRoom } from '../../../harness/store/reserve.ts';

it('is taken, and given back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-reserve-'));
  try {
    const release = reserveRoom(folder, 10_000);
    expect(statSync(join(folder, '.reserved')).size).toBe(10_000);
    release();
    release();
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('is done without where there is none', () => {
  const release = reserveRoom('/nowhere-at-all/run');
  expect(release).not.toThrow();
  expect(existsSync('/nowhere-at-all/run')).toBe(false);
});
