/**
 * Programs that are started by way of others, which put them where they belong and then become them: a network
 * namespace, a disk of our own, another user. The process id is that of the program, and the errors ought to be.
 */
import { accessSync, constants, readlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { NodeId, ProgramSpec } from '../contracts.ts';
import { monotonicNs, sleep } from '../time.ts';
import { ClusterError } from './cluster-error.ts';
import { MACHINE, type ProcessHost } from './process-host.ts';
import { startProcess } from './processes.ts';

/** Programs that put others in their place; compiled ones have a hash behind their name. */
const LAUNCHERS = /\/(nsenter|unshare|disk-[0-9a-f]{16})$/;
/** Replaced within a few milliseconds; what takes longer is left to the readiness probe. */
const LAUNCH_MS = 1_000;

/** The words that start a program of a node where it belongs. */
export type Launch = (node: NodeId, program: ProgramSpec) => Promise<readonly [string, ...string[]]>;

/** The processes of this machine, each started by way of others. */
export function launchingHost(launch: Launch): ProcessHost {
  return {
    ...MACHINE,
    async start(node, program, environment, plumbing, onSpawn) {
      const problem = problemOf(program);
      if (problem !== null) throw new ClusterError(`cannot start ${program.file}: ${problem}`);
      const [file, ...args] = await launch(node, program);
      const started = await startProcess({ ...program, file, args }, environment, plumbing, onSpawn);
      await launched(started.pid);
      return started;
    },
  };
}

/** Why the program cannot be started: the launcher would say so too late, and in its own words. */
function problemOf({ file, env, cwd }: ProgramSpec): string | null {
  if (file.includes('/')) {
    return isProgram(resolve(cwd ?? '.', file)) ? null : 'no such file, or it is not executable';
  }
  const path = env?.['PATH'] ?? process.env['PATH'] ?? '';
  const found = path.split(delimiter).some((folder) => isProgram(join(folder, file)));
  return found ? null : 'no such command on the PATH';
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Waits until the program has taken its launcher's place: clocks are changed in the program, not in what it was. */
async function launched(pid: number): Promise<void> {
  const deadline = monotonicNs() + LAUNCH_MS * 1e6;
  while (monotonicNs() < deadline) {
    try {
      if (!LAUNCHERS.test(readlinkSync(`/proc/${pid}/exe`))) return;
    } catch {
      // It has ended already; its exit code tells.
      return;
    }
    await sleep(1);
  }
}
