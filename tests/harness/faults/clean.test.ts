/**
 * Cleaning up after a harness that was killed, with real processes: everything of the run ends, nothing else.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasProc, processInfo, processTree } from '../../../harness/cluster/proc.ts';
import { clean } from '../../../harness/faults/clean.ts';
import { type LedgerEntry, RUN_MARKER, thisProcessTable } from '../../../harness/faults/ledger.ts';
import { findLeftovers } from '../../../harness/faults/leftovers.ts';
import { belonging } from '../../../harness/faults/verified-process.ts';
import { sleep } from '../../../harness/time.ts';
import { notInstalled, notLinux, skipping } from '../../kits/skipping.ts';

const FIXTURE = new URL('../../fixtures/faults/doomed-harness.mjs', import.meta.url).pathname;

interface Doomed {
  pid: number;
  folder: string;
  nodes: Record<string, number>;
  unlisted: number;
}

let store: string;
let run: string;
let started: ChildProcess[];
/** Every process the fixture started, so that a failing test leaves none behind. */
let family: { pid: number; startTicks: number }[];

beforeEach(() => {
  store = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  run = `clean-${process.pid}-${store.slice(-6)}`;
  started = [];
  family = [];
});

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  for (const { pid, startTicks } of family) {
    if (processInfo(pid)?.startTicks === startTicks) process.kill(pid, 'SIGKILL');
  }
  rmSync(store, { recursive: true });
});

function start(file: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  started.push(child);
  return child;
}

async function startDoomed(): Promise<{ harness: ChildProcess; doomed: Doomed }> {
  const harness = start(process.execPath, [FIXTURE, store, run]);
  const [line] = (await once(harness.stdout!, 'data')) as [Buffer];
  const doomed = JSON.parse(line.toString()) as Doomed;
  const trees = (): { pid: number; startTicks: number }[] =>
    [...Object.values(doomed.nodes), doomed.unlisted].flatMap((pid) =>
      processTree({ pid, startTicks: processInfo(pid)?.startTicks ?? 0 }),
    );
  // Three shells with a child each, and one process nobody wrote down; the stopped shell may have no child yet.
  for (let waited = 0; waited < 5_000 && trees().length < 6; waited += 20) await sleep(20);
  family = trees().map(({ pid, startTicks }) => ({ pid, startTicks }));
  return { harness, doomed };
}

async function killHarness(harness: ChildProcess): Promise<void> {
  harness.kill('SIGKILL');
  await once(harness, 'exit');
}

const living = (): number[] =>
  family
    .filter(({ pid, startTicks }) => {
      const info = processInfo(pid);
      return info !== null && info.startTicks === startTicks && info.state !== 'Z' && info.state !== 'X';
    })
    .map(({ pid }) => pid);

/** A ledger of a harness that is gone, with the given entries. */
function deadRun(entries: LedgerEntry[], table = thisProcessTable()): void {
  const folder = join(store, 'test', run);
  mkdirSync(folder, { recursive: true });
  const first: LedgerEntry = { entry: 'run', run, pid: process.pid, startTicks: 1, table };
  const text = [first, ...entries].map((entry) => `${JSON.stringify(entry)}\n`).join('');
  writeFileSync(join(folder, 'ledger.jsonl'), text);
}

/** It has not ended, and is not stopped. */
function expectUntouched(pid: number): void {
  expect(['S', 'R', 'D']).toContain(processInfo(pid)?.state);
}

