import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { inspectClock } from '../../../../harness/cluster/clock/attach.ts';
import { REAL_TIME } from '../../../../harness/cluster/clock/control-block.ts';
import { vdsoClocks } from '../../../../harness/cluster/clock/vdso-clocks.ts';
import type { OwnedClocks } from '../../../../harness/cluster/options.ts';
import { processInfo } from '../../../../harness/cluster/proc.ts';
import { sleep } from '../../../../harness/time.ts';
import { missingFor } from '../../../kits/missing.ts';
import { skipping } from '../../../kits/skipping.ts';
import {
  type ClockChild,
  canPatch,
  hasPython,
  killChildren,
  NODE_CLOCK,
  PYTHON_CLOCK,
  startChild,
  startNode,
  startPython,
} from './clock-child.ts';
import { ProcessHost } from './process-host.ts';

const hasEtcd = !skipping('clocks of etcd', missingFor('etcd'));
let host: ProcessHost;
let clocks: OwnedClocks;

beforeEach(() => {
  host = new ProcessHost();
  clocks = vdsoClocks(host);
});
afterEach(() => {
  clocks.close?.();
  killChildren();
});

/** Within 2 s of `ms`: slack for a loaded machine, far below the skews in use. */
function expectOffset(actual: number, ms: number): void {
  expect(Math.abs(actual - ms), `offset ${actual} ms, expected ${ms} ms`).toBeLessThan(2000);
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await condition()) return;
    await sleep(10);
  }
  throw new Error(`waited 3 s in vain: ${what}`);
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}

describe.skipIf(!canPatch)('clocks of one process', () => {
  it('jumps forward and back, with the offset read back as evidence', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    const evidence = await clocks.set('n1', { offsetNs: 100e9 });
    expect(evidence).toMatchObject({
      state: 'installed',
      bit: true,
      summary: '1 process of n1 shows offset +100.000 s',
      measures: { mechanism: 'vdso', offsetNs: 100e9, expectedOffsetNs: 100e9 },
    });
    expectOffset(await child.offsetMs(), 100e3);
    expect(await clocks.read('n1')).toBe(100e9);
    // The setting itself is read, and this one is the same whenever that was.
    expect(clocks.errorNs!('n1', 5e6)).toBe(0);
    await clocks.set('n1', { offsetNs: 0, driftPpm: 100_000 });
    expect(clocks.errorNs!('n1', 8e6) / 1e6).toBeCloseTo(1, 1);
    await clocks.set('n1', { offsetNs: -86400e9 });
    expectOffset(await child.offsetMs(), -86400e3);
    const reset = await clocks.reset('n1');
    expect(reset).toMatchObject({ state: 'installed', bit: true, measures: { offsetNs: 0 } });
    expectOffset(await child.offsetMs(), 0);
    expect((await clocks.reset('n1')).bit).toBe(true);
    expect(await clocks.read('n1')).toBe(0);
  });

  it('drifts from the moment it is set', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    // Ten times as fast: in 1 s of real time the clock gains 9 s.
    await clocks.set('n1', { offsetNs: 0, driftPpm: 9e6 });
    const before = { real: Date.now(), offset: await child.offsetMs() };
    await sleep(1000);
    const after = { real: Date.now(), offset: await child.offsetMs() };
    const gainedPerMs = (after.offset - before.offset) / (after.real - before.real);
    expect(gainedPerMs).toBeGreaterThan(8);
    expect(gainedPerMs).toBeLessThan(10);
    const read = await clocks.read('n1');
    expect(Math.abs(read! / 1e6 - (await child.offsetMs()))).toBeLessThan(3000);
  });

  it('runs slow', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    await clocks.set('n1', { offsetNs: 0, driftPpm: -500_000 });
    const first = await child.offsetMs();
    await sleep(600);
    const lost = first - (await child.offsetMs());
    expect(lost).toBeGreaterThan(200);
    expect(lost).toBeLessThan(1500);
  });

  it('strobes between two times', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    await clocks.set('n1', { offsetNs: 0, strobe: { deltaNs: 1000e9, halfPeriodNs: 20e6 } });
    const seen: boolean[] = [];
    for (let i = 0; i < 120; i++) {
      seen.push((await child.offsetMs()) > 500e3);
      await sleep(5);
    }
    const flips = seen.filter((wrong, i) => i > 0 && wrong !== seen[i - 1]).length;
    expect(seen).toContain(true);
    expect(seen).toContain(false);
    expect(flips).toBeGreaterThan(5);
  });

  it('refuses a skew that is none', async () => {
    await expect(clocks.set('n1', { offsetNs: Number.NaN })).rejects.toThrow(/offsetNs must be a finite/);
    await expect(clocks.set('n1', { offsetNs: 0, driftPpm: -1e6 })).rejects.toThrow(/driftPpm/);
    const strobe = { deltaNs: 1, halfPeriodNs: 0 };
    await expect(clocks.set('n1', { offsetNs: 0, strobe })).rejects.toThrow(/halfPeriodNs/);
  });

  it('leaves the clock of the harness alone', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    const before = Date.now();
    await clocks.set('n1', { offsetNs: 100e9 });
    expect(Date.now() - before).toBeLessThan(10_000);
    const fresh = spawnSync(process.execPath, ['-p', 'Date.now()'], { encoding: 'utf8' });
    expectOffset(Number(fresh.stdout) - Date.now(), 0);
  });

  it('skews a paused node and leaves it paused', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    process.kill(child.pid, 'SIGSTOP');
    host.paused.add('n1');
    await until(() => processInfo(child.pid)?.state === 'T', 'the process is stopped');
    expect((await clocks.set('n1', { offsetNs: 100e9 })).bit).toBe(true);
    await sleep(100);
    expect(processInfo(child.pid)?.state).toBe('T');
    host.paused.delete('n1');
    process.kill(child.pid, 'SIGCONT');
    expectOffset(await child.offsetMs(), 100e3);
  });
});

