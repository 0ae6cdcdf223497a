/**
 * Reading checker options. Options arrive as JSON from plans and configs; a wrong one is named with what was
 * expected, never guessed around.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';

/** An option a checker cannot work with. */
export class OptionError extends Error {
  constructor(name: string, expected: string, got: Json) {
    super(`option ${name}: expected ${expected}, got ${JSON.stringify(got)}`);
    this.name = 'OptionError';
  }
}

/** A number of at least `least`, or the fallback when the option is absent. */
export function numberOption(options: CheckerOptions, name: string, fallback: number, least = 0): number {
  const value = options[name];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'number' || !(value >= least)) {
    throw new OptionError(name, `a number of at least ${least}`, value);
  }
  return value;
}

/** A boolean, or the fallback when the option is absent. */
export function booleanOption(options: CheckerOptions, name: string, fallback: boolean): boolean {
  const value = options[name];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'boolean') throw new OptionError(name, 'true or false', value);
  return value;
}

/** One of the choices, or the fallback when the option is absent. */
export function choiceOption<T extends string>(
  options: CheckerOptions,
  name: string,
  choices: readonly T[],
  fallback: T,
): T {
  const value = options[name];
  if (value === undefined || value === null) return fallback;
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw new OptionError(name, `one of ${choices.join(', ')}`, value);
  return chosen;
}

/** A text, or undefined when the option is absent. */
export function textOption(options: CheckerOptions, name: string): string | undefined {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new OptionError(name, 'a text', value);
  return value;
}
