/**
 * Turns the table of commands into a parser. The only file that knows the parsing library.
 */
import { type Argument, CommanderError, Option, Command as Parser } from 'commander';
import { UsageError } from '../harness/registry.ts';
import { EXIT_USAGE } from '../harness/verdict.ts';
import type { Command, OptionValues } from './command.ts';
import { type Io, visible } from './io.ts';

const EXITS =
  'exit codes  0 pass  1 fail  2 unknown  3 vacuous  4 broken  64 usage\n            129, 130, 143 interrupted';
/** What most people come for, in the order in which they come for it. */
const EXAMPLES = `  $ faultline demo                         a broken system, found out in 20 s
  $ faultline init                         start with a program of your own
  $ faultline run raft --nemesis partition --backend sim
  $ faultline check last                   judge a saved history again
  $ faultline campaign nightly.yaml        a night of runs, and one report
`;
/** Help is read in narrow terminals too. */
const HELP_COLUMNS = 80;

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
    .addHelpText('before', `${EXAMPLES}\n`)
    .addHelpText('after', `\n${EXITS}\n`);
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
    sub.addHelpText('before', `${command.examples.map(exampleText).join('\n')}\n`);
    sub.addHelpText('after', `\n${EXITS}\n`);
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

function argumentTerm(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '');
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** An example for a shell; a long one goes on in the next line, as a shell takes it. */
function exampleText(example: string): string {
  const lines = [''];
  for (const part of example.split(/ (?=--)/)) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = part;
    else if (line.length + part.length + 1 <= HELP_COLUMNS - 6) lines[lines.length - 1] = `${line} ${part}`;
    else lines.push(part);
  }
  return `  $ ${lines.join(' \\\n      ')}`;
}

function configure(parser: Parser, io: Io): void {
  parser
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .configureHelp({
      // Without "[options]", which every command has: the summaries get the room.
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    })
    .configureOutput({
      writeOut: (text) => io.out.write(text),
      writeErr: (text) => io.err.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'faultline: ')),
      getOutHelpWidth: () => Math.min(io.out.columns, HELP_COLUMNS),
      getErrHelpWidth: () => Math.min(io.err.columns, HELP_COLUMNS),
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
