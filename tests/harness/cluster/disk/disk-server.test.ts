/**
 * The file system of disks against what POSIX promises: what was synced survives a loss of power, and nothing else
 * has to. Skipped, with the reason, where nothing can be mounted.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { detectDiskSupport } from '../../../../harness/cluster/disk/disk-program.ts';
import { DiskServer } from '../../../../harness/cluster/disk/disk-server.ts';
import { runCommand } from '../../../../harness/cluster/processes.ts';

const support = await detectDiskSupport();
if ('reason' in support) process.stderr.write(`skipped: disks: ${support.reason}\n`);
const program = 'program' in support ? support.program : '';

describe.skipIf('reason' in support)('a disk', () => {
  let base: string;
  let data: string;
  let server: DiskServer;

  const mount = async (): Promise<void> => {
    const words = openSync(join(base, 'words'), 'w+');
    server = await DiskServer.start({ program, folder: data, graves: join(base, 'graves'), stderrFd: words });
    closeSync(words);
  };

  /** Runs a script of Node on the disk; what it printed. */
  const on = async (script: string): Promise<string> => {
    const preface =
      'const fs = require("fs"); const { openSync: open, writeSync: write, fsyncSync: sync } = fs;';
    const args = ['enter', String(server.pid), process.execPath, '-e', preface + script];
    const { exit, stdout, stderr } = await runCommand(program, args, { timeoutMs: 20_000, cwd: data });
    return exit.code === 0 ? stdout.trim() : stderr;
  };

  const textOf = (name: string): string => readFileSync(join(data, name), 'latin1');

  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'faultline-disk-test-'));
    data = join(base, 'data');
  });

  beforeEach(async () => {
    await server?.close();
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data);
    await mount();
  });

  afterAll(async () => {
    await server.close();
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(base);
    rmSync(base, { recursive: true });
  });

  it('keeps what was synced and loses the rest, to the byte', async () => {
    await on(`
      const f = open("a", "w"); write(f, "A".repeat(10000)); sync(f);
      write(f, "B".repeat(5000), 2000); write(f, "tail");
      const g = open("b", "w"); write(g, "never synced");`);
    expect(textOf('a')).toBe(`${'A'.repeat(2000)}${'B'.repeat(5000)}${'A'.repeat(3000)}tail`);
    const loss = await server.powerOff(0);
    expect(loss).toMatchObject({ problems: 0, names: 1 });
    expect(textOf('a')).toBe('A'.repeat(10_000));
    expect(readdirSync(data)).toEqual(['a']);
  });
});
