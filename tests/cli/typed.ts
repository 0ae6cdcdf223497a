/**
 * A command line carried out inside a test, as somebody types it in a folder.
 */
import { COMMANDS } from '../../cli/commands/index.ts';
import { runProgram } from '../../cli/program.ts';
import { capturedIo } from './captured-io.ts';

/** What came of it. */
export interface Typed {
  code: number;
  stdout: string;
  stderr: string;
}

/** `faultline <words>` in `cwd`, of version 1.2.3. */
export async function typed(cwd: string, ...words: string[]): Promise<Typed> {
  const io = capturedIo(cwd);
  const code = await runProgram(COMMANDS, '1.2.3', words, io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}
