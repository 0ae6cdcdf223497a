/**
 * Files that are there whole or not at all: written beside their name, synced, then renamed over it. A reader
 * never sees half a verdict, whenever the harness dies.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../registry.ts';

/** A file that could not be written: the message names it, and why in the words of the file system. */
export class NotWritten extends Error {
  /** As the file system says it: `ENOSPC`. */
  readonly code: string | undefined;

  constructor(path: string, cause: unknown) {
    super(`cannot write ${path}: ${(cause as Error).message}`, { cause });
    this.name = 'NotWritten';
    this.code = (cause as NodeJS.ErrnoException).code;
  }
}

/** Replaces a file's content atomically. Throws `NotWritten`. */
export function writeAtomic(path: string, content: string | Uint8Array): void {
  const temporary = besides(path);
  try {
    const fd = openSync(temporary, 'w');
    try {
      writeFileSync(fd, content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new NotWritten(path, error);
  }
}

/** Writes a value as indented JSON, atomically. */
export function writeJson(path: string, value: unknown): void {
  writeAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Points a symbolic link at `target` (relative to the link's folder), replacing what it pointed at before. */
export function linkAtomic(path: string, target: string): void {
  const temporary = besides(path);
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, path);
}

/** A JSON file's value; `what` names it in errors. Throws `UsageError` when it is missing or no JSON. */
export function readJson(path: string, what: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(missing ? `there is no ${what} here` : `cannot read the ${what}: ${String(cause)}`, {
      file: path,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`this ${what} is not JSON: ${(cause as Error).message}`, { file: path });
  }
}

function besides(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}