describe.skipIf(!canPatch)('clocks of several nodes and processes', () => {
  it('keeps two nodes apart', async () => {
    const [a, b, c] = await Promise.all(host.nodes.map((node) => host.start(node, startNode())));
    await Promise.all([a!.ask(), b!.ask(), c!.ask()]);
    await clocks.set('n1', { offsetNs: 100e9 });
    await clocks.set('n2', { offsetNs: -100e9 });
    expectOffset(await a!.offsetMs(), 100e3);
    expectOffset(await b!.offsetMs(), -100e3);
    expectOffset(await c!.offsetMs(), 0);
    await clocks.reset('n1');
    expectOffset(await a!.offsetMs(), 0);
    expectOffset(await b!.offsetMs(), -100e3);
  });

  it('gives a restarted node its skew again, from its first answer on', async () => {
    const first = await host.start('n1', startNode());
    await first.ask();
    await clocks.set('n1', { offsetNs: 100e9 });
    killChildren();
    await until(() => host.pids('n1').length === 0, 'the process is gone');
    expect(await clocks.read('n1')).toBeNull();
    const second = await host.start('n1', startNode());
    expectOffset(await second.offsetMs(), 100e3);
    expect(await clocks.read('n1')).toBe(100e9);
    await clocks.reset('n1');
    killChildren();
    const third = await host.start('n1', startNode());
    expectOffset(await third.offsetMs(), 0);
  });

  it('remembers a skew for a node that is down', async () => {
    expect(await clocks.set('n1', { offsetNs: 100e9 })).toMatchObject({ state: 'installed', bit: null });
    const child = await host.start('n1', startNode());
    expectOffset(await child.offsetMs(), 100e3);
  });

  it.skipIf(!hasPython)('reaches a child that is already there', async () => {
    // The second command keeps the shell from replacing itself by the first.
    const child = startChild('/bin/sh', ['-c', `python3 -c '${PYTHON_CLOCK}'; exit 0`]);
    await host.start('n1', child);
    await child.ask();
    expect(host.pids('n1')).toHaveLength(2);
    const evidence = await clocks.set('n1', { offsetNs: 100e9 });
    expect(evidence.summary).toBe('2 processes of n1 show offset +100.000 s');
    expectOffset(await child.offsetMs(), 100e3);
    await clocks.reset('n1');
    expectOffset(await child.offsetMs(), 0);
  });

  it.skipIf(!hasPython)('passes the skew on to forked children, and takes it back from them', async () => {
    const forks = [
      'import os, sys, time',
      'for i, line in enumerate(sys.stdin):',
      '    if i == 1:',
      '        pid = os.fork()',
      '        if pid: os.waitpid(pid, 0)',
      '    print(time.time() * 1000, flush=True)',
    ].join('\n');
    const child = await host.start('n1', startChild('python3', ['-c', forks]));
    expectOffset(await child.offsetMs(), 0);
    await clocks.set('n1', { offsetNs: 100e9 });
    // The child answers from here on.
    expectOffset(await child.offsetMs(), 100e3);
    await until(() => host.pids('n1').length === 2, 'python forked');
    await clocks.set('n1', { offsetNs: 200e9 });
    expectOffset(await child.offsetMs(), 200e3);
    expect((await clocks.reset('n1')).summary).toBe('2 processes of n1 show the real time');
    expectOffset(await child.offsetMs(), 0);
  });

  it('finds a program that a node starts later, and one it turns into', async () => {
    const script = `read x; ${process.execPath} -e '${NODE_CLOCK}'; exit 0`;
    const later = await host.start('n1', startChild('/bin/sh', ['-c', script]));
    const exec = await host.start(
      'n2',
      startChild('/bin/sh', ['-c', `read x; exec ${process.execPath} -e '${NODE_CLOCK}'`]),
    );
    await clocks.set('n1', { offsetNs: 100e9 });
    await clocks.set('n2', { offsetNs: -100e9 });
    for (const [node, child, offsetMs] of [
      ['n1', later, 100e3],
      ['n2', exec, -100e3],
    ] as const) {
      child.process.stdin!.write('go\n');
      await child.ask();
      await until(async () => Math.abs((await child.offsetMs()) - offsetMs) < 2000, `${node} is skewed`);
      expect(await clocks.read(node)).toBe(offsetMs * 1e6);
    }
  });

  it('leaves no timer running once everything is reset', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    let looked = 0;
    const pids = host.pids.bind(host);
    host.pids = (node) => {
      looked++;
      return pids(node);
    };
    await clocks.set('n1', { offsetNs: 1e9 });
    await sleep(200);
    expect(looked).toBeGreaterThan(2);
    await clocks.reset('n1');
    await sleep(120);
    looked = 0;
    await sleep(200);
    expect(looked).toBe(0);
  });

  it('puts everything back when closed', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    await clocks.set('n1', { offsetNs: 100e9 });
    clocks.close?.();
    expectOffset(await child.offsetMs(), 0);
  });
});

