/**
 * The one home of timers, the wall clock, entropy and standard error for reference nodes that run as processes.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { Seed } from '../../../harness/random.ts';
import type { HostEffects } from './host.ts';
import { FileStorage, MemoryStorage } from './storage.ts';

/** Timer source of the process; the runtime's own waits (reconnects) use it too. */
export function schedule(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Writes one line to standard error: the node's log. A closed pipe is not the program's concern. */
export function note(text: string): void {
  try {
    writeSync(2, `${new Date().toISOString()} ${text}\n`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'EPIPE' && code !== 'EAGAIN') throw error;
  }
}

/** Real effects, all but the transport. `dataDir` absent: nothing survives the process. */
export function processEffects(options: { dataDir?: string; seed?: number }): Omit<HostEffects, 'emit'> {
  const rng = Seed.of(options.seed ?? randomBytes(6).readUIntBE(0, 6)).rng();
  return {
    storage: options.dataDir === undefined ? new MemoryStorage() : new FileStorage(options.dataDir),
    schedule,
    now: () => Date.now(),
    random: () => rng.float(),
    note,
  };
}
