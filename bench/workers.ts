/**
 * What workers cost: so many simulated runs of a second over two workers of one run at a time on this machine, through
 * a Redis of its own, against the ideal: the time the runs themselves took, shared by two. From the moment the first
 * run is taken to the moment the last one is in the campaign's folder.
 * `npm run bench -- workers [runs]`
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg } from 'node:os';
import { resolve } from 'node:path';
import type { CampaignSummary } from '../harness/campaign/summary.ts';
import { monotonicNs, sleep } from '../harness/time.ts';
import { nightFolder } from './night.ts';

const WORKERS = 2;
const runs = Math.max(4, Number(process.argv[2] ?? 200));
const folder = nightFolder(runs);
const children: ChildProcess[] = [];

function start(file: string, ...args: string[]): ChildProcess {
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

try {
  const port = await freePort();
  start('redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder);
  await sleep(500);
  const url = `redis://127.0.0.1:${port}`;
  const faultline = resolve('bin/faultline.js');
  for (let i = 0; i < WORKERS; i++) start(process.execPath, faultline, 'worker', url, '--can', 'sim');
  const began = monotonicNs();
  const night = start(process.execPath, faultline, 'campaign', '--workers', url, '--json');
  let out = '';
  night.stdout!.on('data', (text) => {
    out += text;
  });
  await new Promise((done) => night.once('close', done));
  const wallMs = (monotonicNs() - began) / 1e6;
  const { cost, spans } = JSON.parse(out) as CampaignSummary;
  const first = Math.min(...spans.map(({ fromMs }) => fromMs));
  const last = Math.max(...spans.map(({ toMs }) => toMs));
  const idealMs = cost.machineMs / WORKERS;
  const rows: [string, string][] = [
    ['runs', `${cost.attempts}, ${(cost.machineMs / cost.attempts).toFixed(0)} ms each`],
    ['ideal', `${(idealMs / 1000).toFixed(1)} s`],
    [
      'first run to last',
      `${((last - first) / 1000).toFixed(1)} s, ${((last - first) / idealMs).toFixed(3)} x`,
    ],
    ['command to command', `${(wallMs / 1000).toFixed(1)} s, ${(wallMs / idealMs).toFixed(3)} x`],
    ['load of the machine', loadavg()[0]!.toFixed(1)],
  ];
  for (const [what, value] of rows) process.stdout.write(`${what.padEnd(24)} ${value}\n`);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
