/**
 * Backends that need a sandbox around the harness: finds out whether this machine gives one, before anything starts.
 */
import { type Backend, BRIDGED_NETNS, FILTERED_DOCKER, NETEM_NETNS } from '../harness/cluster/backends.ts';
import { ClusterError } from '../harness/cluster/cluster-error.ts';
import { findNetem } from '../harness/cluster/netns/netem-support.ts';
import { findSwitch } from '../harness/cluster/netns/switch-program.ts';
import { runCommand } from '../harness/cluster/processes.ts';
import { insideSandbox, type SandboxWay } from '../harness/sandbox/command.ts';
import { SandboxNeeded } from '../harness/sandbox/needed.ts';
import { findSandbox } from '../harness/sandbox/probe.ts';

/**
 * Returns where the backend needs nothing or this process is in a sandbox. Throws `SandboxNeeded` to be started again
 * in one, `ClusterError` where there can be none.
 */
export async function enterFor(backend: Backend): Promise<void> {
  if (backend.name !== 'netns' || insideSandbox()) return;
  throw new SandboxNeeded(await wayIn());
}

/** How to get into a sandbox with a network for nodes; throws `ClusterError` with the command that helps. */
export async function wayIn(): Promise<SandboxWay> {
  const sandbox = await findSandbox();
  const problem = problemOf(sandbox) ?? (await jointProblem());
  if (problem !== null) throw new ClusterError(`backend netns does not work here: ${problem}`);
  return (sandbox as { way: SandboxWay }).way;
}

/** Why the backend cannot work on this machine at all, or null; only what can be known at once is looked at. */
export async function obstacle(backend: Backend): Promise<string | null> {
  if (backend.name !== 'netns' || insideSandbox()) return null;
  return problemOf(await findSandbox()) ?? (await jointProblem());
}

/** The backend as it can be here: without a C compiler the kernel stands in for the switch, and says so. */
export async function asPossible(backend: Backend): Promise<{ backend: Backend; because: string | null }> {
  if (backend.name !== 'netns' && backend.name !== 'docker') return { backend, because: null };
  const problem = problemOf(await findSwitch());
  if (problem === null) return { backend, because: null };
  if (backend.name === 'docker') {
    return {
      backend: FILTERED_DOCKER,
      because: `packets between containers filtered by nftables: ${problem}`,
    };
  }
  const noNetem = await findNetem();
  if (noNetem === null) {
    return { backend: NETEM_NETNS, because: `joined by the kernel's bridge and its netem: ${problem}` };
  }
  const because = `joined by the kernel's bridge: ${problem}; no netem: ${noNetem}`;
  return { backend: BRIDGED_NETNS, because };
}

/** Why nothing can join the nodes, or null. */
async function jointProblem(): Promise<string | null> {
  const noSwitch = problemOf(await findSwitch());
  if (noSwitch === null) return null;
  const nft = await runCommand('nft', ['--version'], { timeoutMs: 3_000 });
  return nft.exit.code === 0 ? null : `${noSwitch}; nor nft (apt-get install nftables)`;
}

function problemOf(found: object | { reason: string; fix?: string }): string | null {
  if (!('reason' in found)) return null;
  const { reason, fix } = found;
  return fix === undefined ? reason : `${reason} (${fix})`;
}
