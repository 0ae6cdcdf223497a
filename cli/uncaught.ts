/**
 * Errors that code of a plug-in throws where nobody can catch them: in a callback of a socket or a timer, or a promise
 * nobody waits for. The run ends as it does when it is interrupted, so that faults are undone and nodes are ended.
 */
import { EXIT_CODE } from '../harness/verdict.ts';
import { type Io, line } from './io.ts';

let watching = false;

/** Watches for them from now on; once is enough. */
export function watchUncaught(io: Io): void {
  if (watching) return;
  watching = true;
  let seen = 0;
  const caught = (error: unknown): void => {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const frame = /^\s+at (?!node:)(.*)$/m.exec(stack.replaceAll(/^.*\(?node:.*$/gm, ''))?.[1];
    line(io.err, `faultline: broken: nobody caught an error of a plug-in: ${message}`);
    if (frame !== undefined) line(io.err, `  at ${frame}`);
    if (io.env['FAULTLINE_DEBUG']) line(io.err, stack);
    seen++;
    // The first ends the load, undoes and judges; should that not end, the next ones are no reason to stay.
    if (seen === 1 && process.listenerCount('SIGINT') > 0) process.emit('SIGINT');
    else if (seen !== 2) process.exit(EXIT_CODE.broken);
  };
  process.on('uncaughtException', caught);
  process.on('exit', (code) => {
    if (seen > 0 && code !== EXIT_CODE.fail) process.exitCode = EXIT_CODE.broken;
  });
}
