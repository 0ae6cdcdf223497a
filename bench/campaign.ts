/**
 * What a campaign costs beside its runs: so many simulated runs of a second, one after the other; the time of the
 * whole night, from the start of the command to its end, against the time its runs took.
 * `npm run bench -- campaign [runs]`
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import type { CampaignSummary } from '../harness/campaign/summary.ts';
import { monotonicNs } from '../harness/time.ts';
import { nightFolder } from './night.ts';

const runs = Math.max(4, Number(process.argv[2] ?? 200));
const folder = nightFolder(runs);
try {
  const began = monotonicNs();
  const done = spawnSync(process.execPath, [resolve('bin/faultline.js'), 'campaign', '--json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const wallMs = (monotonicNs() - began) / 1e6;
  const { cost, elapsedMs } = JSON.parse(done.stdout) as CampaignSummary;
  const share = (ms: number): string => `${(((ms - cost.machineMs) / cost.machineMs) * 100).toFixed(2)} %`;
  const rows: [string, string][] = [
    ['runs', String(cost.attempts)],
    [
      'in runs',
      `${(cost.machineMs / 1000).toFixed(1)} s, ${(cost.machineMs / cost.attempts).toFixed(0)} ms each`,
    ],
    ['between runs', share(elapsedMs)],
    ['with plan and reports', share(wallMs)],
    ['load of the machine', loadavg()[0]!.toFixed(1)],
  ];
  for (const [what, value] of rows) process.stdout.write(`${what.padEnd(24)} ${value}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
