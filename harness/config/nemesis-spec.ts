/**
 * Faults as they are named in one word: `partition`, `clock:jump`, `kill@leader`, `kill@n1+n2`.
 */
import type { TargetSpec } from '../contracts.ts';
import { UsageError } from '../registry.ts';
import { TARGETS } from './schema.ts';
import type { NemesisConfig } from './types.ts';

/** The fault, mode and target of one word. Throws `UsageError` when it cannot be read. */
export function parseNemesisWord(word: string): NemesisConfig {
  const match = /^([a-z][a-z0-9-]*)(?::([a-z0-9-]+))?(?:@([A-Za-z0-9_+-]+))?$/.exec(word.trim());
  if (match === null) {
    throw new UsageError(`"${word}" does not name a fault`, {
      hint: 'write fault, fault:mode or fault:mode@target, such as partition, clock:jump, kill@leader, kill@n1+n2',
    });
  }
  const [, fault, mode, target] = match;
  const config: NemesisConfig = { fault: fault! };
  if (mode !== undefined) config.mode = mode;
  if (target !== undefined) config.target = toTarget(target);
  return config;
}

/** Every fault of a `nemesis` value: one text with commas, or a list of words and objects. */
export function nemesisList(value: string | readonly (string | NemesisConfig)[]): NemesisConfig[] {
  const items = typeof value === 'string' ? value.split(',') : value;
  return items
    .filter((item) => typeof item !== 'string' || (item.trim() !== '' && item.trim() !== 'none'))
    .map((item) => (typeof item === 'string' ? parseNemesisWord(item) : item));
}

function toTarget(text: string): TargetSpec {
  const word = TARGETS.find((known) => known === text);
  return word ?? text.split('+');
}
