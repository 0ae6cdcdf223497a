/**
 * The crdt reference system: counters and sets that converge, and ways to merge that do not.
 */
import type { System } from '../harness/contracts.ts';
import { crdt as program } from './reference/crdt/crdt.ts';
import { referenceSystem } from './reference-system.ts';

/** `faultline demo crdt`. */
export const crdt: System = referenceSystem({
  name: 'crdt',
  summary: 'conflict-free replicated data: grow-only and up-down counters, sets with removal',
  speaks: ['pn-counter', 'g-counter', 'or-set', 'echo'],
  settings: program.settings,
  bugs: {
    'sum-on-merge': {
      summary: 'two states of a counter are added instead of compared, so increments count twice',
      workload: 'g-counter',
      checker: 'counter',
      config: { nemesis: [], timeLimit: '5s', rate: '20/s' },
    },
    'shared-entry': {
      summary: 'all nodes count in one entry, so of two increments at a time one is lost',
      workload: 'g-counter',
      checker: 'counter',
      config: { nemesis: [], timeLimit: '5s' },
    },
    'forget-entry': {
      summary: 'a restarted node counts from zero again, below what the others have of it',
      workload: 'g-counter',
      checker: 'counter',
      nemesis: 'kill',
      config: { timeLimit: '10s', interval: '300ms', duration: '100ms', rate: '300/s' },
    },
    'one-number': {
      summary: 'ups and downs are one number, so a decrement looks like an old state',
      workload: 'pn-counter',
      checker: 'counter',
      config: { nemesis: [], timeLimit: '5s' },
    },
    'no-graves': {
      summary: 'a removal only forgets the element, so other nodes keep it',
      workload: 'or-set',
      checker: 'eventual-set',
      config: { nemesis: [], timeLimit: '5s', rate: '100/s' },
    },
    'replace-state': {
      summary: 'the state of another node replaces that of the set instead of being merged with it',
      workload: 'or-set',
      checker: 'eventual-set',
      config: { nemesis: [], timeLimit: '5s' },
    },
  },
  demo: {
    workload: 'pn-counter',
    nemesis: 'partition',
    expect: 'pass',
    because: 'states merge to the same whatever the order, so once the nodes hear each other they agree',
  },
});
