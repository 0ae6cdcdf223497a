import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { processTable } from '../../../harness/cluster/proc.ts';
import { cgroupMount, cgroupOf } from '../../../harness/doctor/delegation.ts';
import { pingDocker } from '../../../harness/doctor/docker.ts';
import { examine, PROBES, type Probe } from '../../../harness/doctor/index.ts';
import { availableMemory } from '../../../harness/doctor/memory.ts';
import { isNewEnough } from '../../../harness/doctor/node-version.ts';
import { parseLimit } from '../../../harness/doctor/open-files.ts';
import { sleep } from '../../../harness/time.ts';

const dir = path.join(os.tmpdir(), 'faultline-doctor-test');

function probe(name: string, run: Probe['run'], timeoutMs = 200): Probe {
  return { name, costs: 'nothing', timeoutMs, run };
}

describe('examine', () => {
  it('answers for every probe, in order, with plain data', async () => {
    const results = await examine({ dir });
    expect(results.map(({ name }) => name)).toEqual(PROBES.map(({ name }) => name));
    expect(JSON.parse(JSON.stringify(results))).toEqual(results);
    for (const result of results) {
      expect(result.detail).not.toBe('');
      expect(result.costs).not.toBe('');
      expect(result.detail).not.toMatch(/\n|took longer/);
    }
    const node = results.find(({ name }) => name === 'node');
    expect(node).toMatchObject({ ok: true, required: true, detail: `v${process.versions.node}` });
  });

  it('leaves no process behind', async () => {
    const children = (): number[] =>
      processTable()
        .filter(({ ppid, state }) => ppid === process.pid && state !== 'Z')
        .map(({ pid }) => pid);
    const before = children();
    await examine({ dir });
    const left = (): number[] => children().filter((pid) => !before.includes(pid));
    // Killed processes take the kernel a moment.
    for (let i = 0; i < 100 && left().length > 0; i++) await sleep(10);
    expect(left()).toEqual([]);
  });

  it('tells a probe that throws or hangs as a finding, and the others all the same', async () => {
    const results = await examine({ dir }, [
      probe('throws', async () => {
        throw new Error('out of order');
      }),
      probe('hangs', () => new Promise(() => undefined), 50),
      probe('works', async () => ({ ok: true, detail: 'fine' })),
    ]);
    expect(results.map(({ ok, detail }) => [ok, detail])).toEqual([
      [false, 'out of order'],
      [false, 'the probe "hangs" took longer than 50 ms'],
      [true, 'fine'],
    ]);
  });

  it('names leftovers and the command that removes them', async () => {
    const probes = PROBES.filter(({ name }) => name === 'leftovers');
    const leftovers = async () => [{ run: '.faultline/demo/1', detail: '3 processes running' }];
    expect(await examine({ dir, leftovers }, probes)).toMatchObject([
      { ok: false, detail: '.faultline/demo/1: 3 processes running', fix: 'faultline clean' },
    ]);
    expect(await examine({ dir, leftovers: async () => [] }, probes)).toMatchObject([
      { ok: true, detail: 'none' },
    ]);
  });
});

describe('single probes', () => {
  it.each([
    ['20.18.9', false],
    ['20.19.0', true],
    ['22.0.0', true],
    ['18.99.0', false],
  ])('judges Node %s', (version, fine) => expect(isNewEnough(version)).toBe(fine));

  it('reads the memory the kernel would give', () => {
    expect(availableMemory('MemTotal: 9 kB\nMemAvailable:     2048 kB\n')).toBe(2048 * 1024);
    expect(availableMemory(null)).toBeGreaterThan(0);
  });

  it('reads limits', () => {
    expect(parseLimit('1024')).toBe(1024);
    expect(parseLimit('unlimited')).toBe(Number.POSITIVE_INFINITY);
    expect(parseLimit('')).toBeNull();
    expect(parseLimit(undefined)).toBeNull();
  });

  it('finds the control group of a process', () => {
    const mounts =
      'cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n';
    expect(cgroupMount(mounts)).toBe('/sys/fs/cgroup/unified');
    expect(cgroupMount('proc /proc proc rw 0 0\n')).toBeNull();
    expect(cgroupOf('4:memory:/a\n0::/user.slice/me\n')).toBe('/user.slice/me');
    expect(cgroupOf('4:memory:/a\n')).toBeNull();
  });

  it('says that no Docker daemon listens, and what to do', async () => {
    expect(await pingDocker(`unix://${path.join(dir, 'no-such.sock')}`)).toEqual({
      ok: false,
      detail: 'no engine is listening',
      fix: 'sudo apt-get install docker.io && sudo systemctl start docker',
    });
  });
});
