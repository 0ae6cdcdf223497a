/**
 * The simulated disk: what a program sees, what survives a crash, torn and lying writes.
 */
import { describe, expect, it } from 'vitest';
import type { DiskTrouble } from '../../../harness/contracts.ts';
import { SimDisk } from '../../../harness/sim/disk.ts';
import { keptAtPowerCut } from '../../../harness/sim/refusals.ts';

function written(): { disk: SimDisk; marks: number[] } {
  const disk = new SimDisk('copy');
  const marks: number[] = [];
  disk.write('term', 1);
  disk.log('log').append(['a', 'b']);
  marks.push(disk.beginSync());
  disk.write('term', 2);
  disk.log('log').append(['c', 'd', 'e', 'f']);
  marks.push(disk.beginSync());
  return { disk, marks };
}

const seen = (disk: SimDisk): unknown => [
  disk.read('term'),
  Array.from({ length: disk.log('log').length }, (_, i) => disk.log('log').get(i)),
];

it('shows writes at once and keeps after a crash what was synced', () => {
  const { disk, marks } = written();
  expect(seen(disk)).toEqual([2, ['a', 'b', 'c', 'd', 'e', 'f']]);
  disk.synced(marks[0]!);
  disk.crash(0);
  expect(seen(disk)).toEqual([1, ['a', 'b']]);
  disk.log('log').truncate(1);
  disk.synced(disk.beginSync());
  disk.crash(0);
  expect(seen(disk)).toEqual([1, ['a']]);
});

it('keeps the beginning of what was not synced, torn inside a batch', () => {
  const { disk, marks } = written();
  disk.synced(marks[0]!);
  // Two changes were loose: the value, and a batch of four of which half had reached the disk.
  disk.crash(0.75);
  expect(seen(disk)).toEqual([2, ['a', 'b', 'c', 'd']]);
});

it('loses what a lying disk acknowledged', () => {
  const { disk, marks } = written();
  disk.synced(marks[0]!);
  disk.trouble = { lies: true };
  disk.synced(marks[1]!);
  disk.crash(0);
  expect(seen(disk)).toEqual([1, ['a', 'b']]);
});

it('makes durable what a lying disk held once it is honest again', () => {
  const { disk, marks } = written();
  disk.trouble = { lies: true };
  for (const mark of marks) disk.synced(mark);
  disk.trouble = {};
  disk.write('term', 3);
  disk.synced(disk.beginSync());
  disk.crash(0);
  expect(seen(disk)).toEqual([3, ['a', 'b', 'c', 'd', 'e', 'f']]);
});

it('refuses positions outside a log', () => {
  const { disk } = written();
  expect(() => disk.log('log').get(6)).toThrow(/log log has no item 6/);
  expect(() => disk.log('log').truncate(7)).toThrow(/log log of 6 items cannot be cut to 7/);
});

it.each(['copy', 'json'] as const)(
  'keeps what a program does to a value it has read off the disk: %s',
  (how) => {
    const disk = new SimDisk(how);
    const own: number[] = [1];
    disk.write('list', own);
    disk.log('log').append([own]);
    disk.synced(disk.beginSync());
    own.push(2);
    for (let life = 0; life < 2; life++) {
      (disk.read('list') as number[]).push(3);
      (disk.log('log').get(0) as number[]).push(3);
      disk.crash(0);
      expect([disk.read('list'), disk.log('log').get(0)]).toEqual([[1], [1]]);
    }
  },
);

it('goes on in order after crashes and partial syncs', () => {
  const disk = new SimDisk('copy');
  const marks = [1, 2, 3].map((value) => {
    disk.write('term', value);
    return disk.beginSync();
  });
  disk.synced(marks[0]!);
  disk.synced(marks[1]!);
  disk.write('term', 4);
  disk.beginSync();
  disk.crash(0.5);
  expect(disk.read('term')).toBe(3);
  disk.write('term', 5);
  disk.synced(disk.beginSync());
  disk.crash(0);
  expect(disk.read('term')).toBe(5);
});

