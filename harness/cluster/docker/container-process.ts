/**
 * Whether the process that an engine names is one of this machine: engines may be reached through a socket that leads
 * elsewhere, and a process of that number may be anybody's.
 */
import { readFileSync } from 'node:fs';
import { sleep } from '../../time.ts';

/** Between the start of a container and the moment its program is what runs in it. */
const LAUNCH_MS = 2_000;
const POLL_MS = 5;

/**
 * Is the process here, and do signals reach it? Ours carries the mark of the run in its environment, from the moment
 * on that it is the program and no longer what starts it: until then this waits.
 */
export async function isProcessHere(pid: number, mark: string): Promise<boolean> {
  for (let waited = 0; pid > 0 && waited < LAUNCH_MS; waited += POLL_MS) {
    try {
      // The name first: what starts the program has no mark, and may become the program between the two looks.
      const name = readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
      if (environment.split('\0').includes(mark)) return maySignal(pid);
      // Another machine's number, unless it was not yet given its environment.
      if (!name.startsWith('runc') && environment !== '') return false;
    } catch {
      return false;
    }
    await sleep(POLL_MS);
  }
  return false;
}

function maySignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
