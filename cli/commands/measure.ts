/**
 * `faultline measure`: figures instead of verdicts. A table of subjects, each in its own file in measure/.
 */
import { lookup } from '../../harness/registry.ts';
import type { Command, OptionSpec } from '../command.ts';
import { clocks } from '../measure/clocks.ts';
import { detector } from '../measure/detector.ts';
import { election } from '../measure/election.ts';
import type { Measurement } from '../measure/measurement.ts';

/** What can be measured. */
export const MEASUREMENTS = {
  clocks,
  election,
  detector,
} satisfies Record<string, Measurement>;

const TABLE: Readonly<Record<string, Measurement>> = MEASUREMENTS;

/** The command. */
export const measure: Command = {
  name: 'measure',
  summary: `figures instead of verdicts: ${Object.keys(TABLE).join(', ')}`,
  args: [
    {
      form: '<subject>',
      summary: Object.values(TABLE)
        .map(({ name, summary }) => `${name}: ${summary}`)
        .join('; '),
    },
    { form: '[words...]', summary: 'for clocks: a run with a journal of messages (default: made-up runs)' },
  ],
  options: distinctOptions(Object.values(TABLE)),
  examples: Object.values(TABLE).flatMap(({ examples }) => examples),
  async run(io, [subject, ...words], options) {
    return lookup('subject', TABLE, subject!).run(io, words as string[], options);
  },
};

/** Options of all subjects, those that several share once. */
function distinctOptions(measurements: readonly Measurement[]): OptionSpec[] {
  const byFlags = new Map<string, OptionSpec>();
  for (const option of measurements.flatMap(({ options }) => options)) {
    if (!byFlags.has(option.flags)) byFlags.set(option.flags, option);
  }
  return [...byFlags.values()];
}
