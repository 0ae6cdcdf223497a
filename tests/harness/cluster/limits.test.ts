/** Limits of a running process: lowered, felt, and raised again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressSpace, processorMs, setSoftLimit, softLimit } from '../../../harness/cluster/limits.ts';
import { notLinux, notRoot, skipping } from '../../kits/skipping.ts';

const elsewhere = skipping('limits', notLinux);
const notAllowed = skipping('limits of processes of others', notRoot);

describe.skipIf(elsewhere)('limits', () => {
  let child: ChildProcess;

  beforeEach(async () => {
    const script = `process.stdin.on('data', () => {
      try { require('fs').openSync('/dev/null'); console.log('open'); } catch (e) { console.log(e.code); }
    }); console.log('up');`;
    child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout!, 'data');
  });

  afterEach(() => void child.kill('SIGKILL'));

  const opens = async (): Promise<string> => {
    child.stdin!.write('go\n');
    const [said] = (await once(child.stdout!, 'data')) as [Buffer];
    return said.toString().trim();
  };

  it('takes descriptors away and gives them back', async () => {
    const pid = child.pid!;
    const before = softLimit(pid, 'nofile')!;
    expect(await setSoftLimit(pid, 'nofile', '3')).toBe(true);
    expect(softLimit(pid, 'nofile')).toBe('3');
    expect(await opens()).toBe('EMFILE');
    expect(await setSoftLimit(pid, 'nofile', before)).toBe(true);
    expect(await opens()).toBe('open');
  });

  it.skipIf(notAllowed)('limits processes of other users, as root', async () => {
    const other = spawn('sleep', ['60'], { uid: 65534, gid: 65534, stdio: 'ignore' });
    try {
      await once(other, 'spawn');
      const before = softLimit(other.pid!, 'nofile')!;
      expect(await setSoftLimit(other.pid!, 'nofile', '7')).toBe(true);
      expect(softLimit(other.pid!, 'nofile')).toBe('7');
      expect(await setSoftLimit(other.pid!, 'nofile', before)).toBe(true);
      expect(softLimit(other.pid!, 'nofile')).toBe(before);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('knows what a process has and uses, and that it is gone', async () => {
    const pid = child.pid!;
    expect(addressSpace(pid)).toBeGreaterThan(10e6);
    expect(processorMs(pid)).toBeGreaterThan(0);
    expect(softLimit(pid, 'as')).toBe('unlimited');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(softLimit(pid, 'as')).toBeNull();
    expect(addressSpace(pid)).toBeNull();
    expect(processorMs(pid)).toBe(0);
    expect(await setSoftLimit(pid, 'as', '1000000')).toBe(false);
  });
});
