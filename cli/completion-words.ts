/**
 * What may come next on the command line, from the table of commands and the names of everything there is: the data
 * that completion scripts are made of.
 */
import type { Command, OptionSpec } from './command.ts';
import { FAMILIES, type Family } from './registries.ts';

/**
 * What follows an option, or stands in place of an argument: one of these words or of what plug-ins add to these
 * families, a stored run, or a path.
 */
export type Following =
  | { kind: 'words'; words: readonly string[]; families: readonly Family[] }
  | { kind: 'run' }
  | { kind: 'path' };

/** One command: its options with what follows each (null: nothing), and what its arguments may be. */
export interface CompletedCommand {
  name: string;
  summary: string;
  options: readonly { flag: string; summary: string; follows: Following | null }[];
  argument: Following;
}

/** Options whose value is the name of something. */
const OF_FAMILY: Readonly<Record<string, Family>> = {
  '--system': 'systems',
  '--workload': 'workloads',
  '--nemesis': 'faults',
  '--checker': 'checkers',
  '--backend': 'backends',
  '--model': 'models',
  '--consistency-model': 'consistency-models',
};

/** Commands whose arguments are names of something. */
const ARGUMENTS: Readonly<Record<string, readonly Family[] | 'run' | { words: readonly string[] }>> = {
  new: { words: ['system', 'workload', 'nemesis', 'checker'] },
  demo: ['systems'],
  run: ['systems'],
  explore: ['systems'],
  tune: ['systems'],
  suite: ['systems'],
  describe: ['systems', 'workloads', 'faults', 'checkers', 'backends', 'models', 'consistency-models'],
  check: 'run',
  replay: 'run',
  shrink: 'run',
  report: 'run',
  show: 'run',
  diff: 'run',
  causality: 'run',
};

/** Every command with what may follow. */
export function completedCommands(commands: readonly Command[]): CompletedCommand[] {
  return commands.map(({ name, summary, options }) => ({
    name,
    summary,
    options: [...options.map(optionOf), { flag: '--help', summary: 'how to use it', follows: null }],
    argument: argumentOf(name),
  }));
}

function optionOf({ flags, summary }: OptionSpec): CompletedCommand['options'][number] {
  const [flag = '', value] = flags.replace(/^-\w, /, '').split(' ');
  if (value === undefined) return { flag, summary, follows: null };
  const family = OF_FAMILY[flag];
  return { flag, summary, follows: family === undefined ? { kind: 'path' } : wordsOf([family]) };
}

function argumentOf(name: string): Following {
  if (name === 'list') return { kind: 'words', words: Object.keys(FAMILIES), families: [] };
  const what = ARGUMENTS[name];
  if (what === undefined) return { kind: 'path' };
  if (what === 'run') return { kind: 'run' };
  return 'words' in what ? { kind: 'words', words: what.words, families: [] } : wordsOf(what);
}

function wordsOf(families: readonly Family[]): Following {
  const words = families.flatMap((family) => Object.keys(FAMILIES[family]));
  return { kind: 'words', words: [...new Set(words)].sort(), families };
}
