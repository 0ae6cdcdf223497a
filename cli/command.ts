/**
 * What a command of the command line is: one entry of a table that drives parsing, help and the generated
 * page in docs/. One file per command in commands/.
 */
import type { Io } from './io.ts';

/** One option: `flags` in commander's form, e.g. `--seed <n>` or `--json`. */
export interface OptionSpec {
  flags: string;
  summary: string;
  /** May be given several times; values are collected in a list. */
  many?: boolean;
}

/** Values of options by camel-case name: text, true for a switch, a list for `many`. */
export type OptionValues = Readonly<Record<string, string | boolean | string[] | undefined>>;

/** One command. */
export interface Command {
  name: string;
  summary: string;
  /** Positional arguments in commander's form: `<run>`, `[system]`. */
  args?: readonly { form: string; summary: string }[];
  options: readonly OptionSpec[];
  examples: readonly string[];
  /** Runs the command and resolves with the exit code. Throws `UsageError` for bad input. */
  run(io: Io, args: readonly (string | undefined)[], options: OptionValues): Promise<number>;
}

/** The text of an option, or undefined. */
export function text(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Items of a `many` option; each may itself be a comma-separated list. */
export function list(options: OptionValues, name: string): string[] {
  const value = options[name];
  const items = Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
  return items
    .flatMap((item) => item.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** True when a switch was given. */
export function flag(options: OptionValues, name: string): boolean {
  return options[name] === true;
}
