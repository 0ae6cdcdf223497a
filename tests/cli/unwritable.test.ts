import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { adviceOn } from '../../cli/unwritable.ts';
import { JournalError } from '../../harness/history/journal.ts';
import { NotWritten } from '../../harness/store/atomic.ts';
import { Store } from '../../harness/store/store.ts';

function refusal(code: string, syscall: string, path = '/nowhere/at/all'): Error {
  return Object.assign(new Error(`${code}: refused, ${syscall} '${path}'`), { code, syscall, path });
}

const folder = mkdtempSync(join(tmpdir(), 'faultline-unwritable-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the advice under an error of the file system', () => {
  it.each(['EACCES', 'EPERM', 'EROFS'])('names --out where a folder cannot be made: %s', (code) => {
    expect(adviceOn(refusal(code, 'mkdir'))).toMatch(/^--out <folder> names another/);
  });

  it('names it where a file cannot be written, however deep the cause', () => {
    expect(adviceOn(new NotWritten('/x', refusal('EACCES', 'rename')))).toContain('--out <folder>');
    expect(adviceOn(new JournalError('/x', refusal('ENOSPC', 'write')))).toContain('disk with room');
    expect(adviceOn(refusal('EACCES', 'open'))).toContain('--out <folder>');
  });

  it('is silent on what may not be read, and on everything else', () => {
    expect(adviceOn(refusal('EACCES', 'open', join(folder, 'secret.yaml')))).toBeNull();
    expect(adviceOn(refusal('ENOENT', 'mkdir'))).toBeNull();
    expect(adviceOn(refusal('EACCES', 'spawn'))).toBeNull();
    expect(adviceOn(new Error('EACCES'))).toBeNull();
    expect(adviceOn('EACCES')).toBeNull();
  });
});

// Not even root makes folders there.
const CLOSED = '/sys';
describe.runIf(existsSync(CLOSED))('a working directory that cannot be written', () => {
  const bin = join(process.cwd(), 'bin/faultline.js');
  const words = ['run', 'raft', '--backend', 'sim', '--nodes', '3', '--time-limit', '1s', '--seed', '1'];

  it('ends a run with the advice and exit code 4', () => {
    const { status, stderr } = spawnSync(process.execPath, [bin, ...words], {
      cwd: CLOSED,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/broken: (EPERM|EACCES|EROFS): .*mkdir '\/sys\/\.faultline/);
    expect(stderr).toContain('  --out <folder> names another, in a place you may write to\n');
    expect(status).toBe(4);
  });

  it('is no obstacle to a run that writes elsewhere', () => {
    const out = join(folder, 'run');
    mkdirSync(out);
    const run = { name: 'x', seed: 1, startedMs: 0, out };
    expect(new Store(CLOSED).create(run).path).toBe(out);
  });
});
