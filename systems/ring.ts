/**
 * The ring reference system: a textbook election in O(n) messages, split by a partition as every election
 * without a quorum is.
 */
import type { System } from '../harness/contracts.ts';
import { ring as program } from './reference/ring/ring.ts';
import { referenceSystem } from './reference-system.ts';

/** `faultline demo ring`. */
export const ring: System = referenceSystem({
  name: 'ring',
  summary: 'ring election: a token collects the names of a ring that repairs itself, the highest leads',
  speaks: ['leader', 'echo'],
  settings: program.settings,
  bugs: {
    'sticky-leader': {
      summary: 'a leader goes on leading when an election names another',
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
    'swallows-tokens': {
      summary:
        'a node that holds an election lets no other token pass, so two elections stop each other for good',
      workload: 'leader',
      checker: 'election-liveness',
      nemesis: 'kill@leader',
      // Long enough for a new leader; and once there is none any more, nobody is killed.
      config: { timeLimit: '30s', interval: '1s', duration: '1500ms' },
      search: { isDemo: true },
    },
    'resumes-lead': {
      summary: 'a leader that was restarted goes on leading, though the ring has elected another since',
      workload: 'leader',
      checker: 'election-safety',
      nemesis: 'kill@leader',
      // A heartbeat of the other ends it, so they come rarely.
      config: {
        timeLimit: '30s',
        interval: '1500ms',
        duration: '2500ms',
        rate: '200/s',
        set: { heartbeatMs: 300, failureTimeoutMs: 900 },
      },
      search: { isDemo: true },
    },
  },
  leadership: 'exclusive',
  election: {
    messages: ['election', 'coordinator', 'hop_ok'],
    calm: { heartbeatMs: 200, failureTimeoutMs: 1500, hopTimeoutMs: 300 },
    // A node that comes back holds an election no later than two timeouts after its start.
    quietMs: 3600,
  },
  demo: {
    workload: 'leader',
    nemesis: 'partition',
    expect: 'fail',
    because: 'it has no quorum, so a ring that is cut closes again on either side, and each elects a leader',
  },
});
