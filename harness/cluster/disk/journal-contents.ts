/**
 * What is on a disk, block by block, and what of it is gone after a loss of power: an ext4 does not tell what it threw
 * away, so it is looked at before and after. And the folder below, which shows it to the harness now and then.
 */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  type Dirent,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';
import type { PowerLoss } from '../../contracts.ts';
import { ClusterError } from '../cluster-error.ts';
import { runCommand } from '../processes.ts';
import type { TornFile } from './disk-server.ts';

const BLOCK = 4096;
const CHUNK = 256 * BLOCK;

/** Size and checksums of the blocks of each file and folder, by path below the root. */
export type DiskContents = ReadonlyMap<string, { size: number; blocks: Uint32Array }>;

/** Reads everything below a folder; linear in bytes, some 500 MB a second. What vanishes meanwhile is left out. */
export function contentsOf(root: string): DiskContents {
  const contents = new Map<string, { size: number; blocks: Uint32Array }>();
  const buffer = Buffer.alloc(CHUNK);
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const found = blocksOf(path, entry, buffer);
    if (found !== null) contents.set(relative(root, path), found);
  }
  return contents;
}

function blocksOf(path: string, entry: Dirent, buffer: Buffer): { size: number; blocks: Uint32Array } | null {
  if (!entry.isFile()) return { size: 0, blocks: new Uint32Array(0) };
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const blocks = new Uint32Array(Math.ceil(size / BLOCK));
    for (let at = 0; at < size; at += CHUNK) {
      const length = readSync(fd, buffer, 0, CHUNK, at);
      for (let begin = 0; begin < length; begin += BLOCK) {
        blocks[(at + begin) / BLOCK] = crc32(buffer.subarray(begin, Math.min(begin + BLOCK, length)));
      }
    }
    return { size, blocks };
  } finally {
    closeSync(fd);
  }
}

/** What the disk had before and has not after. A file that lost its end is counted in bytes, not also in blocks. */
export function lossBetween(before: DiskContents, after: DiskContents): PowerLoss {
  const loss: PowerLoss = { unsyncedFiles: 0, files: 0, blocks: 0, bytes: 0, names: 0, problems: 0 };
  for (const [name, was] of before) {
    const is = after.get(name);
    if (is === undefined) {
      loss.names++;
      loss.bytes += was.size;
      continue;
    }
    const bytes = Math.max(0, was.size - is.size);
    const whole = Math.floor(Math.min(was.size, is.size) / BLOCK);
    const differing = was.blocks.subarray(0, whole).filter((sum, i) => sum !== is.blocks[i]).length;
    const tail = was.size === is.size && whole < was.blocks.length && was.blocks[whole] !== is.blocks[whole];
    loss.bytes += bytes;
    loss.blocks += differing + Number(tail);
    if (bytes > 0 || differing > 0 || tail || is.size > was.size) loss.files++;
  }
  for (const name of after.keys()) if (!before.has(name)) loss.names++;
  loss.unsyncedFiles = loss.files;
  return loss;
}

/** Of each file that was torn, what is there of its unsynced blocks; those of which nothing or all is there included. */
export function tornFiles(
  torn: readonly TornFile[],
  before: DiskContents,
  after: DiskContents,
): NonNullable<PowerLoss['torn']> {
  return torn.flatMap(({ name, unsynced }) => {
    const was = before.get(name);
    if (was === undefined) return [];
    const is = after.get(name);
    const file = { file: name, unsyncedBytes: 0, keptBytes: 0, hole: false };
    let lost = false;
    for (const number of unsynced.flatMap(([first, count]) =>
      Array.from({ length: count }, (_, i) => first + i),
    )) {
      const bytes = Math.min(BLOCK, was.size - number * BLOCK);
      if (bytes <= 0) continue;
      file.unsyncedBytes += bytes;
      if (is === undefined || is.blocks[number] !== was.blocks[number]) {
        lost = true;
        continue;
      }
      file.keptBytes += bytes;
      file.hole ||= lost;
    }
    return [file];
  });
}

/** Copies what is on a disk over the folder below it; rejects with `ClusterError`. */
export async function bringOut(disk: string, below: string): Promise<void> {
  const { exit, stderr } = await runCommand('cp', ['-a', `${disk}/.`, below], { timeoutMs: 60_000 });
  if (exit.code !== 0) throw new ClusterError(stderr.trim().split('\n')[0] ?? 'cp failed');
}

/** Copies files and folders onto a disk that were changed below it since a time of its file system. */
export function bringIn(below: string, disk: string, sinceMs: number): void {
  for (const entry of readdirSync(below, { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name);
    const { ctimeMs, mode, uid, gid } = lstatSync(from);
    if (ctimeMs <= sinceMs) continue;
    const to = join(disk, relative(below, from));
    if (entry.isDirectory()) mkdirSync(to, { recursive: true });
    else if (entry.isFile()) copyFileSync(from, to);
    else continue;
    chmodSync(to, mode);
    lchownSync(to, uid, gid);
  }
}
