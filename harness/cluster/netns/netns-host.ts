/**
 * Starts the processes of a node in its network namespace, as themselves: the program takes the place of what put it
 * there, so that its process id is that of the program.
 */
import { accessSync, constants, readlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { ProgramSpec } from '../../contracts.ts';
import { monotonicNs, sleep } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { MACHINE, type ProcessHost } from '../process-host.ts';
import { startProcess } from '../processes.ts';
import type { NodeNetwork } from './node-network.ts';

/** Programs that put others in their place. */
const LAUNCHERS = /\/(nsenter|unshare)$/;
/** Replaced within a few milliseconds; what takes longer is left to the readiness probe. */
const LAUNCH_MS = 1_000;
/** Who a program is that will not run as root; any number but 0 does. */
const ORDINARY_USER = 1000;

/** The processes of a cluster whose nodes have networks of their own. */
export function netnsHost(network: NodeNetwork): ProcessHost {
  return {
    ...MACHINE,
    async start(node, program, environment, plumbing, onSpawn) {
      const problem = problemOf(program);
      if (problem !== null) throw new ClusterError(`cannot start ${program.file}: ${problem}`);
      const [file, ...args] = network.wordsIn(node, ...asUser(program));
      const started = await startProcess({ ...program, file, args }, environment, plumbing, onSpawn);
      await launched(started.pid);
      return started;
    },
    probing: (node) => ({
      localAddress: network.freeAddress,
      words: (file, args) => network.wordsIn(node, file, args),
    }),
  };
}

/** The program, as an ordinary user where it refuses to run as root. */
function asUser({ file, args, ordinaryUser = false }: ProgramSpec): [string, string[]] {
  if (!ordinaryUser) return [file, args];
  const user = ['--user', `--map-user=${ORDINARY_USER}`, `--map-group=${ORDINARY_USER}`, '--'];
  return ['unshare', [...user, file, ...args]];
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
