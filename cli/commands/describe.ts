/**
 * `faultline describe`: one plug-in in full, whatever family it is of.
 */
import { suggest, UsageError } from '../../harness/registry.ts';
import { type Command, flag } from '../command.ts';
import { describe as describePlugin, listing } from '../describe.ts';
import { json, line } from '../io.ts';
import { FAMILIES, type Family } from '../registries.ts';

/** The command. */
export const describe: Command = {
  name: 'describe',
  summary: 'describe a system, workload, fault, checker, backend or model',
  args: [{ form: '<name>', summary: 'any name that `faultline list` prints' }],
  options: [{ flags: '--json', summary: 'print JSON' }],
  examples: [
    'faultline describe partition',
    'faultline describe raft',
    'faultline describe snapshot-isolation',
  ],
  async run(io, [name], options) {
    const found = describePlugin(name!);
    if (found.length === 0) {
      const names = (Object.keys(FAMILIES) as Family[]).flatMap((family) =>
        listing(family).map((row) => row.name),
      );
      throw new UsageError(`nothing is called "${name}"`, { hint: suggest(name!, names) });
    }
    if (flag(options, 'json')) {
      json(io.out, found);
      return 0;
    }
    for (const { family, summary, sections } of found) {
      line(io.out, `${name}  (${family})  ${summary}`);
      for (const section of sections) {
        line(io.out, `\n  ${section.title}`);
        const width = Math.max(...section.rows.map(([row]) => row.length));
        for (const [row, text] of section.rows) {
          line(io.out, `    ${row.padEnd(width)}  ${text}`.trimEnd());
        }
      }
      line(io.out);
    }
    return 0;
  },
};
