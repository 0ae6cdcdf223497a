/**
 * `faultline clean`: undo what a killed run left behind. Touches only processes it can prove to be that run's.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CleanedRun, clean as cleanStore } from '../../harness/faults/clean.ts';
import { UsageError } from '../../harness/registry.ts';
import { Store } from '../../harness/store/store.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { type Command, flag } from '../command.ts';
import { json, line } from '../io.ts';

/** The command. */
export const clean: Command = {
  name: 'clean',
  summary: 'undo faults and end processes that a killed run left behind',
  args: [{ form: '[folder]', summary: 'where to look for runs; default the store in this directory' }],
  options: [{ flags: '--json', summary: 'print JSON' }],
  examples: ['faultline clean', 'faultline clean /tmp/my-runs'],
  async run(io, [folder], options) {
    const root = folder === undefined ? new Store(io.cwd).root : resolve(io.cwd, folder);
    if (folder !== undefined && !existsSync(root)) {
      throw new UsageError('there is no such folder', { file: folder, hint: `looked for ${root}` });
    }
    const runs = await cleanStore(root);
    if (flag(options, 'json')) json(io.out, runs);
    else if (runs.length === 0) line(io.out, 'nothing to clean');
    else for (const run of runs) for (const text of wordsOf(run)) line(io.out, text);
    // A run that is still going is nobody's leftover.
    return runs.every((run) => run.clean || run.status === 'running') ? 0 : EXIT_CODE.broken;
  },
};

function wordsOf({ run, status, because, did, leftAlone, clean: isClean }: CleanedRun): string[] {
  return [
    `${run}  ${status}: ${because}`,
    ...did.map((what) => `  did   ${what}`),
    ...leftAlone.map((what) => `  left  ${what}`),
    ...(isClean ? ['  clean'] : []),
  ];
}
