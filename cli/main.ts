/**
 * Entry of the command line: parse, run, exit. Errors that are not the user's end as `broken` with one line;
 * FAULTLINE_DEBUG=1 adds the stack.
 */
import { EXIT_CODE } from '../harness/verdict.ts';
import { COMMANDS } from './commands/index.ts';
import { processIo } from './io.ts';
import { runProgram } from './program.ts';
import { version } from './version.ts';

const io = processIo();
try {
  process.exitCode = await runProgram(COMMANDS, version(), process.argv.slice(2), io);
} catch (error) {
  const known = error instanceof Error ? error : new Error(String(error));
  io.err.write(`faultline: broken: ${known.message}\n`);
  if (io.env['FAULTLINE_DEBUG']) io.err.write(`${known.stack}\n`);
  else io.err.write('  (FAULTLINE_DEBUG=1 shows where)\n');
  process.exitCode = EXIT_CODE.broken;
}