describe.skipIf(!canPatch)('clocks attached ahead', () => {
  it('are real until a change, which then attaches to nothing, the first one too', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    expect(inspectClock(child.pid)).toBeNull();
    await host.becomeReady('n1');
    expect(inspectClock(child.pid)).toEqual(REAL_TIME);
    expectOffset(await child.offsetMs(), 0);
    const { measures } = await clocks.set('n1', { offsetNs: 100e9 });
    expect(measures).toMatchObject({ attachingMs: 0, processes: [{ pid: child.pid }] });
    expect(measures['attachedAheadMs']).toBeGreaterThan(0);
    expect(measures['writtenMs']).toBeLessThanOrEqual(measures['tookMs'] as number);
    expectOffset(await child.offsetMs(), 100e3);
    await clocks.reset('n1');
    expectOffset(await child.offsetMs(), 0);
  });

  it('without it the first change attaches, and says so', async () => {
    const child = await host.start('n1', startNode());
    await child.ask();
    const { measures } = await clocks.set('n1', { offsetNs: 100e9 });
    expect(measures['attachingMs']).toBeGreaterThan(0);
    expect(measures['attachedAheadMs']).toBeNull();
  });

  it('are attached again after a restart, and keep a skew that is in force', async () => {
    await (await host.start('n1', startNode())).ask();
    await host.becomeReady('n1');
    await clocks.set('n1', { offsetNs: 100e9 });
    killChildren();
    await until(() => host.pids('n1').length === 0, 'the process is gone');
    const second = await host.start('n1', startNode());
    await second.ask();
    await host.becomeReady('n1');
    expectOffset(await second.offsetMs(), 100e3);
    await clocks.reset('n1');
    killChildren();
    await until(() => host.pids('n1').length === 0, 'the process is gone');
    const third = await host.start('n1', startNode());
    await third.ask();
    await host.becomeReady('n1');
    expectOffset(await third.offsetMs(), 0);
    expect((await clocks.set('n1', { offsetNs: 50e9 })).measures).toMatchObject({ attachingMs: 0 });
    expectOffset(await third.offsetMs(), 50e3);
  });

  it('take in a program that a node turns into while its clock is right', async () => {
    const script = `read x; exec ${process.execPath} -e '${NODE_CLOCK}'`;
    const child = await host.start('n1', startChild('/bin/sh', ['-c', script]));
    await host.becomeReady('n1');
    child.process.stdin!.write('go\n');
    await child.ask();
    await until(() => inspectClock(child.pid) !== null, 'the new program is attached');
    expectOffset(await child.offsetMs(), 0);
    expect((await clocks.set('n1', { offsetNs: 100e9 })).measures).toMatchObject({ attachingMs: 0 });
    expectOffset(await child.offsetMs(), 100e3);
  });

  it('are looked at no more once closed', async () => {
    await (await host.start('n1', startNode())).ask();
    await host.becomeReady('n1');
    clocks.close?.();
    const pids = vi.spyOn(host, 'pids');
    await sleep(700);
    expect(pids).not.toHaveBeenCalled();
  });
});

