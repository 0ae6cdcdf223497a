/**
 * Runs a test file again in a sandbox, for tests of what needs one: network namespaces, raw sockets, packet filters.
 * The file asks `insideSandbox()` where it is.
 */
import { fileURLToPath } from 'node:url';
import { findSwitch } from '../../harness/cluster/netns/switch-program.ts';
import { runCommand } from '../../harness/cluster/processes.ts';
import { SANDBOX_MARK, type SandboxWay, sandboxCommand } from '../../harness/sandbox/command.ts';
import { findSandbox } from '../../harness/sandbox/probe.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How it went; `skipped` says why it did not run at all. */
export interface SandboxedRun {
  skipped: string | null;
  code: number | null;
  output: string;
}

/** Runs the tests of a file in a sandbox; `way` absent: whichever works. */
export async function againInSandbox(file: string, way?: SandboxWay): Promise<SandboxedRun> {
  const support = await findSandbox();
  const program = await findSwitch();
  const problem = 'reason' in support ? support.reason : 'reason' in program ? program.reason : null;
  if (problem !== null || !('way' in support)) {
    return { skipped: problem, code: null, output: '' };
  }
  const marked = `${SANDBOX_MARK}=$(readlink /proc/self/ns/pid) exec "$@"`;
  const vitest = ['node', 'node_modules/vitest/vitest.mjs', 'run', '--no-color', file];
  const words = sandboxCommand(way ?? support.way, ['sh', '-c', marked, 'sh', ...vitest], process.pid);
  const { exit, stdout, stderr } = await runCommand(words[0]!, words.slice(1), {
    timeoutMs: 230_000,
    cwd: ROOT,
  });
  return { skipped: null, code: exit.code, output: `${stdout}\n${stderr}` };
}
