/** What the kernel hands to this user beyond processes and sockets: control groups, file systems. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  costs: 'exact limits on processor and memory of nodes; signals and prlimit do without',
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

/** A file system of our own. */
export const fuseProbe: Probe = {
  name: 'fuse',
  costs: 'disks of nodes that lose, delay and refuse writes',
  timeoutMs: 2000,
  run: async () => {
    try {
      accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
      return { ok: true, detail: '/dev/fuse can be opened' };
    } catch (error) {
      return {
        ok: false,
        detail: (error as Error).message,
        fix: 'sudo modprobe fuse; sudo chmod 666 /dev/fuse',
      };
    }
  },
};