// Identifying processes rests on /proc, which only Linux has.
describe.skipIf(skipping('cleaning after a SIGKILL', notLinux))('after a SIGKILL of the harness', () => {
  it('ends every process of the run, stopped, detached or unmarked, and nothing else', async () => {
    const bystander = start('sleep', ['600']);
    const otherRun = start('sleep', ['600'], { [RUN_MARKER]: `${run}-other` });
    const { harness, doomed } = await startDoomed();
    expect(family.length).toBeGreaterThanOrEqual(6);
    expect(processInfo(doomed.nodes['n1']!)?.state).toBe('T');

    expect(findLeftovers(store)).toMatchObject([{ run, status: 'running' }]);
    expect(await clean(store)).toMatchObject([{ status: 'running', clean: false, did: [] }]);
    expect(living()).toHaveLength(family.length);

    await killHarness(harness);
    const [report] = await clean(store);
    expect(living()).toEqual([]);
    expect(report).toMatchObject({ run, status: 'dead', clean: true, leftAlone: [] });
    const did = report!.did.join('\n');
    expect(did).toContain(`SIGCONT to the group of process ${doomed.nodes['n1']} (undo of pause-1)`);
    expect(did).not.toContain('pause-0');
    expect(did).toContain(`process ${doomed.unlisted}, found by its marker`);
    for (const pid of Object.values(doomed.nodes)) expect(did).toContain(`${pid}`);

    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    expect(otherRun.exitCode ?? otherRun.signalCode).toBeNull();
    expectUntouched(bystander.pid!);
    expect(await clean(store)).toEqual([]);
    expect(readFileSync(join(doomed.folder, 'ledger.jsonl'), 'utf8')).toMatch(/\n\{"entry":"cleaned".*\}\n$/);
  });

  it('does not touch a process that got the number of one of ours', async () => {
    const stranger = start('sleep', ['600'], { [RUN_MARKER]: `${run}-later` });
    const { startTicks } = processInfo(stranger.pid!)!;
    const reused = { pid: stranger.pid!, startTicks: startTicks - 5 };
    deadRun([
      { entry: 'process', node: 'n1', pgid: reused.pid, ...reused },
      { entry: 'fault', id: 'k', undo: [{ kind: 'signal', ...reused, signal: 'SIGKILL', group: false }] },
    ]);
    expect(belonging(reused.pid, reused.startTicks, run)).toBe('gone');
    expect(await clean(store)).toMatchObject([{ clean: true, did: [], leftAlone: [] }]);
    expectUntouched(stranger.pid!);
  });

  it('takes a process that is ending for gone, although its environment went before it', async () => {
    // Giving so much memory back takes a moment, in which the process still shows as running.
    const hold =
      'const held = Buffer.alloc(256 << 20, 1); console.log(held.length); setInterval(() => held, 1e6)';
    for (let round = 0; round < 4; round++) {
      const child = start(process.execPath, ['-e', hold], { [RUN_MARKER]: run });
      await once(child.stdout!, 'data');
      const { pid, startTicks } = processInfo(child.pid!)!;
      expect(belonging(pid, startTicks, run)).toBe('ours');
      process.kill(pid, 'SIGKILL');
      const seen = new Set<string>();
      while (!seen.has('gone')) seen.add(belonging(pid, startTicks, run));
      expect([...seen]).not.toContain('unverified');
    }
  });

  it('leaves alone, and names, a process whose environment does not say that it is ours', async () => {
    const unmarked = start('sleep', ['600']);
    const { startTicks, pid } = processInfo(unmarked.pid!)!;
    deadRun([{ entry: 'process', node: 'n1', pid, pgid: pid, startTicks }]);
    const [report] = await clean(store);
    expect(report).toMatchObject({ clean: false, did: [] });
    expect(report!.leftAlone).toEqual([
      `process ${pid} started when node n1 did, but does not carry ${RUN_MARKER}=${run}`,
    ]);
    expectUntouched(pid);
    expect(findLeftovers(store)).toHaveLength(1);
  });

  // A server that writes its title over its environment, as PostgreSQL and Redis do.
  const TITLED = `
import ctypes, time
fields = open('/proc/self/stat').read().rsplit(')', 1)[1].split()
start, end = int(fields[47]), int(fields[48])
ctypes.memset(start, 0, end - start)
ctypes.memmove(start, b'server: idle', 12)
print('titled', flush=True)
time.sleep(600)
`;

  it.skipIf(skipping('cleaning after programs that detach', notInstalled('python3', 'python3'))).each([
    ['leads its session, as nodes do', true],
    ['does not lead a session', false],
  ])('knows a process by number, start and session when its environment is gone: %s', async (_, leads) => {
    const child = spawn('python3', ['-c', TITLED], { detached: leads, stdio: ['ignore', 'pipe', 'ignore'] });
    started.push(child);
    await once(child.stdout!, 'data');
    const { pid, startTicks } = processInfo(child.pid!)!;
    expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toMatch(/^server: idle\0+$/);
    deadRun([{ entry: 'process', node: 'n1', pid, pgid: pid, startTicks }]);
    const [report] = await clean(store);
    expect(report).toMatchObject({ clean: leads });
    expect(report!.did).toHaveLength(leads ? 1 : 0);
    expect(report!.leftAlone).toHaveLength(leads ? 0 : 1);
    if (leads) expect(['Z', undefined]).toContain(processInfo(pid)?.state);
    else expectUntouched(pid);
  });

  it('verifies nothing from another machine or container, and needs nothing after a reboot', async () => {
    const here = thisProcessTable();
    const marked = start('sleep', ['600'], { [RUN_MARKER]: run });
    for (const table of [
      { ...here, host: 'elsewhere' },
      { ...here, namespace: 'pid:[1]' },
    ]) {
      deadRun([], table);
      expect(await clean(store)).toMatchObject([{ status: 'elsewhere', clean: false, did: [] }]);
    }
    deadRun([], { ...here, bootId: 'an earlier one' });
    expect(await clean(store)).toMatchObject([{ status: 'rebooted', clean: true, did: [] }]);
    expectUntouched(marked.pid!);
  });
});

describe('what is found', () => {
  it('is the same from the store, from the folder of a name, and from the run itself', () => {
    deadRun([]);
    const [found] = findLeftovers(store);
    expect(found).toMatchObject({ run, folder: join(store, 'test', run) });
    expect(findLeftovers(join(store, 'test'))).toEqual([found]);
    expect(findLeftovers(join(store, 'test', run))).toEqual([found]);
  });

  it('passes over runs that ended, links, empty folders, and a store that does not exist', () => {
    expect(findLeftovers(join(store, 'nowhere'))).toEqual([]);
    deadRun([{ entry: 'end' }]);
    mkdirSync(join(store, 'test', 'empty'));
    expect(findLeftovers(store)).toEqual([]);
  });

  it('removes temporary files of the run, and only such', async () => {
    const mine = mkdtempSync(join(tmpdir(), 'faultline-temporary-'));
    const notMine = join(store, 'precious');
    writeFileSync(notMine, 'x');
    deadRun(
      [
        { entry: 'temporary', path: mine },
        { entry: 'temporary', path: notMine },
        { entry: 'temporary', path: join(tmpdir(), 'faultline-gone-already') },
      ],
      { ...thisProcessTable(), bootId: 'an earlier one' },
    );
    const [report] = await clean(store);
    if (!hasProc) {
      expect(report!.status).toBe('elsewhere');
      rmSync(mine, { recursive: true });
      return;
    }
    expect(report!.did).toEqual([`removed ${mine}`]);
    expect(report!.leftAlone).toEqual([`${notMine} is not where temporary files of faultline are`]);
    expect(readFileSync(notMine, 'utf8')).toBe('x');
  });
});
