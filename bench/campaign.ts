/**
 * What a campaign costs beside its runs: so many simulated runs of a second, one after the other. Between runs: the time
 * from the first to the last against the time they took. Whole night: from the start of the command to its end, with
 * plan and reports, which cost the same for any number of runs. Processor time is what it costs on a machine that is
 * busy with other things too.
 * `npm run bench -- campaign [runs]`
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import type { CampaignSummary } from '../harness/campaign/summary.ts';
import { every, monotonicNs } from '../harness/time.ts';
import { nightFolder } from './night.ts';

const runs = Math.max(4, Number(process.argv[2] ?? 200));
const folder = nightFolder(runs);
try {
  const began = monotonicNs();
  const { out, own, ofRuns } = await night(folder);
  const wallMs = (monotonicNs() - began) / 1e6;
  const { cost, elapsedMs } = JSON.parse(out) as CampaignSummary;
  const share = (ms: number): string => `${(((ms - cost.machineMs) / cost.machineMs) * 100).toFixed(2)} %`;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const each = `${(cost.machineMs / cost.attempts).toFixed(0)} ms each`;
  const rows: [string, string][] = [
    ['runs', `${cost.attempts}, ${seconds(cost.machineMs)}, ${each}`],
    ['between runs', `${share(elapsedMs)} (${seconds(elapsedMs - cost.machineMs)})`],
    [
      'whole night',
      `${share(wallMs)} (${seconds(wallMs - cost.machineMs)}, of it fixed: ${seconds(wallMs - elapsedMs)})`,
    ],
    ['processor, runs', `${seconds(ofRuns)}`],
    ['processor, campaign', `${seconds(own)}, ${((own / ofRuns) * 100).toFixed(2)} %`],
    ['load of the machine', loadavg()[0]!.toFixed(1)],
  ];
  for (const [what, value] of rows) process.stdout.write(`${what.padEnd(24)} ${value}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One night: what it printed, and the processor time of the campaign and of its runs, ms. */
async function night(cwd: string): Promise<{ out: string; own: number; ofRuns: number }> {
  const child = spawn(process.execPath, [resolve('bin/faultline.js'), 'campaign', '--json'], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let used = { own: 0, ofRuns: 0 };
  const watching = every(20, () => {
    used = usedMs(child.pid!) ?? used;
  });
  let out = '';
  for await (const chunk of child.stdout) out += String(chunk);
  watching.cancel();
  return { out, ...used };
}

/** By the kernel's account, in hundredths of a second: of the process, and of those it waited for. */
function usedMs(pid: number): { own: number; ofRuns: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return { own: (fields[11]! + fields[12]!) * 10, ofRuns: (fields[13]! + fields[14]!) * 10 };
  } catch {
    return null;
  }
}
