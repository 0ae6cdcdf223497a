/** What the kernel hands to this user beyond processes and sockets: control groups, file systems. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DiskSupport, detectDiskSupport, detectJournalSupport } from '../cluster/disk/disk-program.ts';
import type { Finding, Probe } from './probe.ts';

/** Where the version 2 hierarchy of control groups is mounted, by the mount table; null where it is not. */
export function cgroupMount(mounts: string): string | null {
  const line = mounts.split('\n').find((each) => each.split(' ')[2] === 'cgroup2');
  return line?.split(' ')[1] ?? null;
}

/** The control group of a process in the version 2 hierarchy, by its /proc/PID/cgroup; null where it has none. */
export function cgroupOf(text: string): string | null {
  const line = text.split('\n').find((each) => each.startsWith('0::'));
  return line === undefined ? null : line.slice('0::'.length);
}

function cgroup(): Finding {
  const mount = cgroupMount(readFileSync('/proc/self/mounts', 'utf8'));
  const own = cgroupOf(readFileSync('/proc/self/cgroup', 'utf8'));
  if (mount === null || own === null) return { ok: false, detail: 'no version 2 hierarchy is mounted' };
  const path = join(mount, own);
  accessSync(path, constants.W_OK);
  const controllers = readFileSync(join(path, 'cgroup.controllers'), 'utf8').trim().split(' ');
  const missing = ['cpu', 'memory'].filter((name) => !controllers.includes(name));
  if (missing.length > 0) {
    return { ok: false, detail: `${path} has no controller ${missing.join(', ')}` };
  }
  return { ok: true, detail: `${path} is ours: ${controllers.join(' ')}` };
}

/** A control group of our own, to limit processor and memory of nodes. */
export const cgroupProbe: Probe = {
  name: 'cgroup',
  costs: 'nothing yet: faults cpu, memory and descriptors work by signals and prlimit',
  timeoutMs: 2000,
  run: async () => {
    const fix = 'systemd-run --user --scope -p Delegate=yes npx faultline ...';
    try {
      return { fix, ...cgroup() };
    } catch (error) {
      return { ok: false, detail: (error as Error).message, fix };
    }
  },
};

/** A file system of our own, mounted for a moment over a folder of its own. */
export const fuseProbe: Probe = {
  name: 'fuse',
  costs: 'faults disk and power: disks of nodes that lose, delay and refuse writes; damage does without',
  timeoutMs: 6000,
  run: async () => found(await detectDiskSupport(), 'a disk of our own was mounted, without fusermount'),
};

/** An ext4 in a file, mounted for a moment in a namespace of its own. */
export const loopProbe: Probe = {
  name: 'loop devices',
  costs: 'power:journal, where the journal of an ext4 decides what survives; power:loss does without',
  timeoutMs: 8000,
  run: async () => found(await detectJournalSupport(), 'an ext4 of our own was mounted from a file'),
};

function found(support: DiskSupport, detail: string): Finding {
  if ('program' in support) return { ok: true, detail };
  const { reason, fix } = support;
  return { ok: false, detail: reason, ...(fix === undefined ? {} : { fix }) };
}
