/**
 * The gossip reference system: epidemic broadcast, and what keeps a value from reaching everybody.
 */
import type { System } from '../harness/contracts.ts';
import { gossip as program } from './reference/gossip/gossip.ts';
import { referenceSystem } from './reference-system.ts';

/** `faultline demo gossip`. */
export const gossip: System = referenceSystem({
  name: 'gossip',
  summary: 'epidemic broadcast: values are pushed to a few peers, and peers compare what they have',
  speaks: ['broadcast', 'echo'],
  settings: program.settings,
  bugs: {
    'push-once': {
      summary: 'values are pushed when they are new and never compared, so what is lost stays lost',
      workload: 'broadcast',
      checker: 'broadcast',
      nemesis: 'partition',
      config: { timeLimit: '10s' },
    },
    'skip-gaps': {
      summary: 'a node that has the fifth value of another says that it has the four before it',
      workload: 'broadcast',
      checker: 'broadcast',
      nemesis: 'loss',
      config: { timeLimit: '10s' },
    },
    'reuse-numbers': {
      summary: 'a restarted node numbers its values from 1 again, so others think that they have them',
      workload: 'broadcast',
      checker: 'broadcast',
      nemesis: 'kill',
      config: { timeLimit: '10s' },
    },
    'ack-before-write': {
      summary: 'a value is acknowledged before it is on disk or sent to anybody',
      workload: 'broadcast',
      checker: 'broadcast',
      nemesis: 'kill@all',
      config: { timeLimit: '10s' },
    },
    'repeat-delivery': {
      summary: 'a value that arrives twice is delivered twice',
      workload: 'broadcast',
      checker: 'broadcast',
      config: { nemesis: [], timeLimit: '5s' },
    },
  },
  demo: {
    workload: 'broadcast',
    nemesis: 'partition',
    expect: 'pass',
    because: 'whatever was lost is found when two nodes compare what they have',
  },
});