describe('a disk in trouble', () => {
  const refused = (trouble: DiskTrouble, write: (disk: SimDisk) => void, draw?: (n: number) => number) => {
    const disk = new SimDisk('copy', draw);
    disk.log('log').append(['a', 'b']);
    disk.synced(disk.beginSync());
    disk.trouble = trouble;
    write(disk);
    const why = disk.refusal();
    expect(disk.hits).toBe(why === null ? 0 : 1);
    return why;
  };
  const append = (disk: SimDisk): void => disk.log('log').append(['c']);
  const truncate = (disk: SimDisk): void => disk.log('log').truncate(1);

  it('refuses what needs room when it is full, and everything when it is read-only', () => {
    expect(refused({ full: true }, append)).toMatch(/^ENOSPC: /);
    expect(refused({ full: true }, truncate)).toBeNull();
    expect(refused({ readOnly: true }, truncate)).toMatch(/^EROFS: /);
    expect(refused({ fails: true }, append)).toMatch(/^EIO: /);
    expect(refused({}, append)).toBeNull();
    expect(refused({ slowMs: 5 }, append)).toBeNull();
  });

  it('refuses by name, by chance and so many times', () => {
    const rule = { of: 'writes', path: 'l?g', probability: 0.5, count: 2 } as const;
    expect(refused({ refuses: [rule] }, append, () => 0.4)).toBe('EIO: the disk does not write log');
    expect(refused({ refuses: [rule] }, append, () => 0.6)).toBeNull();
    expect(refused({ refuses: [{ ...rule, path: 'wal/*' }] }, append)).toBeNull();
    const disk = new SimDisk('copy');
    disk.trouble = { refuses: [{ ...rule, of: 'syncs', path: '*' }] };
    const said = [1, 2, 3].map(() => {
      append(disk);
      return disk.refusal();
    });
    expect(said).toEqual(['EIO: the disk does not sync log', 'EIO: the disk does not sync log', null]);
  });

  it('refuses reads where they are asked, and lets what was read slowly wait', () => {
    const disk = new SimDisk('copy');
    append(disk);
    disk.synced(disk.beginSync());
    disk.trouble = { refuses: [{ of: 'reads', path: 'log', probability: 1, count: 1 }] };
    expect(() => disk.log('log').get(0)).toThrow('EIO: the disk does not read log');
    expect(disk.log('log').get(0)).toBe('c');
    disk.trouble = { slowReadsMs: 20, slowWritesMs: 3, slowMs: 100 };
    expect(disk.busy).toBe(false);
    disk.log('log').get(0);
    disk.read('term');
    expect([disk.busy, disk.slownessMs]).toEqual([true, 40]);
    append(disk);
    expect(disk.slownessMs).toBe(143);
    disk.beginSync();
    expect([disk.busy, disk.slownessMs]).toEqual([false, 0]);
  });

  it('loses its power at a sync of what was named, once, and tells what that takes', () => {
    const disk = new SimDisk('copy');
    let struck = 0;
    disk.armed = { atSync: 2, path: 'log', strike: () => struck++ };
    disk.write('term', 1);
    expect(disk.losesPower()).toBe(false);
    disk.beginSync();
    append(disk);
    expect(disk.losesPower()).toBe(false);
    disk.beginSync();
    append(disk);
    expect([disk.losesPower(), struck]).toEqual([true, 1]);
    expect(disk.losesPower()).toBe(false);
    expect(disk.lossAt(0)).toEqual({
      unsyncedFiles: 2,
      files: 2,
      blocks: 1,
      bytes: 6,
      names: 0,
      problems: 0,
    });
    expect(disk.lossAt(0.9).files).toBe(1);
  });
});

it('keeps nothing that was not synced at a loss of power, or a part that its seed draws', () => {
  expect(keptAtPowerCut({ torn: false, seed: 3 })).toBe(0);
  const parts = [1, 2, 3, 4].map((seed) => keptAtPowerCut({ torn: true, seed }));
  expect(new Set(parts).size).toBe(4);
  for (const part of parts) expect(part > 0 && part < 1).toBe(true);
});
