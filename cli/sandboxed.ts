/**
 * Backends that need a sandbox around the harness: finds out whether this machine gives one, before anything starts.
 */
import type { Backend } from '../harness/cluster/backends.ts';
import { ClusterError } from '../harness/cluster/cluster-error.ts';
import { findSwitch } from '../harness/cluster/netns/switch-program.ts';
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
  const [sandbox, program] = await Promise.all([findSandbox(), findSwitch()]);
  const problem = problemOf(sandbox) ?? problemOf(program);
  if (problem !== null) throw new ClusterError(`backend netns does not work here: ${problem}`);
  return (sandbox as { way: SandboxWay }).way;
}

/** Why the backend cannot work on this machine at all, or null; only what can be known at once is looked at. */
export async function obstacle(backend: Backend): Promise<string | null> {
  if (backend.name !== 'netns' || insideSandbox()) return null;
  const [sandbox, program] = await Promise.all([findSandbox(), findSwitch()]);
  return problemOf(sandbox) ?? problemOf(program);
}

function problemOf(found: object | { reason: string; fix?: string }): string | null {
  if (!('reason' in found)) return null;
  const { reason, fix } = found;
  return fix === undefined ? reason : `${reason} (${fix})`;
}
