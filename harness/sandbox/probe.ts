/**
 * Can this user have a sandbox, and which way? Found by making one: kernels, containers and security modules refuse
 * for too many reasons to conclude it from versions.
 */
import { runCommand } from '../cluster/processes.ts';
import { type SandboxWay, sandboxCommand } from './command.ts';

/** A way that works, or why none does and the command that may help. */
export type SandboxSupport = { way: SandboxWay; detail: string } | { reason: string; fix?: string };

const TRIAL_MS = 5_000;
/** What a network of nodes is made of: a bridge, a pair of connected devices, somebody else's network namespace. */
const TRIAL = [
  'ip link set lo up',
  'ip link add fl0 type veth peer name fl1',
  'ip link set fl0 up',
  'nsenter --net=/proc/self/ns/net true',
].join(' && ');

const WAYS: readonly { way: SandboxWay; detail: string }[] = [
  { way: 'root', detail: 'as root, in namespaces of its own' },
  { way: 'rootless', detail: 'without root, in a user namespace' },
];

/** Tries as root, if that is who we are, then without; some 30 ms each. Never rejects. */
export async function findSandbox(): Promise<SandboxSupport> {
  if (process.platform !== 'linux') return { reason: `namespaces are of Linux, this is ${process.platform}` };
  const problems: string[] = [];
  for (const each of WAYS) {
    if (each.way === 'root' && process.getuid?.() !== 0) continue;
    const problem = await tryWay(each.way);
    if (problem === null) return each;
    problems.push(`${each.way}: ${problem}`);
  }
  const reason = problems.join('; ');
  return { reason, ...fixFor(reason) };
}

/** What stands in the way, or null. */
export async function tryWay(way: SandboxWay, script: string = TRIAL): Promise<string | null> {
  const [file, ...args] = sandboxCommand(way, ['sh', '-c', script], process.pid);
  const result = await runCommand(file!, args, { timeoutMs: TRIAL_MS });
  if (result.notStarted !== undefined) return `${file}: ${result.notStarted}`;
  if (result.exit.code === 0) return null;
  const words = result.stderr.trim().split('\n')[0];
  return words || 'refused without a word';
}

function fixFor(reason: string): { fix?: string } {
  if (/setpriv|unshare: not found|nsenter/.test(reason)) return { fix: 'apt-get install util-linux' };
  if (/\bip: not found/.test(reason)) return { fix: 'apt-get install iproute2' };
  if (/unshare.*No space left/.test(reason))
    return { fix: 'sysctl -w user.max_user_namespaces=10000, or root' };
  if (/unshare/.test(reason)) {
    return {
      fix: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 kernel.unprivileged_userns_clone=1, or root',
    };
  }
  return {};
}
