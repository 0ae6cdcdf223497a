/** Sandboxes: what is in one, what is left of one, and what stands in the way of one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { processInfo, processTree } from '../../../harness/cluster/proc.ts';
import { runCommand } from '../../../harness/cluster/processes.ts';
import { insideSandbox, SANDBOX_MARK, sandboxCommand } from '../../../harness/sandbox/command.ts';
import { findSandbox, tryWay } from '../../../harness/sandbox/probe.ts';
import { sleep } from '../../../harness/time.ts';
import { skipping } from '../../kits/skipping.ts';

const support = await findSandbox();
const way = 'way' in support ? support.way : null;
const missing = 'reason' in support ? support.reason : null;

async function run(script: string): Promise<{ code: number | null; out: string }> {
  const [file, ...args] = sandboxCommand(way!, ['sh', '-c', script], process.pid);
  const { exit, stdout } = await runCommand(file!, args, { timeoutMs: 10_000 });
  return { code: exit.code, out: stdout };
}

describe.skipIf(skipping('a sandbox', missing))('a sandbox', () => {
  it('hands on output and exit code, and sees no other process and no other network', async () => {
    const { code, out } = await run('ls -d /proc/[0-9]* | wc -l; ip -o link | wc -l; exit 7');
    expect(code).toBe(7);
    const [processes, links] = out.trim().split('\n').map(Number);
    expect(processes).toBeLessThan(8);
    expect(links).toBe(1);
  });

  it('has a loopback device that works, for every address of it', async () => {
    expect((await run('ip route get 127.0.0.2; ip -o link show up dev lo | wc -l')).out).toMatch(/\n1$/);
  });

  it('works for a user without rights, where the kernel lets users have namespaces', async (context) => {
    if ((await tryWay('rootless')) !== null) return context.skip('no user namespaces here');
    const [file, ...args] = sandboxCommand('rootless', ['sh', '-c', 'id -u; ip link set lo up'], process.pid);
    const { exit, stdout } = await runCommand(file!, args, { timeoutMs: 10_000 });
    expect([exit.code, stdout]).toEqual([0, '0']);
  });

  it('is gone with all that hides in it when who asked for it is killed', async () => {
    const words = JSON.stringify(sandboxCommand(way!, ['sh', '-c', 'setsid sleep 1000 & sleep 1000'], 0));
    const script = `const w = ${words}.map((word) => word === '0' ? String(process.pid) : word);
      require('node:child_process').spawn(w[0], w.slice(1), { detached: true, stdio: 'ignore' }); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    const tree = () =>
      processTree({ pid: parent.pid!, startTicks: processInfo(parent.pid!)?.startTicks ?? 0 });
    for (let i = 0; i < 200 && tree().length < 5; i++) await sleep(10);
    const members = tree();
    expect(members.length).toBeGreaterThanOrEqual(5);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const left = () => members.filter(({ pid, startTicks }) => processInfo(pid)?.startTicks === startTicks);
    for (let i = 0; i < 200 && left().length > 0; i++) await sleep(10);
    expect(left()).toEqual([]);
  });

  it('does not start for a parent that is gone already', async () => {
    const [file, ...args] = sandboxCommand(way!, ['echo', 'started'], 1);
    const { exit, stdout } = await runCommand(file!, args, { timeoutMs: 10_000 });
    expect([exit.code, stdout]).toEqual([125, '']);
  });

  it('says in a word what was refused', async () => {
    expect(await tryWay(way!, 'echo not like this >&2; exit 1')).toBe('not like this');
  });
});

describe('insideSandbox', () => {
  it('believes the mark only together with the namespace', () => {
    expect(insideSandbox({})).toBe(false);
    expect(insideSandbox({ [SANDBOX_MARK]: 'pid:[1]' })).toBe(false);
  });
});
