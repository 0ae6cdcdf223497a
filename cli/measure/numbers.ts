/**
 * Options of measurements that are numbers.
 */
import { UsageError } from '../../harness/registry.ts';
import { type OptionValues, text } from '../command.ts';

/** A whole number of at least 0, or what to take when it is not given. Throws `UsageError`. */
export function whole(options: OptionValues, name: string, otherwise: number): number {
  const given = text(options, name);
  if (given === undefined) return otherwise;
  if (/^\d+$/.test(given) && Number.isSafeInteger(Number(given))) return Number(given);
  throw new UsageError(`--${name} takes a whole number, not "${given}"`);
}
