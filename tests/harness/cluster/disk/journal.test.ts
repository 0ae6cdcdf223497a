/**
 * An ext4 of its own for each node: what the kernel's journal keeps after FS_IOC_SHUTDOWN, and what the fault says of
 * it. Skipped, with the reason, where no ext4 can be mounted.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectDiskSupport, detectJournalSupport } from '../../../../harness/cluster/disk/disk-program.ts';
import { contentsOf, lossBetween } from '../../../../harness/cluster/disk/journal-contents.ts';
import { runCommand } from '../../../../harness/cluster/processes.ts';
import type { FaultContext, PlannedFault, PowerLoss } from '../../../../harness/contracts.ts';
import { FAULTS } from '../../../../nemesis/index.ts';
import { makeBench, until } from '../../../kits/backend.ts';
import { skipping } from '../../../kits/skipping.ts';

const support = await detectJournalSupport();
const missing = 'reason' in support ? support.reason : null;

describe.skipIf(skipping('disks of ext4', missing))('disks of ext4', () => {
  const { program = '' } = 'program' in support ? support : {};
  const bench = makeBench('stdio', { nodes: ['n1', 'n2'], disks: { program, kind: 'journal' } });
  const { cluster, ask } = bench;
  const { dataDir } = cluster.address('n1');
  const planned: PlannedFault = {
    ...{ id: 'power-1', fault: 'power', mode: 'journal', lane: 'power', atNs: 0, untilNs: 1e9 },
    ...{ target: ['n1'], nodes: ['n1'], params: {} },
  };
  const context = { cluster, signal: new AbortController().signal } as unknown as FaultContext;

  /** Runs a script of Node where the disk of n1 is. */
  const on = async (script: string): Promise<string> => {
    const pid = cluster.pids('n1')[0]!;
    const words = ['--mount', '--target', String(pid), process.execPath, '-e'];
    const preface = `process.chdir(${JSON.stringify(dataDir)}); const fs = require("fs");`;
    const { exit, stdout, stderr } = await runCommand('nsenter', [...words, preface + script], {
      timeoutMs: 20_000,
    });
    return exit.code === 0 ? stdout.trim() : stderr;
  };

  beforeAll(async () => {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'left-by-the-harness'), 'settings');
    await cluster.up(new AbortController().signal);
  });

  afterAll(async () => {
    expect(await cluster.down()).toEqual([]);
    expect(readFileSync(join(dataDir, 'synced'), 'utf8')).toBe('S'.repeat(100_000));
    expect(existsSync(join(bench.folder, 'data', '.disks', 'n1.ext4'))).toBe(false);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(bench.folder);
    await until('the loop devices to let go', async () => {
      const { stdout } = await runCommand('losetup', ['-a'], { timeoutMs: 5_000 });
      return !stdout.includes(bench.folder);
    });
    rmSync(bench.folder, { recursive: true });
  });

  it('are seen by the node alone, with what the harness left for it', async () => {
    await on('fs.writeFileSync("mine", "x")');
    expect(await on('console.log(fs.readdirSync(".").join())')).toContain('left-by-the-harness,mine');
    expect(existsSync(join(dataDir, 'mine'))).toBe(false);
    expect(cluster.offers.has('disk.shutdown')).toBe(true);
    expect(cluster.missing.map(({ capability }) => capability)).toEqual(
      expect.arrayContaining(['disk.power', 'disk.trouble', 'disk.files']),
    );
  });

  it('keep what was synced, and lose what was not: content, files and renames', async () => {
    await on(`
      const open = (name) => fs.openSync(name, "w");
      const synced = open("synced"); fs.writeSync(synced, "S".repeat(100000)); fs.fsyncSync(synced);
      const before = open("before"); fs.writeSync(before, "one"); fs.fsyncSync(before);
      fs.writeSync(synced, "U".repeat(50000)); fs.writeFileSync("never", "synced"); fs.renameSync("before", "after");`);
    const cut = await FAULTS.power.inject(planned, context);
    expect(cut).toMatchObject({ state: 'installed', bit: true });
    expect(cut.summary).toMatch(
      /^n1 without power: \d+ bytes at the ends of files gone, .*changes? of names undone$/,
    );
    expect(cluster.state('n1')).toBe('stopped');
    expect(await FAULTS.power.undo(planned, context)).toMatchObject({ state: 'installed' });
    expect(await ask('n1', { type: 'echo', echo: 1 })).toMatchObject({ echo: 1 });
    const found = await on(
      'console.log(JSON.stringify([fs.statSync("synced").size, fs.existsSync("never"), fs.readdirSync(".").sort()]))',
    );
    const [size, never, names] = JSON.parse(found) as [number, boolean, string[]];
    expect([size, never]).toEqual([100_000, false]);
    expect(names).toContain('before');
    expect(names).not.toContain('after');
    // From outside the folder shows what survived.
    expect(existsSync(join(dataDir, 'before'))).toBe(true);
  });

  it('keep pieces of what was not synced when they are torn, and all of what was', async () => {
    const torn: PlannedFault = { ...planned, id: 'power-2', mode: 'journal-torn', params: { seed: 7 } };
    const holes: boolean[] = [];
    for (let round = 0; round < 4; round++) {
      const letter = 'abcd'[round]!;
      // Two programs: one syncs what it writes, one does not; and one writes over what is there, with and without.
      await on(`
        const write = (name, flags, bytes, sync, at = null) => {
          const fd = fs.openSync(name, flags);
          for (let done = 0; done < bytes; done += 1000) fs.writeSync(fd, "${letter}".repeat(1000), at === null ? null : at + done);
          if (sync) fs.fsyncSync(fd);
        };
        write("durable${round}", "w", 100000, true);
        write("loose${round}", "w", 40000, true); write("loose${round}", "a", 200000, false);
        write("over", fs.existsSync("over") ? "r+" : "w", 80000, true, 0); write("over2", fs.existsSync("over2") ? "r+" : "w", 80000, ${round === 0}, 0);`);
      torn.params['seed'] = round + 1;
      const cut = await FAULTS.power.inject(torn, context);
      expect(cut).toMatchObject({ state: 'installed', bit: true });
      const { losses } = cut.measures as unknown as { losses: Record<string, PowerLoss> };
      const files = new Map(losses['n1']!.torn!.map((each) => [each.file, each]));
      expect([...files.keys()]).not.toContain(`durable${round}`);
      const loose = files.get(`loose${round}`)!;
      // Its last synced block was begun to be filled, and is one of the unsynced ones.
      expect(loose.unsyncedBytes).toBe(240_000 - 9 * 4096);
      expect(await FAULTS.power.undo(torn, context)).toMatchObject({ state: 'installed' });
      const found = await on(`
        const count = (name, letter, from) => fs.readFileSync(name).subarray(from).filter((byte) => byte === letter.charCodeAt(0)).length;
        console.log(JSON.stringify([count("durable${round}", "${letter}", 0), count("loose${round}", "${letter}", 0),
          count("loose${round}", "${letter}", 9 * 4096), count("over", "${letter}", 0), count("over2", "${letter}", 0)]));`);
      const [durable, all, behind, over, over2] = JSON.parse(found) as number[];
      expect([durable, over]).toEqual([100_000, 80_000]);
      // What was synced is there, also of the block that was begun; what the evidence says was kept is what is there.
      expect(all).toBeGreaterThanOrEqual(40_000);
      expect(behind).toBeGreaterThanOrEqual(loose.keptBytes);
      expect(behind).toBeLessThan(loose.keptBytes + 4096);
      if (round > 0) expect(over2).toBe(files.get('over2')?.keptBytes ?? 80_000);
      if (loose.keptBytes > 0) {
        expect(cut.summary).toMatch(/ kept \d+ of \d+ unsynced bytes/);
        holes.push(loose.hole);
      }
    }
    // Prefixes and holes come both, each in some rounds.
    expect(new Set(holes)).toEqual(new Set([true, false]));
  });

  it('are left as they are by a kill', async () => {
    await on('fs.writeFileSync("unsynced", "kept")');
    await cluster.kill('n1');
    writeFileSync(join(dataDir, 'left-by-the-harness'), 'other settings');
    await cluster.restart('n1');
    expect(await on('console.log(fs.readFileSync("left-by-the-harness", "utf8"))')).toBe('other settings');
    expect(await on('console.log(fs.readFileSync("unsynced", "utf8"))')).toBe('kept');
  });
});

describe('what a loss of power took, by comparison', () => {
  it('counts ends, blocks and names', () => {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-contents-'));
    const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    write('same', 'x'.repeat(9000));
    write('cut', 'y'.repeat(9000));
    write('changed', 'z'.repeat(9000));
    write('gone', 'w'.repeat(10));
    const before = contentsOf(folder);
    write('cut', 'y'.repeat(5000));
    write('changed', `${'z'.repeat(5000)}Z${'z'.repeat(3999)}`);
    rmSync(join(folder, 'gone'));
    write('back', '');
    expect(lossBetween(before, contentsOf(folder))).toEqual({
      ...{ unsyncedFiles: 2, files: 2, blocks: 1, bytes: 4010, names: 2, problems: 0 },
    });
    expect(lossBetween(before, before)).toMatchObject({ files: 0, bytes: 0, blocks: 0, names: 0 });
    rmSync(folder, { recursive: true });
  });
});

it('says why a disk cannot be had', async () => {
  for (const found of [await detectDiskSupport(), support]) {
    if ('reason' in found) expect(found.reason).not.toBe('');
    else expect(existsSync(found.program)).toBe(true);
  }
});
