/** Damage to the files of a node: exactly what was asked for, and nothing beside it. */
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  cutFile,
  dataFiles,
  flipBits,
  putBack,
  removeFile,
  takeSnapshot,
} from '../../../../harness/cluster/disk/damage.ts';
import { notRoot, skipping } from '../../../kits/skipping.ts';

let base: string;
let data: string;
const textOf = (name: string): string => readFileSync(join(data, name), 'latin1');

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'faultline-damage-test-'));
  data = join(base, 'n1');
  mkdirSync(join(data, 'wal'), { recursive: true });
  writeFileSync(join(data, 'wal', '1.wal'), 'first');
  writeFileSync(join(data, 'wal', '2.wal'), 'second');
  writeFileSync(join(data, 'state'), '\0\0\0\0');
});

afterEach(() => rmSync(base, { recursive: true }));

it('finds files by name, and with a slash by path', () => {
  expect(dataFiles(data, '*').map(({ name }) => name)).toEqual(['state', 'wal/1.wal', 'wal/2.wal']);
  expect(dataFiles(data, '?.wal')).toEqual([
    { name: 'wal/1.wal', size: 5 },
    { name: 'wal/2.wal', size: 6 },
  ]);
  expect(dataFiles(data, 'wal/2*')).toHaveLength(1);
  expect(dataFiles(data, '2*.wa')).toEqual([]);
});

it('flips the bits asked for', () => {
  expect(flipBits(data, 'state', [0, 15, 31])).toBe('state: 3 bits flipped at 0, 1, 3');
  expect(textOf('state')).toBe('\x01\x80\0\x80');
  flipBits(data, 'state', [0, 15, 31]);
  expect(textOf('state')).toBe('\0\0\0\0');
});

it('cuts and removes', () => {
  expect(cutFile(data, 'wal/2.wal', 2)).toBe('wal/2.wal: cut from 6 to 2 bytes');
  expect(textOf('wal/2.wal')).toBe('se');
  cutFile(data, 'wal/2.wal', 100);
  expect(textOf('wal/2.wal')).toBe('se');
  removeFile(data, 'wal/1.wal');
  expect(dataFiles(data, '*.wal')).toHaveLength(1);
});

it.skipIf(skipping('owners of damaged files', notRoot))('gives files back to whom they belonged', () => {
  chownSync(join(data, 'wal'), 65534, 65533);
  chownSync(join(data, 'wal', '1.wal'), 65534, 65533);
  putBack(data, takeSnapshot(data, 'damage-1'));
  for (const name of ['wal', 'wal/1.wal'])
    expect(statSync(join(data, name))).toMatchObject({ uid: 65534, gid: 65533 });
  expect(statSync(join(data, 'state')).uid).toBe(0);
});

it('puts a copy back, whatever happened meanwhile, and keeps no copy', () => {
  symlinkSync('state', join(data, 'link'));
  const copy = takeSnapshot(data, 'damage-1');
  writeFileSync(join(data, 'state'), 'changed');
  writeFileSync(join(data, 'more'), 'more');
  removeFile(data, 'wal/1.wal');
  putBack(data, copy);
  expect(dataFiles(data, '*').map(({ name }) => name)).toEqual(['state', 'wal/1.wal', 'wal/2.wal']);
  expect(textOf('link')).toBe('\0\0\0\0');
  expect(() => putBack(data, copy)).toThrow('is gone');
});
