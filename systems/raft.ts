/**
 * The raft reference system, and its named bugs with what makes each of them show.
 */
import type { System } from '../harness/contracts.ts';
import { raft as program } from './reference/raft/raft.ts';
import { referenceSystem } from './reference-system.ts';

/** `faultline demo raft`. */
export const raft: System = referenceSystem({
  name: 'raft',
  summary: 'raft consensus: elected leader, replicated log, linearizable map and set',
  speaks: ['leader', 'register', 'set', 'unique-ids', 'echo'],
  settings: program.settings,
  bugs: {
    'forget-vote': {
      summary: 'term and vote are kept in memory only, so a restarted node votes again',
      workload: 'leader',
      checker: 'election-safety',
      nemesis: 'kill@all',
    },
    'two-votes': {
      summary: 'a node votes for every candidate of a term instead of the first',
      workload: 'leader',
      checker: 'election-safety',
      nemesis: 'latency,partition:isolate-leader',
    },
    'no-log-check': {
      summary: 'votes go to candidates whose log is behind',
      workload: 'set',
      checker: 'set-full',
      nemesis: 'partition',
    },
    'commit-old-term': {
      summary: "a leader commits an earlier term's entry because a quorum stores it",
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'partition:isolate-leader,loss',
    },
    'ack-before-quorum': {
      summary: 'a leader acknowledges a write before a quorum stores it',
      workload: 'set',
      checker: 'set-full',
      nemesis: 'partition:isolate-leader',
    },
    'stale-read': {
      summary: 'a leader answers reads without asking a quorum whether it still leads',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'partition:isolate-leader',
    },
  },
  leadership: 'per-term',
  demo: {
    workload: 'leader',
    nemesis: 'partition',
    expect: 'pass',
    because: 'a leader needs the votes of a majority, and each node votes once per term',
  },
});
