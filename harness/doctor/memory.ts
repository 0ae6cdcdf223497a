/** Is there memory for a cluster and its checkers? */
import fs from 'node:fs';
import os from 'node:os';
import type { Probe } from './probe.ts';

const NEEDED_BYTES = 1e9;

/** Bytes a new program can use: free memory plus what the kernel would give back. */
export function availableMemory(meminfo: string | null): number {
  const line = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? '');
  return line === null ? os.freemem() : Number(line[1]) * 1024;
}

/** Memory available to new programs. */
export const memoryProbe: Probe = {
  name: 'free memory',
  costs: 'large clusters, and checking long histories',
  timeoutMs: 2000,
  run: async () => {
    const file = '/proc/meminfo';
    const available = availableMemory(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null);
    const detail = `${(available / 1e9).toFixed(1)} of ${(os.totalmem() / 1e9).toFixed(1)} GB available`;
    return { ok: available >= NEEDED_BYTES, detail };
  },
};
