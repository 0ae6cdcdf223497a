/**
 * The oral-messages reference system: how many traitors messages without signatures can bear, and what each rule
 * of the algorithm is there for.
 */
import type { System } from '../harness/contracts.ts';
import { oralMessages as program } from './reference/oral-messages/oral-messages.ts';
import { mostFaulty, traitorsAmong } from './reference/traitors.ts';
import { referenceSystem } from './reference-system.ts';

/** Four nodes, one of them a traitor. */
const FOUR = { nodes: 4, nemesis: [], timeLimit: '8s', rate: '200/s' };

/** `faultline demo oral-messages --nodes 3`. */
export const oralMessages: System = referenceSystem({
  name: 'oral-messages',
  summary:
    'Byzantine generals, OM(m): agreement on an order in spite of traitors, in a network without faults',
  speaks: ['agreement', 'echo'],
  settings: program.settings,
  consensus: (nodes, options) => ({
    faulty: traitorsAmong(nodes, Number(options['traitors'] ?? 1)),
    validity: 'unanimous',
    proposers: 'one',
  }),
  byzantine: (nodes) => {
    const faults = mostFaulty(nodes);
    return { survives: 3 * faults < nodes ? faults : 0, settings: { traitors: 0, faults } };
  },
  bugs: {
    'one-round': {
      summary: 'lieutenants obey what they hear and do not ask each other what they were told',
      workload: 'agreement',
      checker: 'agreement',
      config: FOUR,
    },
    'trust-first': {
      summary: 'the first report counts, not the majority of them',
      workload: 'agreement',
      checker: 'agreement',
      config: FOUR,
    },
    'ignore-silence': {
      summary: 'reports that never came are left out of the vote, and a tie is broken by what was heard',
      workload: 'agreement',
      checker: 'agreement',
      config: { ...FOUR, set: { lies: 'random' } },
    },
    'trust-path': {
      summary: 'a report counts as that of whoever it names, not of who sent it',
      workload: 'agreement',
      checker: 'agreement',
      config: FOUR,
    },
    'shared-order': {
      summary:
        'a commander sends each lieutenant the order it has by then, which may be that of the next instance',
      workload: 'agreement',
      checker: 'equivocation',
      config: { ...FOUR, timeLimit: '20s', rate: '300/s' },
      search: { isDemo: true },
    },
  },
  demo: {
    workload: 'agreement',
    nemesis: 'none',
    expect: 'pass',
    because: 'with at least 3f + 1 nodes the reports of f traitors never make a majority',
    config: { nodes: 4 },
    given: (nodes, options) =>
      nodes > 3 * Number(options['traitors'] ?? 1)
        ? null
        : { expect: 'fail', because: 'with 3f nodes nobody can tell which of two stories is the lie' },
  },
});
