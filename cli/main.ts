/**
 * Entry of the command line: parse, run, exit. Errors that are not the user's end as `broken` with one line;
 * FAULTLINE_DEBUG=1 adds the stack.
 */
import { enterSandbox, obeySandbox } from '../harness/sandbox/enter.ts';
import { SandboxNeeded } from '../harness/sandbox/needed.ts';
import { EXIT_CODE } from '../harness/verdict.ts';
import { version } from '../harness/version.ts';
import { COMMANDS } from './commands/index.ts';
import { processIo } from './io.ts';
import { runProgram } from './program.ts';
import { adviceOn } from './unwritable.ts';

const io = processIo();
obeySandbox();
try {
  const code = await runProgram(COMMANDS, version(), process.argv.slice(2), io);
  // A failure found keeps its code: losing the words about it must not hide it.
  process.exitCode = io.lost() !== null && code !== EXIT_CODE.fail ? EXIT_CODE.broken : code;
} catch (error) {
  if (error instanceof SandboxNeeded) await again(error);
  else tell(error);
}

/** The same command once more, in a sandbox. */
async function again({ way }: SandboxNeeded): Promise<void> {
  const words = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.exitCode = await enterSandbox(way, words);
}

function tell(error: unknown): void {
  const known = error instanceof Error ? error : new Error(String(error));
  io.err.write(`faultline: broken: ${known.message}\n`);
  const advice = adviceOn(error);
  if (advice !== null) io.err.write(`  ${advice}\n`);
  if (io.env['FAULTLINE_DEBUG']) io.err.write(`${known.stack}\n`);
  else io.err.write('  (FAULTLINE_DEBUG=1 shows where)\n');
  process.exitCode = EXIT_CODE.broken;
}
