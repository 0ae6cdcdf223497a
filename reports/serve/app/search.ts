/**
 * What is typed above the list of runs: words that must all be in a row, fields with a value, `!` before what must not
 * be.
 */

/** Fields of a row. */
export const FIELDS = [
  'verdict',
  'name',
  'system',
  'workload',
  'faults',
  'backend',
  'seed',
  'started',
] as const;

/** A row by field; `text` is all that can be read in it. */
export interface Searched {
  text: string;
  field(name: string): string;
}

/** What a search means, or why it means nothing. */
export type Search = { matches(row: Searched): boolean; problem: null } | { matches: null; problem: string };

/** Reads a search. Case does not matter. O(length). */
export function readSearch(typed: string): Search {
  const tests: ((row: Searched) => boolean)[] = [];
  for (const word of typed.toLowerCase().split(/\s+/)) {
    const negated = word.startsWith('!');
    const term = negated ? word.slice(1) : word;
    if (term === '') continue;
    const colon = term.indexOf(':');
    const name = colon < 0 ? null : term.slice(0, colon);
    if (name !== null && !(FIELDS as readonly string[]).includes(name)) {
      return { matches: null, problem: `no field "${name}"; one of ${FIELDS.join(', ')}` };
    }
    const value = term.slice(colon + 1);
    tests.push((row) => {
      const within = (name === null ? row.text : row.field(name)).toLowerCase();
      return within.includes(value) !== negated;
    });
  }
  return { matches: (row) => tests.every((test) => test(row)), problem: null };
}

/** Rows in the order of a column; numbers as numbers, and what is empty at the end. */
export function compareBy(a: string, b: string, numeric: boolean, down: boolean): number {
  if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1;
  const order = numeric ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0;
  return down ? -order : order;
}
