/**
 * The bully reference system: a textbook election without a quorum, which a partition must split.
 */
import type { System } from '../harness/contracts.ts';
import { bully as program } from './reference/bully/bully.ts';
import { referenceSystem } from './reference-system.ts';

/** `faultline demo bully`. */
export const bully: System = referenceSystem({
  name: 'bully',
  summary: 'bully election: the highest reachable node leads, no quorum, no terms',
  speaks: ['leader', 'set', 'echo'],
  settings: program.settings,
  bugs: {
    'sticky-leader': {
      summary: 'a leader goes on leading when a higher node is back and announces itself',
      workload: 'leader',
      checker: 'election-safety',
      nemesis: 'kill@leader',
      config: { timeLimit: '10s', interval: '800ms', duration: '1500ms' },
    },
    'waits-to-be-told': {
      summary: 'a node that was restarted holds no election: it waits for a leader to announce itself',
      workload: 'leader',
      checker: 'election-liveness',
      nemesis: 'kill@all',
      // All are down at once, and then there is time.
      config: {
        timeLimit: '8s',
        nemesis: [{ fault: 'kill', target: 'all', interval: '4s', duration: '2s' }],
      },
    },
    'text-order': {
      summary: 'names are compared as text, so that n10 is below n9, which never accepts it',
      workload: 'leader',
      checker: 'election-liveness',
      config: { nodes: 10, nemesis: [], timeLimit: '12s' },
      search: { nodes: 10, workload: 'leader', faults: [], count: 0 },
    },
  },
  leadership: 'exclusive',
  election: {
    messages: ['election', 'ok', 'coordinator'],
    calm: { heartbeatMs: 200, failureTimeoutMs: 1500, answerTimeoutMs: 700 },
  },
  demo: {
    workload: 'leader',
    nemesis: 'partition',
    expect: 'fail',
    because: 'it has no quorum, so every side of a partition elects a leader of its own',
  },
});
