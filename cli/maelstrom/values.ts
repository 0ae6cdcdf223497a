/**
 * Reading the values of Maelstrom's flags: numbers, seconds with or without a unit, names out of a list. Each
 * error names the flag and what it takes.
 */
import { parseDuration } from '../../harness/config/units.ts';
import { suggest, UsageError } from '../../harness/registry.ts';
import { type OptionValues, text } from '../command.ts';

/** `nodeCount` as the flag that was typed. */
export function typed(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A number within bounds; undefined when the flag was not given. */
export function number(
  options: OptionValues,
  name: string,
  { min, max, whole = false }: { min: number; max?: number; whole?: boolean },
): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  const fits =
    value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER) && (!whole || Number.isInteger(value));
  if (given.trim() !== '' && fits) return value;
  const kind = whole ? 'a whole number' : 'a number';
  const range = max === undefined ? `${min} or more` : `from ${min} to ${max}`;
  throw new UsageError(`${typed(name)} takes ${kind}, ${range}, not "${given}"`);
}

/** Seconds, or a duration with its unit; in milliseconds. */
export function seconds(options: OptionValues, name: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(given)) return Math.round(Number(given) * 1_000);
  try {
    return parseDuration(given);
  } catch {
    throw new UsageError(`${typed(name)} takes seconds, not "${given}"`, { hint: 'write 20, or 500ms' });
  }
}

/** One of the names; undefined when the flag was not given. */
export function choice(options: OptionValues, name: string, choices: readonly string[]): string | undefined {
  const given = text(options, name);
  if (given === undefined || choices.includes(given)) return given;
  throw new UsageError(`${typed(name)} is not "${given}"`, { hint: suggest(given, choices) });
}
