/**
 * A run whose harness is killed in the middle of a pause, and `faultline clean` after it, through the real
 * command line (built by `npm run build`).
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processInfo } from '../../harness/cluster/proc.ts';
import type { CleanedRun } from '../../harness/faults/clean.ts';
import { type LedgerEntry, readLedger } from '../../harness/faults/ledger.ts';
import { findLeftovers } from '../../harness/faults/leftovers.ts';
import { sleep } from '../../harness/time.ts';
import { notLinux, skipping } from '../kits/skipping.ts';

const BIN = fileURLToPath(new URL('../../bin/faultline.js', import.meta.url));

let cwd: string;
let run: ChildProcess;
let nodes: { pid: number; startTicks: number }[];

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'faultline-e2e-'));
  nodes = [];
});

afterEach(() => {
  run.kill('SIGKILL');
  for (const { pid, startTicks } of nodes) {
    if (processInfo(pid)?.startTicks === startTicks) process.kill(pid, 'SIGKILL');
  }
  rmSync(cwd, { recursive: true, force: true });
});

const stateOf = ({ pid, startTicks }: { pid: number; startTicks: number }): string => {
  const info = processInfo(pid);
  return info?.startTicks === startTicks ? info.state : 'gone';
};

function ledgerEntries(): LedgerEntry[] {
  const [leftover] = findLeftovers(join(cwd, '.faultline'));
  return leftover === undefined || !existsSync(leftover.ledger) ? [] : readLedger(leftover.ledger).entries;
}

async function clean(): Promise<{ code: number | null; runs: CleanedRun[] }> {
  const child = execFile(process.execPath, [BIN, 'clean', '--json'], { cwd });
  let out = '';
  child.stdout!.on('data', (text: string) => {
    out += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, runs: JSON.parse(out) as CleanedRun[] };
}

const elsewhere = skipping('clean after a SIGKILL', notLinux);

// Identifying processes rests on /proc, which only Linux has.
describe.skipIf(elsewhere)('a harness killed while its nodes are stopped', () => {
  it('leaves nodes behind, which clean ends; and clean leaves a living run alone', async () => {
    const options = ['--backend', 'tcp', '--nodes', '3', '--nemesis', 'pause@all', '--seed', '5'];
    const times = ['--time-limit', '30s', '--interval', '500ms', '--duration', '20s', '--rate', '50/s'];
    run = spawn(process.execPath, [BIN, 'run', 'raft', '--workload', 'register', ...options, ...times], {
      cwd,
      stdio: 'ignore',
    });
    for (let waited = 0; waited < 60_000; waited += 50) {
      nodes = ledgerEntries().filter((entry) => entry.entry === 'process');
      if (nodes.length === 3 && nodes.every((node) => stateOf(node) === 'T')) break;
      await sleep(50);
    }
    expect(nodes.map(stateOf)).toEqual(['T', 'T', 'T']);

    const early = await clean();
    expect(early).toMatchObject({ code: 0, runs: [{ status: 'running', did: [] }] });
    expect(nodes.map(stateOf)).toEqual(['T', 'T', 'T']);

    run.kill('SIGKILL');
    await once(run, 'exit');
    expect(nodes.map(stateOf)).toEqual(['T', 'T', 'T']);
    const late = await clean();
    expect(late).toMatchObject({ code: 0, runs: [{ status: 'dead', clean: true, leftAlone: [] }] });
    expect(late.runs[0]!.did.filter((text) => text.includes('SIGCONT'))).toHaveLength(3);
    for (const node of nodes) expect(['gone', 'Z']).toContain(stateOf(node));
    expect(await clean()).toEqual({ code: 0, runs: [] });
  });
});
