/**
 * Starts the processes of a node in its network namespace, as themselves: the program takes the place of what put it
 * there, so that its process id is that of the program.
 */
import type { ProgramSpec } from '../../contracts.ts';
import type { NodeDisks } from '../disk/node-disks.ts';
import { launchingHost } from '../launched.ts';
import type { ProcessHost } from '../process-host.ts';
import type { NodeNetwork } from './node-network.ts';

/** Who a program is that will not run as root; any number but 0 does. */
const ORDINARY_USER = 1000;

/** The processes of a cluster whose nodes have networks of their own, and disks of their own if there are any. */
export function netnsHost(network: NodeNetwork, disks: NodeDisks | null): ProcessHost {
  return {
    ...launchingHost(async (node, program) => {
      const words = network.wordsIn(node, ...asUser(program));
      return disks === null ? words : disks.wordsOn(node, words);
    }),
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
