/**
 * `faultline completion`: a script that has a shell complete commands, options and names.
 */
import { suggest, UsageError } from '../../harness/registry.ts';
import type { Command } from '../command.ts';
import { SHELLS } from '../completion-scripts.ts';
import { completedCommands } from '../completion-words.ts';

/** The command; `commands` is what it completes, itself included. */
export function completion(commands: () => readonly Command[]): Command {
  const shells = Object.keys(SHELLS);
  return {
    name: 'completion',
    summary: 'a script that has your shell complete commands, options and names',
    args: [{ form: '<shell>', summary: shells.join(', ') }],
    options: [],
    examples: Object.values(SHELLS).map(({ where }) => where),
    async run(io, [shell = '']) {
      if (!Object.hasOwn(SHELLS, shell)) {
        throw new UsageError(`there is no completion for "${shell}"`, {
          hint: suggest(shell, shells) || `one of ${shells.join(', ')}`,
        });
      }
      io.out.write(SHELLS[shell as keyof typeof SHELLS].script(completedCommands(commands())));
      return 0;
    },
  };
}