describe.skipIf(!canPatch || !hasEtcd)('etcd, a statically linked Go program', () => {
  it('writes its log with the skewed clock, and keeps serving', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'faultline-etcd-'));
    const ports = [await freePort(), await freePort()] as const;
    const url = (i: 0 | 1): string => `http://127.0.0.1:${ports[i]}`;
    const script = `exec /usr/bin/etcd "$@" >${dir}/log 2>&1`;
    const args = [
      '--data-dir',
      `${dir}/data`,
      '--listen-client-urls',
      url(0),
      '--advertise-client-urls',
      url(0),
    ];
    args.push('--listen-peer-urls', url(1), '--initial-advertise-peer-urls', url(1));
    args.push('--initial-cluster', `default=${url(1)}`, '--logger', 'zap', '--log-outputs', 'stderr');
    const child: ClockChild = startChild('/bin/sh', ['-c', script, 'sh', ...args]);
    try {
      await host.start('n1', child);
      const put = async (): Promise<boolean> => {
        try {
          const body = JSON.stringify({ key: 'aw==', value: 'dg==' });
          return (await fetch(`${url(0)}/v3/kv/put`, { method: 'POST', body })).ok;
        } catch {
          return false;
        }
      };
      await until(put, 'etcd answers');
      expect((await clocks.set('n1', { offsetNs: 7200e9 })).bit).toBe(true);
      expect(await put()).toBe(true);
      // It logs its end.
      process.kill(child.pid, 'SIGTERM');
      await until(() => child.process.exitCode !== null || child.process.signalCode !== null, 'etcd ends');
      const stamps = [...fs.readFileSync(`${dir}/log`, 'utf8').matchAll(/"ts":"([^"]+)"/g)].map(([, ts]) =>
        Date.parse(ts!),
      );
      expectOffset(stamps.at(-1)! - Date.now(), 7200e3);
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });
});

it.skipIf(!canPatch || !hasPython)('skews python to the same instant as node', async () => {
  const python = await host.start('n1', startPython());
  const node = await host.start('n2', startNode());
  await Promise.all([python.ask(), node.ask()]);
  await Promise.all([clocks.set('n1', { offsetNs: 5e12 }), clocks.set('n2', { offsetNs: 5e12 })]);
  expectOffset((await python.offsetMs()) - (await node.offsetMs()), 0);
});
