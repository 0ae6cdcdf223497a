/**
 * Follows a file that another process appends lines to: everything that is there, then what comes, whole lines only.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { every } from '../../harness/time.ts';

/** How often the file is looked at. */
const LOOK_MS = 250;
const CHUNK = 1 << 16;

/**
 * Calls `onLine` for each line, without its end, until stopped. A file that is not there yet is waited for; `onLook`
 * runs after every look at it.
 */
export function follow(path: string, onLine: (line: string) => void, onLook: () => void): { stop(): void } {
  const buffer = Buffer.alloc(CHUNK);
  let rest: Buffer = Buffer.alloc(0);
  let at = 0;
  let stopped = false;
  const look = (): void => {
    for (let bytes = CHUNK; bytes === CHUNK && !stopped; ) {
      bytes = readAt(path, buffer, at);
      at += bytes;
      rest = Buffer.concat([rest, buffer.subarray(0, bytes)]);
      // Split as bytes: a character may lie across the border of two chunks.
      for (let end = rest.indexOf(10); end >= 0 && !stopped; end = rest.indexOf(10)) {
        const line = rest.toString('utf8', 0, end);
        rest = rest.subarray(end + 1);
        onLine(line);
      }
    }
    if (!stopped) onLook();
  };
  const timer = every(LOOK_MS, look, true);
  look();
  return {
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}

function readAt(path: string, buffer: Buffer, at: number): number {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    // Not there yet: a run makes its folder first.
    return 0;
  }
  try {
    return readSync(fd, buffer, 0, buffer.length, at);
  } finally {
    closeSync(fd);
  }
}
