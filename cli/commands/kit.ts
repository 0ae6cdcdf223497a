/**
 * `faultline kit`: holds modules of the user's own to the contracts of what they plug in, without a test runner.
 */
import { relative, resolve } from 'node:path';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { kitOf } from '../../plugins/kit/index.ts';
import { type Command, flag } from '../command.ts';
import { json, line } from '../io.ts';

/** What became of one check. */
interface Checked {
  module: string;
  check: string;
  /** Null: it holds. */
  problem: string | null;
}

/** The command. */
export const kit: Command = {
  name: 'kit',
  summary: 'hold systems, workloads, faults and checkers of your own to their contracts',
  args: [{ form: '<modules...>', summary: 'modules that plug something in: ./workloads/mine.ts' }],
  options: [{ flags: '--json', summary: 'print every check as JSON on stdout, and nothing else there' }],
  examples: ['faultline kit workloads/mine.ts', 'faultline kit systems/mine.ts checkers/mine.ts --json'],
  async run(io, modules, options) {
    const results: Checked[] = [];
    const quiet = flag(options, 'json');
    for (const word of modules) {
      const path = resolve(io.cwd, word!);
      const module = relative(io.cwd, path) || path;
      for (const { name, run } of await kitOf(path)) {
        const problem = await run().then(
          () => null,
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        );
        results.push({ module, check: name, problem });
        if (quiet) continue;
        line(io.out, `${problem === null ? '✓' : '✖'} ${module}  ${name}`);
        if (problem !== null) line(io.out, `    ${problem}`);
      }
    }
    const failed = results.filter(({ problem }) => problem !== null).length;
    if (quiet) json(io.out, results);
    else
      line(
        io.out,
        failed === 0 ? `${results.length} checks hold` : `${failed} of ${results.length} checks fail`,
      );
    return failed === 0 ? EXIT_CODE.pass : EXIT_CODE.fail;
  },
};
