/** Can programs be started, and spoken with over their standard input and output? */
import { runCommand } from '../cluster/processes.ts';
import type { Probe } from './probe.ts';

/** A line to a program of ours and back. */
export const stdioProbe: Probe = {
  name: 'stdio backend',
  costs: 'every backend: nodes are programs started by faultline',
  required: true,
  timeoutMs: 5000,
  run: async () => {
    const echo = ['-e', 'process.stdin.pipe(process.stdout)'];
    const result = await runCommand(process.execPath, echo, { timeoutMs: 4000, input: 'ping\n' });
    if (result.notStarted !== undefined) return { ok: false, detail: result.notStarted };
    return result.stdout.startsWith('ping')
      ? { ok: true, detail: 'a program was started and answered over its pipes' }
      : {
          ok: false,
          detail: `a program was started but did not answer: ${result.stderr.trim() || 'silence'}`,
        };
  },
};
