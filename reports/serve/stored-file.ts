/**
 * Which file of the store a path means, and as what it is sent. Nothing outside the store is ever found, links that
 * lead out of it included.
 */
import { realpathSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

/** A file to send. */
export interface StoredFile {
  path: string;
  bytes: number;
  type: string;
}

const TEXT = 'text/plain; charset=utf-8';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': TEXT,
  '.log': TEXT,
  '.md': TEXT,
  '.txt': TEXT,
  '.xml': TEXT,
};

/** The file at `parts` below `root`, or null when it is none of the store's. */
export function storedFile(root: string, parts: readonly string[]): StoredFile | null {
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[/\\\0]/.test(part))) return null;
  try {
    const store = realpathSync(root);
    const path = realpathSync(join(store, ...parts));
    if (!path.startsWith(store + sep)) return null;
    const info = statSync(path);
    if (!info.isFile()) return null;
    return { path, bytes: info.size, type: TYPES[extname(path)] ?? 'application/octet-stream' };
  } catch {
    // Missing or unreadable is the same to who asks.
    return null;
  }
}
