/** Is there room for run folders? */
import fs from 'node:fs';
import path from 'node:path';
import type { Probe } from './probe.ts';

const NEEDED_BYTES = 1e9;

/** Free space where runs are stored, as this user sees it. */
export const diskProbe: Probe = {
  name: 'free disk',
  costs: 'histories, logs and data of long runs',
  timeoutMs: 2000,
  run: async ({ dir }) => {
    const stats = await fs.promises.statfs(nearestExisting(dir));
    const free = stats.bavail * stats.bsize;
    return { ok: free >= NEEDED_BYTES, detail: `${(free / 1e9).toFixed(1)} GB free for ${dir}` };
  },
};

function nearestExisting(dir: string): string {
  let at = path.resolve(dir);
  while (!fs.existsSync(at) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}
