/**
 * Room on the disk that a run takes at its start and gives back at its end: a disk that fills up meanwhile ends the run,
 * and must not keep the verdict and the report on what was journalled from being written.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A verdict and a report of ordinary size, bytes. */
const RESERVED = 2 << 20;

/** Takes the room; the function returned gives it back. Where there is none left the run begins without. */
export function reserveRoom(folder: string, bytes: number = RESERVED): () => void {
  const file = join(folder, '.reserved');
  const release = (): void => rmSync(file, { force: true });
  try {
    writeFileSync(file, Buffer.alloc(bytes));
  } catch {
    // Said by whoever has something to write.
    release();
  }
  return release;
}
