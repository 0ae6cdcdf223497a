/**
 * The vDSO image of this test process, as bytes; read only.
 */
import fs from 'node:fs';
import { vdsoRange } from '../../../../harness/cluster/clock/process-files.ts';

export function ownVdso(): Buffer {
  const { start, bytes } = vdsoRange(process.pid);
  const image = Buffer.alloc(bytes);
  const fd = fs.openSync('/proc/self/mem', 'r');
  try {
    fs.readSync(fd, image, 0, bytes, start);
  } finally {
    fs.closeSync(fd);
  }
  return image;
}
