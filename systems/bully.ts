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
  bugs: {},
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
