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
import { notInstalled, skipping } from '../../../kits/skipping.ts';

const support = await detectDiskSupport();
const missing = 'reason' in support ? support.reason : null;
const program = 'program' in support ? support.program : '';

describe.skipIf(skipping('disks', missing))('a disk', () => {
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

  it('undoes creations, removals and renames that no sync came after, and no others', async () => {
    await on(`
      for (const name of ["kept", "old", "target"]) { const f = open(name, "w"); write(f, name); sync(f); }
      fs.mkdirSync("folder"); sync(open(".", "r"));
      fs.renameSync("old", "target"); fs.unlinkSync("kept"); fs.rmdirSync("folder"); fs.mkdirSync("new");
      write(open("new/file", "w"), "x"); fs.symlinkSync("new", "link");`);
    expect(readdirSync(data).sort()).toEqual(['link', 'new', 'target']);
    expect(textOf('target')).toBe('old');
    expect(await server.powerOff(0)).toMatchObject({ problems: 0 });
    expect(readdirSync(data).sort()).toEqual(['folder', 'kept', 'old', 'target']);
    expect(textOf('target')).toBe('target');
    expect(textOf('kept')).toBe('kept');
    await mount();
    await on(`fs.renameSync("old", "target"); sync(open(".", "r"));`);
    await server.powerOff(0);
    expect(textOf('target')).toBe('old');
    expect(readdirSync(join(base, 'graves'))).toEqual([]);
  });

  it('brings back what was truncated without a sync, and nothing once it was synced', async () => {
    await on(`const f = open("a", "w+"); write(f, "0123456789".repeat(1000)); sync(f);
      fs.ftruncateSync(f, 100); fs.ftruncateSync(f, 6000); write(f, "new", 50);`);
    expect(textOf('a').slice(0, 101)).toBe(
      `${'0123456789'.repeat(5)}new${'0123456789'.repeat(10).slice(53)}\0`,
    );
    await server.powerOff(0);
    expect(textOf('a')).toBe('0123456789'.repeat(1000));
    await mount();
    await on(`const f = open("a", "r+"); fs.ftruncateSync(f, 100); sync(f); write(f, "lost", 100);`);
    await server.powerOff(0);
    expect(textOf('a')).toBe('0123456789'.repeat(10));
  });

  it('takes writes with O_SYNC for synced, and syncs once for each', async () => {
    const { syncs } = await server.counts();
    await on(`const { O_CREAT, O_WRONLY, O_SYNC } = fs.constants;
      const f = open("a", O_CREAT | O_WRONLY | O_SYNC); write(f, "one"); write(f, "two");`);
    expect((await server.counts()).syncs - syncs).toBe(2);
    await server.powerOff(0);
    expect(textOf('a')).toBe('onetwo');
  });

  it.skipIf(skipping('files mapped into memory', notInstalled('python3', 'python3')))(
    'has files mapped into memory, durable when they are synced',
    async () => {
      const script = `
import mmap, os
f = os.open("m", os.O_CREAT | os.O_RDWR); os.ftruncate(f, 8192); os.fsync(f)
m = mmap.mmap(f, 8192); m[0:6] = b"synced"; m.flush(); m[4096:4100] = b"lost"
print(os.pread(f, 4, 4096).decode())`;
      const args = ['enter', String(server.pid), 'python3', '-c', script];
      const { exit, stdout, stderr } = await runCommand(program, args, { timeoutMs: 20_000, cwd: data });
      expect(exit.code, stderr).toBe(0);
      expect(stdout.trim()).toBe('lost');
      await server.powerOff(0);
      expect(textOf('m').slice(0, 6)).toBe('synced');
      expect(textOf('m').slice(4096, 4100)).toBe('\0\0\0\0');
    },
  );

  it('tears the same way for the same seed, and never what was synced', async () => {
    const torn = async (seed: number): Promise<string> => {
      await on(`const f = open("a", "w"); write(f, "S".repeat(20000)); sync(f);
        write(f, "N".repeat(8192), 4096); write(f, "T".repeat(9000), 20000);`);
      await server.powerOff(seed);
      const text = textOf('a');
      await mount();
      return text;
    };
    const first = await torn(7);
    expect(await torn(7)).toBe(first);
    expect(await torn(8)).not.toBe(first);
    expect(first.slice(0, 4096)).toBe('S'.repeat(4096));
    expect(first.slice(12_288, 20_000)).toBe('S'.repeat(7712));
    expect(first.length).toBeLessThanOrEqual(29_000);
    // Sector by sector, and some of both.
    const sectors = Array.from({ length: 16 }, (_, i) => first.slice(4096 + i * 512, 4608 + i * 512));
    for (const sector of sectors) expect(['S'.repeat(512), 'N'.repeat(512)]).toContain(sector);
    expect(new Set(sectors).size).toBe(2);
  });

  it('takes everything for synced when it is told to', async () => {
    await on('const f = open("a", "w"); write(f, "first"); fs.renameSync("a", "b");');
    await server.say('settle');
    await on('const f = open("b", "a"); write(f, "second");');
    await server.powerOff(0);
    expect(textOf('b')).toBe('first');
  });

  it('lies about syncs until it is told not to', async () => {
    await server.say('trouble lie=1');
    await on('const f = open("a", "w"); write(f, "a"); sync(f);');
    expect((await server.counts()).lied).toBe(1);
    await server.powerOff(0);
    expect(readdirSync(data)).toEqual([]);
  });

  it('refuses what it is told to, by name, kind and count, and is then as before', async () => {
    const attempt = (what: string): Promise<string> =>
      on(`const said = (work) => { try { work(); return "ok"; } catch (e) { return e.code; } };
        const f = open("b.wal", "a"), g = open("other", "a"); console.log(${what});`);
    for (const line of ['rules', 'rule s EIO 1000000 1 *.wal']) await server.say(line);
    expect(await attempt('said(() => sync(g)), said(() => sync(f)), said(() => sync(f))')).toBe('ok EIO ok');
    await server.say('trouble full=1');
    expect(await attempt('said(() => write(f, "x")), said(() => fs.mkdirSync("d"))')).toBe('ENOSPC ENOSPC');
    await server.say('trouble read-only=1');
    expect(await on('try { open("c", "w") } catch (e) { console.log(e.code) }')).toBe('EROFS');
    await server.say('trouble');
    expect(await attempt('said(() => write(f, "x")), said(() => sync(f))')).toBe('ok ok');
    expect((await server.counts()).refused).toBe(4);
    await expect(server.say('nonsense')).rejects.toThrow('not understood');
  });

  it('ends everything at the sync asked for, which is never answered', async () => {
    await server.say('end-at 2 *.wal');
    const cut = new Promise<void>((resolve) => {
      server.onCut = resolve;
    });
    const writer = on(`const f = open("a.wal", "w");
      for (const word of ["one", "two", "three"]) { write(f, word); sync(f); }`);
    await cut;
    expect(await server.powerOff(0)).toMatchObject({ bytes: 3, problems: 0 });
    await writer;
    expect(textOf('a.wal')).toBe('one');
  });
});
