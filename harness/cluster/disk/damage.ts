/**
 * Damage to the files of a node that is down, and copies of all of them: plain work on a folder.
 */
import {
  closeSync,
  cpSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  lchownSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A file of a node. */
export interface DataFile {
  /** Path below the data directory. */
  name: string;
  size: number;
}

/** Regular files below a folder that match a pattern, by name: of the last part, or with a slash of the whole path. */
export function dataFiles(folder: string, pattern: string): DataFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((name) => matches(name, pattern))
    .sort()
    .map((name) => ({ name, size: statSync(join(folder, name)).size }));
}

function matches(name: string, pattern: string): boolean {
  return patternOf(pattern).test(pattern.includes('/') ? name : (name.split('/').at(-1) ?? name));
}

/** `*`, `?` and classes as fnmatch(3) has them: `*` stands for slashes too. */
function patternOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

/** Flips bits of a file, by their numbers; one clause on it. */
export function flipBits(folder: string, name: string, bits: readonly number[]): string {
  const fd = openSync(join(folder, name), 'r+');
  try {
    const byte = Buffer.alloc(1);
    for (const bit of bits) {
      const at = Math.floor(bit / 8);
      readSync(fd, byte, 0, 1, at);
      byte[0]! ^= 1 << (bit % 8);
      writeSync(fd, byte, 0, 1, at);
    }
  } finally {
    closeSync(fd);
  }
  const where = bits.slice(0, 3).map((bit) => Math.floor(bit / 8));
  return `${name}: ${bits.length} ${bits.length === 1 ? 'bit' : 'bits'} flipped at ${where.join(', ')}`;
}

/** Cuts a file to a size; one clause on it. */
export function cutFile(folder: string, name: string, size: number): string {
  const fd = openSync(join(folder, name), 'r+');
  try {
    const before = fstatSync(fd).size;
    ftruncateSync(fd, Math.min(before, size));
    return `${name}: cut from ${before} to ${Math.min(before, size)} bytes`;
  } finally {
    closeSync(fd);
  }
}

/** Removes a file. */
export function removeFile(folder: string, name: string): void {
  rmSync(join(folder, name));
}

/** Sockets and pipes are made anew by whoever needs them. */
const COPY = {
  recursive: true,
  preserveTimestamps: true,
  verbatimSymlinks: true,
  filter: (from: string): boolean => {
    const stat = lstatSync(from);
    return stat.isFile() || stat.isDirectory() || stat.isSymbolicLink();
  },
};

/** Copies a whole data directory beside it; returns where to. */
export function takeSnapshot(dataDir: string, name: string): string {
  const to = join(dirname(dataDir), '.snapshots', `${relative(dirname(dataDir), dataDir)}-${name}`);
  rmSync(to, { recursive: true, force: true });
  cpSync(dataDir, to, COPY);
  copyOwners(dataDir, to);
  return to;
}

/** Copies made by root are root's; servers refuse data that is not their user's. */
function copyOwners(from: string, to: string): void {
  if (process.getuid?.() !== 0) return;
  const names = readdirSync(to, { recursive: true, encoding: 'utf8' });
  for (const name of ['', ...names]) {
    const { uid, gid } = lstatSync(join(from, name));
    lchownSync(join(to, name), uid, gid);
  }
}

/** Puts a copy in the place of what is there, and removes the copy. */
export function putBack(dataDir: string, snapshot: string): void {
  if (!existsSync(snapshot)) throw new Error(`the copy ${snapshot} is gone`);
  for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true });
  cpSync(snapshot, dataDir, COPY);
  copyOwners(snapshot, dataDir);
  rmSync(snapshot, { recursive: true });
}
