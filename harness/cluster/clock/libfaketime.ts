/**
 * What is known about libfaketime: where it is installed, the environment that makes it follow a file, and the
 * file's format. It works on dynamically linked programs alone and costs some microseconds per clock read.
 */
import fs from 'node:fs';

const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib64/faketime/libfaketimeMT.so.1',
  '/usr/lib/faketime/libfaketimeMT.so.1',
  '/usr/local/lib/faketime/libfaketimeMT.so.1',
];

/** Path of the multi-threaded library, or null when none of `candidates` exists. */
export function findLibfaketime(candidates: readonly string[] = LIBRARIES): string | null {
  return candidates.find((path) => fs.existsSync(path)) ?? null;
}

/**
 * Environment that makes a process show the offset in `file`. Without the cache a change is seen at the next read,
 * and the monotonic clock must stay real: a jump back would stop event loops.
 */
export function libfaketimeEnv(library: string, file: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
}

/** Replaces the file as a whole, so that no reader sees half of it. */
export function writeOffset(file: string, offsetNs: number): void {
  const seconds = (offsetNs / 1e9).toFixed(9);
  fs.writeFileSync(`${file}.next`, `${offsetNs < 0 ? '' : '+'}${seconds}\n`);
  fs.renameSync(`${file}.next`, file);
}

/** Offset a file holds, nanoseconds; null when it cannot be read. */
export function readOffset(file: string): number | null {
  try {
    const seconds = Number(fs.readFileSync(file, 'utf8'));
    return Number.isFinite(seconds) ? Math.round(seconds * 1e9) : null;
  } catch {
    return null;
  }
}
