/**
 * Real systems started by somebody who is not root: the sandbox of backend netns through a user namespace, runs that
 * pass, and a harness of that user that is killed and cleaned up after. As root, who becomes user 1001 for it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { processInfo } from '../../harness/cluster/proc.ts';
import { monotonicNs, sleep } from '../../harness/time.ts';
import { missingFor } from '../kits/missing.ts';
import { skipping } from '../kits/skipping.ts';
import { markedProcesses, Workplace } from './cli.ts';

const BIN = fileURLToPath(new URL('../../bin/faultline.js', import.meta.url));
const USER = 1001;
const place = new Workplace();
afterAll(() => place.remove());

const AS_USER = ['--reuid', `${USER}`, '--regid', `${USER}`, '--clear-groups', '--'];
const env = { ...process.env, HOME: place.path, NO_COLOR: '1', CI: 'true', npm_command: '' };

/** Why this cannot be tried here; null: it can. */
function obstacle(): string | null {
  if (process.platform !== 'linux') return 'user namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'only root may become another user';
  chownSync(place.path, USER, USER);
  const tried = spawnSync('setpriv', [...AS_USER, process.execPath, BIN, '--version'], { env });
  if (tried.status !== 0) return `${BIN} is not for other users`;
  const space = spawnSync('setpriv', [...AS_USER, 'unshare', '-Urnm', 'true'], { encoding: 'utf8' });
  return space.status === 0 ? null : `no user namespaces for other users here: ${space.stderr.trim()}`;
}

const why = obstacle();

function start(...words: string[]) {
  const child = spawn('setpriv', [...AS_USER, process.execPath, BIN, ...words], {
    cwd: place.path,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const done = new Promise<{ code: number | null; text: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, text })),
  );
  return { child, done };
}

/** Who a process is on this machine; null once it has ended. */
function ownerOf(pid: number): number | null {
  try {
    return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}

/** The command line of a process; empty once it has ended. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const namespaceOf = (pid: number): string | null => {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
};

const SYSTEMS = [
  { name: 'etcd', nodes: 3 },
  { name: 'redis-sentinel', nodes: 3 },
  { name: 'postgres', nodes: 1 },
  { name: 'mariadb', nodes: 1 },
];

describe.skipIf(skipping('runs without root', why))('a user who is not root', () => {
  for (const { name, nodes } of SYSTEMS) {
    const missing = skipping(`${name} without root`, missingFor(name));
    // Whose servers may fail to come up on a machine that is busy.
    it.skipIf(missing)(`runs ${name} in namespaces`, { retry: 1 }, async (context) => {
      const out = `${name}-${context.task.result?.retryCount ?? 0}`;
      const words = ['--nodes', `${nodes}`, '--nemesis', 'kill', '--interval', '1s', '--duration', '500ms'];
      const limits = ['--time-limit', '4s', '--rate', '50', '--seed', '4', '--settle', '30s', '--out', out];
      const { code, text } = await start('run', name, '--workload', 'register', ...words, ...limits).done;
      // A short load may meet no server that is up: then the run proves little, and says so.
      expect([0, 3], text).toContain(code);
      const run = JSON.parse(readFileSync(place.file(out, 'run.json'), 'utf8'));
      expect(run).toMatchObject({ backend: 'netns' });
      const verdict = JSON.parse(readFileSync(place.file(out, 'verdict.json'), 'utf8'));
      expect(verdict.counts.ok).toBeGreaterThan(10);
      expect(verdict.faults.map((fault: { state: string }) => fault.state)).toContain('installed');
      expect(markedProcesses(place.path)).toEqual([]);
    });
  }

  it.skipIf(skipping('a harness killed without root', missingFor('etcd')))(
    'is left with files alone when the harness is killed',
    async (context) => {
      const out = `killed-${context.task.result?.retryCount ?? 0}`;
      const faults = ['--nemesis', 'partition,pause,clock', '--interval', '300ms', '--duration', '1s'];
      const { child, done } = start('run', 'etcd', '--time-limit', '60s', '--out', out, ...faults);
      const end = monotonicNs() + 60e9;
      const journal = place.file(out, 'history.jsonl');
      const underWay = (): boolean =>
        existsSync(journal) && readFileSync(journal, 'utf8').includes('"inject-');
      while (!underWay() && monotonicNs() < end && child.exitCode === null) await sleep(50);
      const nodes = markedProcesses(place.file(out));
      expect(nodes.map(ownerOf)).toContain(USER);
      const own = readlinkSync('/proc/self/ns/net');
      const spaces = new Set(nodes.map(namespaceOf).filter((space) => space !== null && space !== own));
      // A namespace for each node, and that of the harness.
      expect(spaces.size).toBeGreaterThan(3);
      const marked = nodes.map((pid) => ({ pid, startTicks: processInfo(pid)?.startTicks }));
      child.kill('SIGKILL');
      await done;
      // One that has just ended is in the table for a moment more.
      const living = () =>
        marked.filter(({ pid, startTicks }) => processInfo(pid)?.startTicks === startTicks);
      const left = (): number => markedProcesses(place.file(out)).length + living().length;
      while (left() > 0 && monotonicNs() < end) await sleep(20);
      expect(living()).toEqual([]);
      const cleaned = await start('clean', out, '--json').done;
      expect(cleaned.code, cleaned.text).toBe(0);
      expect(JSON.parse(cleaned.text)).toMatchObject([{ status: 'vanished', clean: true }]);
      const judged = await start('check', out).done;
      expect([0, 3], judged.text).toContain(judged.code);
      const mine = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && ownerOf(Number(pid)) === USER);
      const words = mine.map((pid) => commandLine(Number(pid)));
      expect(words.filter((line) => line.includes(place.path))).toEqual([]);
    },
  );
});
