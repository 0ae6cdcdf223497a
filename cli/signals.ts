/**
 * Ctrl-C, SIGTERM, and SIGHUP of a terminal that is gone: the first ends the load and judges what there is, the second heals and leaves, the third
 * leaves at once and says how to clean up.
 */
import type { Io } from './io.ts';

/** The signals a run listens to, and how they were used. */
export interface Interrupts {
  stop: AbortSignal;
  leave: AbortSignal;
  /** Exit code for the signal that came, or null. */
  exitCode(): number | null;
  /** Gives the process its default behaviour back. */
  release(): void;
}

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const SAID: readonly [string, string] = [
  'ending the load, undoing faults, judging what there is (again: leave)',
  'undoing faults and leaving',
];

/** Takes over SIGINT, SIGTERM and SIGHUP until released; `said` is what the first and the second of them mean. */
export function listen(io: Io, said = SAID): Interrupts {
  const stop = new AbortController();
  const leave = new AbortController();
  let code: number | null = null;
  let count = 0;
  const handle = (signal: NodeJS.Signals): void => {
    code = CODES[signal as keyof typeof CODES];
    count++;
    if (count === 1) {
      io.err.write(`\n${signal}: ${said[0]}\n`);
      stop.abort(signal);
    } else if (count === 2) {
      io.err.write(`\n${signal}: ${said[1]}\n`);
      leave.abort(signal);
    } else {
      io.err.write('\nleft; processes may remain: faultline clean\n');
      process.exit(code);
    }
  };
  const names = Object.keys(CODES) as (keyof typeof CODES)[];
  for (const name of names) process.on(name, handle);
  return {
    stop: stop.signal,
    leave: leave.signal,
    exitCode: () => code,
    release() {
      for (const name of names) process.off(name, handle);
    },
  };
}
