/**
 * The simulated disk: what a program sees, what survives a crash, torn and lying writes.
 */
import { expect, it } from 'vitest';
import { SimDisk } from '../../../harness/sim/disk.ts';

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
