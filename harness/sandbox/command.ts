/**
 * A sandbox is a process tree in namespaces of its own: network, mounts, process ids, and without root a user
 * namespace around them. Nothing in it outlives its first process, and that one dies with whoever asked for the
 * sandbox, by whatever end, SIGKILL included: no cleaning up is left for anybody to do.
 */
import { readlinkSync } from 'node:fs';

/** With the rights of root as they are, or with those a user namespace gives. */
export type SandboxWay = 'root' | 'rootless';

/** Names the process namespace of a sandbox to the processes in it. */
export const SANDBOX_MARK = 'FAULTLINE_SANDBOX';

/** Answers the signal death of its parent, and is not started when the parent died before it could ask for that. */
const WHILE_PARENT = '[ "$PPID" = "$1" ] || exit 125; shift; exec "$@"';

/**
 * The first process: has the loopback device up, as programs expect, collects what is orphaned, ends with its command and
 * with it everything else.
 */
const FIRST = 'ip link set lo up 2>/dev/null; "$@"; exit $?';

/**
 * The words that run `command` in a sandbox which dies with the process `parent`, the caller. Exit code and output
 * are those of the command.
 */
export function sandboxCommand(way: SandboxWay, command: readonly string[], parent: number): string[] {
  const user = way === 'rootless' ? ['--user', '--map-root-user'] : [];
  return [
    ...['setpriv', '--pdeathsig', 'KILL', '--', 'sh', '-c', WHILE_PARENT, 'sh', String(parent)],
    ...['unshare', ...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
    ...['sh', '-c', FIRST, 'sh', ...command],
  ];
}

/** The process namespace this process lives in, as the kernel names it; null where there are none. */
export function processNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/**
 * True in a sandbox that `enterSandbox` made. Its mark alone does not say so: a process that was given another
 * namespace since carries it too.
 */
export function insideSandbox(env: Readonly<Record<string, string | undefined>> = process.env): boolean {
  const mark = env[SANDBOX_MARK];
  return mark !== undefined && mark === processNamespace();
}
