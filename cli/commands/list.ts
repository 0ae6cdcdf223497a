/**
 * `faultline list`: what there is to choose from.
 */
import { lookup } from '../../harness/registry.ts';
import { type Command, flag } from '../command.ts';
import { type Listed, listing } from '../describe.ts';
import { json, line } from '../io.ts';
import { FAMILIES, type Family, SYSTEMS } from '../registries.ts';

/** The command. */
export const list: Command = {
  name: 'list',
  summary: 'list systems, workloads, faults, checkers, backends and models',
  args: [{ form: '[family]', summary: `${Object.keys(FAMILIES).join(', ')}; default all` }],
  options: [{ flags: '--json', summary: 'print JSON (systems with their bug switches)' }],
  examples: ['faultline list faults', 'faultline list systems --json'],
  async run(io, [family], options) {
    if (family !== undefined) lookup('family', FAMILIES, family);
    const families = family === undefined ? (Object.keys(FAMILIES) as Family[]) : [family as Family];
    if (flag(options, 'json')) {
      const tables = Object.fromEntries(families.map((name) => [name, entries(name)]));
      json(io.out, family === undefined ? tables : tables[family]);
      return 0;
    }
    for (const name of families) {
      if (families.length > 1) line(io.out, `${name}`);
      const rows = listing(name);
      const width = Math.max(...rows.map((row) => row.name.length));
      for (const row of rows)
        line(
          io.out,
          `  ${row.name.padEnd(width)}  ${row.summary}${row.live ? ' (also live)' : ''}${ownOf(row)}`,
        );
      if (families.length > 1) line(io.out);
    }
    return 0;
  },
};

function ownOf({ module }: Listed): string {
  return module === undefined ? '' : ` (${module})`;
}

function entries(family: Family): object[] {
  if (family !== 'systems') return listing(family);
  return listing(family).map((row) => {
    const { backends, workloads, bugs, demo } = SYSTEMS[row.name]!;
    return { ...row, backends, workloads, bugs, ...(demo ? { demo } : {}) };
  });
}
