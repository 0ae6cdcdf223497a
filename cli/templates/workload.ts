/**
 * The workload that `faultline new workload` writes.
 */

/** Its module. TypeScript and JavaScript alike. */
export function workloadModule(name: string): string {
  return `/**
 * What clients do, and what that tests: elements are added to one set, and every client reads it at the end.
 * \`faultline kit\` holds it to its contract, \`faultline describe ${name}\` shows what it says of itself.
 */
import { defineKit, defineWorkload, finalReads, unfold } from 'faultline/plugin';

export default defineWorkload({
  name: '${name}',
  summary: 'adds numbers to one set, and has every client read it at the end',
  // What a system must understand. \`speaks\`: these are operations of the workload "set", so every system that runs that
  // runs this. Leave it out for operations of your own, and list the workload in your system.
  needs: ['add', 'read'],
  speaks: 'set',
  options: {
    reads: { summary: 'share of reads among the operations', default: 0.1, type: 'number', min: 0, max: 0.9 },
  },
  // Everything comes from the seed, so that the same seed asks the same.
  build: ({ reads }, { seed }) => ({
    generator: unfold(seed.fork('operations'), 0, (next, _n, draws) =>
      draws.chance(Number(reads)) ? [{ f: 'read' }, next] : [{ f: 'add', value: next }, next + 1],
    ),
    // Once all faults are undone: what was acknowledged must be there.
    final: finalReads([{ f: 'read' }]),
    // Who judges it: names of checkers, with their options.
    checkers: [
      { name: 'set-full', options: {} },
      { name: 'stats', options: {} },
    ],
  }),
});

/** For the kit: an object that loses what it has acknowledged must not pass. */
export const kit = defineKit({
  broken() {
    const kept = new Set();
    return ({ f, value }) => {
      if (f === 'read') return JSON.parse(JSON.stringify([...kept]));
      if (Number(value) % 5 !== 3) kept.add(value);
      return value;
    };
  },
});
`;
}
