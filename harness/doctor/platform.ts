/** Which operating system and processor this is. */
import os from 'node:os';
import type { Probe } from './probe.ts';

/** Linux on x64 has everything; other systems lack the faults that need its kernel. */
export const platformProbe: Probe = {
  name: 'platform',
  costs:
    'clock faults and evidence from the process table exist on Linux; clock faults without help on x64 only',
  timeoutMs: 1000,
  run: async () => ({
    ok: process.platform === 'linux' && process.arch === 'x64',
    detail: `${process.platform} ${os.release()} ${process.arch}, ${os.availableParallelism()} processors`,
  }),
};
