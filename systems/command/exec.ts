/**
 * Operations that are carried out by running a program once.
 */
import { runCommand } from '../../harness/cluster/processes.ts';
import type { RequestSpec } from '../../harness/config/command-types.ts';
import { OpFailure } from '../../harness/contracts.ts';
import type { Answer } from './answer.ts';
import { fillWith, type Values } from './names.ts';

type ExecSpec = Extract<RequestSpec, { kind: 'command' }>;

/** Output of the program; null when it said that the object does not exist. Throws `OpFailure`. */
export async function execute(
  spec: ExecSpec,
  values: Values,
  call: { signal: AbortSignal; timeoutMs: number; cwd: string },
): Promise<Answer | null> {
  const [file, ...args] = spec.argv.map((part) => fillWith(part, values));
  const env = Object.fromEntries(Object.entries(spec.env).map(([name, v]) => [name, fillWith(v, values)]));
  const result = await runCommand(file!, args, {
    timeoutMs: call.timeoutMs,
    signal: call.signal,
    cwd: call.cwd,
    env,
    ...(spec.stdin === null ? {} : { input: fillWith(spec.stdin, values) }),
  });
  if (result.notStarted !== undefined) {
    throw new OpFailure({ definite: true, kind: 'not-started', message: `${file}: ${result.notStarted}` });
  }
  const { code } = result.exit;
  if (code === 0) return { text: result.stdout, headers: {} };
  if (code !== null && spec.notFoundExitCodes.includes(code)) return null;
  const last = lastLine(result.stderr) ?? lastLine(result.stdout) ?? 'no output';
  if (result.timedOut || code === null) {
    throw new OpFailure({ definite: false, kind: 'timeout', message: `${file} was ended: ${last}` });
  }
  const definite = spec.definiteExitCodes.includes(code);
  throw new OpFailure({ definite, kind: `exit-${code}`, message: last });
}

function lastLine(text: string): string | undefined {
  return text.trimEnd().split('\n').at(-1)?.slice(0, 300) || undefined;
}
