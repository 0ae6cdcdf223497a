/**
 * What a skewed clock costs: nanoseconds per clock read of a C program and of Node, untouched, patched, skewed and
 * strobing; and how long attaching and changing take. Wants cc.
 * `npm run bench -- clock [reads]`
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { attach, type PatchedProcess, writeSetting } from '../harness/cluster/clock/attach.ts';
import { toSetting } from '../harness/cluster/clock/control-block.ts';
import type { ShimPlace } from '../harness/cluster/clock/patch-plan.ts';
import { realNs } from '../harness/cluster/clock/real-time.ts';
import { monotonicNs } from '../harness/time.ts';

const reads = Number(process.argv[2] ?? 5_000_000);
const CHANGES = 100;
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));

// Each line of input: that many reads, answered by the nanoseconds per read on the monotonic clock.
const C_PROGRAM = `
#include <stdio.h>
#include <time.h>
int main(void) {
  long n; struct timespec a, b, t;
  while (scanf("%ld", &n) == 1) {
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (long i = 0; i < n; i++) clock_gettime(CLOCK_REALTIME, &t);
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%f\\n", ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / n); fflush(stdout);
  }
}`;
const NODE_PROGRAM = `
require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const n = Number(line), began = process.hrtime.bigint();
  for (let i = 0; i < n; i++) Date.now();
  process.stdout.write(Number(process.hrtime.bigint() - began) / n + '\\n');
});`;

interface Program {
  child: ChildProcess;
  nsPerRead(): Promise<number>;
}

function start(file: string, args: string[]): Program {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout! });
  const once = (): Promise<number> =>
    new Promise((resolve) => {
      lines.once('line', (line) => resolve(Number(line)));
      child.stdin!.write(`${reads}\n`);
    });
  // The best of several: everything else that runs on this machine only adds.
  const nsPerRead = async (): Promise<number> => Math.min(await once(), await once(), await once());
  return { child, nsPerRead };
}

async function measure(name: string, begin: () => Program, place: ShimPlace): Promise<void> {
  const program = begin();
  const untouched = await program.nsPerRead();
  const attachBegan = monotonicNs();
  const patched: PatchedProcess = await attach(program.child.pid!, { place });
  const attachMs = (monotonicNs() - attachBegan) / 1e6;
  const atZero = await program.nsPerRead();
  const change = (offsetNs: number): number => {
    const began = monotonicNs();
    writeSetting(patched, toSetting({ offsetNs, driftPpm: 100 }, realNs()));
    return (monotonicNs() - began) / 1e6;
  };
  const firstMs = change(1e9);
  const later = Array.from({ length: CHANGES }, (_, i) => change(3600e9 + i * 1e9)).sort((a, b) => a - b);
  const skewed = await program.nsPerRead();
  const strobe = { deltaNs: 1e9, halfPeriodNs: 10e6 };
  writeSetting(patched, toSetting({ offsetNs: 0, strobe }, realNs()));
  const strobing = await program.nsPerRead();
  program.child.kill('SIGKILL');
  const figures = [untouched, atZero, skewed, strobing].map((ns) => ns.toFixed(1).padStart(8));
  const laterMs = `${later[CHANGES / 2]!.toFixed(2)} ms (worst ${later.at(-1)!.toFixed(2)} of ${CHANGES})`;
  const took = `attach ${attachMs.toFixed(2)} ms (${patched.how}), first change ${firstMs.toFixed(2)}, later ${laterMs}`;
  process.stdout.write(`${name.padEnd(28)}${figures.join('')}   ${took}\n`);
}

try {
  const program = join(folder, 'reads');
  writeFileSync(`${program}.c`, C_PROGRAM);
  const built = spawnSync('cc', ['-O2', '-o', program, `${program}.c`], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`cc: ${built.error?.message ?? built.stderr}`);
  process.stdout.write(
    `${'ns per read'.padEnd(28)}${['real', 'patched', 'skewed', 'strobe'].map((word) => word.padStart(8)).join('')}\n`,
  );
  await measure('C, calling the original', () => start(program, []), 'slack');
  await measure('C, calling the kernel', () => start(program, []), 'body');
  await measure('node, Date.now()', () => start(process.execPath, ['-e', NODE_PROGRAM]), 'slack');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
