/**
 * What is on a disk, block by block, and what of it is gone after a loss of power: an ext4 does not tell what it threw
 * away, so it is looked at before and after.
 */
import { closeSync, type Dirent, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';
import type { PowerLoss } from '../../contracts.ts';

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
