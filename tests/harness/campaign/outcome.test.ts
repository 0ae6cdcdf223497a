import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readOutcome, shortenLog } from '../../../harness/campaign/outcome.ts';
import { RunFolder } from '../../../harness/store/run-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-outcome-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const end = { code: 4, signal: null, late: false };

it('reads the last words of a log that is longer than any text may be', () => {
  const log = join(folder, 'huge.log');
  writeFileSync(log, '');
  // Mostly a hole: it takes no room on the disk.
  truncateSync(log, 2 ** 30);
  writeFileSync(log, '\nfaultline: broken: no port is free\n', { flag: 'a' });
  const { verdict, sentence } = readOutcome(new RunFolder(join(folder, 'none')), log, end, 'again');
  expect({ verdict, sentence }).toEqual({
    verdict: 'broken',
    sentence: 'the run ended with exit code 4: no port is free',
  });
  shortenLog(log);
  expect(statSync(log).size).toBeLessThan(5 * 2 ** 20);
  expect(readFileSync(log, 'utf8')).toContain('bytes left out');
});

it('keeps the beginning and the end of a long log, and a short one as it is', () => {
  const log = join(folder, 'long.log');
  writeFileSync(log, `begin${'.'.repeat(100)}end`);
  shortenLog(log, 1_000);
  expect(statSync(log).size).toBe(108);
  shortenLog(log, 20);
  expect(readFileSync(log, 'utf8')).toBe('begin.....\n... 88 bytes left out ...\n.......end');
  shortenLog(join(folder, 'none.log'));
});

it.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('says that the disk was full', () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  // Not where nothing may be mounted, as in some containers.
  if (mounted.status !== 0) return;
  try {
    writeFileSync(join(disk, 'fill'), 'x'.repeat(60_000));
    const { sentence } = readOutcome(new RunFolder(join(disk, 'none')), join(disk, 'x.log'), end, 'again');
    expect(sentence).toBe('the run ended with exit code 4: the disk is full');
  } finally {
    spawnSync('umount', [disk]);
  }
});
