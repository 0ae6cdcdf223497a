/** A process that does nothing, for probes to try things on; always ended by the probe that started it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Starts an idle process, lets `use` work on it, and kills it whatever happens. */
export async function withIdleProcess<T>(use: (pid: number) => Promise<T>): Promise<T> {
  // Waits for input that never comes, and ends by itself should we be killed.
  const child: ChildProcess = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  try {
    await once(child, 'spawn');
    return await use(child.pid!);
  } finally {
    child.kill('SIGKILL');
  }
}
