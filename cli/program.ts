/**
 * Turns the table of commands into a parser. The only file that knows the parsing library.
 */
import { CommanderError, Option, Command as Parser } from 'commander';
import { UsageError } from '../harness/registry.ts';
import { EXIT_USAGE } from '../harness/verdict.ts';
import type { Command, OptionValues } from './command.ts';
import { type Io, visible } from './io.ts';

const EXITS = 'exit codes  0 pass  1 fail  2 unknown  3 vacuous  4 broken  64 usage  130/143 interrupted';

/** Parses the words and runs the command they name; resolves with the exit code. */
export async function runProgram(
  commands: readonly Command[],
  version: string,
  words: readonly string[],
  io: Io,
): Promise<number> {
  let exit = 0;
  const parser = new Parser('faultline')
    .description('Break a distributed system on purpose and judge what it promised.')
    .version(version, '-V, --version')
    .addHelpText('after', `\n${EXITS}\n\nStart here: faultline demo\n`);
  configure(parser, io);
  for (const command of commands) {
    const sub = parser.command(command.name).description(command.summary);
    configure(sub, io);
    for (const argument of command.args ?? []) sub.argument(argument.form, argument.summary);
    for (const option of command.options) {
      const made = new Option(option.flags, option.summary);
      if (option.many)
        made.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
      sub.addOption(made);
    }
    sub.addHelpText(
      'after',
      `\nExamples:\n${command.examples.map((e) => `  $ ${e}`).join('\n')}\n\n${EXITS}\n`,
    );
    sub.action(async (...received: unknown[]) => {
      const values = received.at(-2) as OptionValues;
      exit = await command.run(io, received.slice(0, -2).flat() as (string | undefined)[], values);
    });
  }
  if (words.length === 0) {
    parser.outputHelp();
    return 0;
  }
  try {
    await parser.parseAsync([...words], { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return exitOf(error);
    if (error instanceof UsageError) {
      io.err.write(`faultline: ${visible(error.format())}\n`);
      return EXIT_USAGE;
    }
    throw error;
  }
}

function configure(parser: Parser, io: Io): void {
  parser
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: (text) => io.err.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'faultline: ')),
      getOutHelpWidth: () => Math.min(io.out.columns, 100),
      getErrHelpWidth: () => Math.min(io.err.columns, 100),
    });
}

/** Help and version are answers; everything else the parser refuses is a usage error. */
function exitOf(error: CommanderError): number {
  return error.code === 'commander.helpDisplayed' ||
    error.code === 'commander.version' ||
    error.code === 'commander.help'
    ? 0
    : EXIT_USAGE;
}
