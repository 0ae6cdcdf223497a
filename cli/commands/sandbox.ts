/**
 * `faultline sandbox`: any command in namespaces of its own, so that tests and programs of one's own can use backend
 * netns. Nothing the command starts outlives it.
 */
import { UsageError } from '../../harness/registry.ts';
import { lendSandbox } from '../../harness/sandbox/enter.ts';
import type { Command } from '../command.ts';
import { wayIn } from '../sandboxed.ts';

/** The command. */
export const sandbox: Command = {
  name: 'sandbox',
  summary: 'run a command in a sandbox of its own, for tests that use backend netns',
  args: [{ form: '<command...>', summary: 'the command and its arguments, after --' }],
  options: [],
  examples: ['faultline sandbox -- npx vitest run', 'faultline sandbox -- sh'],
  async run(_io, words) {
    const command = words.filter((word) => word !== undefined);
    if (command.length === 0) throw new UsageError('sandbox needs a command: faultline sandbox -- <command>');
    return lendSandbox(await wayIn(), command);
  },
};
