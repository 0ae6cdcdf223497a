/**
 * The raft reference system, and its named bugs with what makes each of them show.
 */
import type { System } from '../harness/contracts.ts';
import { raft as program } from './reference/raft/raft.ts';
import { referenceSystem } from './reference-system.ts';

/** `faultline demo raft`. */
export const raft: System = referenceSystem({
  name: 'raft',
  summary: 'raft consensus: elected leader, replicated log with snapshots, linearizable map and set',
  speaks: ['leader', 'register', 'set', 'unique-ids', 'echo'],
  settings: program.settings,
  showsLog: true,
  variants: {
    impatient: { summary: 'elections after half the time', set: { electionTimeoutMs: 120, heartbeatMs: 30 } },
    plain: { summary: 'no pre-vote, and reads through the log', set: { prevote: false, reads: 'log' } },
  },
  bugs: {
    'forget-vote': {
      summary: 'term and vote are kept in memory only, so a restarted node votes again',
      workload: 'leader',
      checker: 'election-safety',
      nemesis: 'kill@all',
      config: { timeLimit: '10s', interval: '1500ms', duration: '200ms', rate: '100/s' },
    },
    'two-votes': {
      summary: 'a node votes for every candidate of a term instead of the first',
      workload: 'leader',
      checker: 'election-safety',
      nemesis: 'latency,partition:isolate-leader',
      // Slow messages while candidates stand at nearly the same moment.
      config: {
        nemesis: [
          { fault: 'latency', interval: '200ms', duration: '5s' },
          { fault: 'partition', mode: 'isolate-leader', interval: '400ms', duration: '800ms' },
        ],
        timeLimit: '20s',
        rate: '100/s',
        set: { electionTimeoutMs: 100 },
      },
    },
    'no-log-check': {
      summary: 'votes go to candidates whose log is behind',
      workload: 'set',
      checker: 'set-full',
      nemesis: 'latency:exponential,partition:isolate-leader',
      // Slow links of uneven length keep some followers behind when the leader is cut off.
      config: {
        nemesis: [
          { fault: 'latency', mode: 'exponential', params: { ms: 80 }, interval: '200ms', duration: '6s' },
          { fault: 'partition', mode: 'isolate-leader', interval: '300ms', duration: '1s' },
        ],
        timeLimit: '30s',
        rate: '200/s',
        opTimeout: '1s',
        set: { electionTimeoutMs: 300 },
      },
    },
    'commit-old-term': {
      summary: "a leader commits an earlier term's entry because a quorum stores it",
      workload: 'set',
      checker: 'set-full',
      nemesis: 'partition:isolate-leader',
      // Leaders that are cut off one after the other, each soon after its election, with few writes: figure 8
      // of the paper needs two leaders in turn that keep an entry to themselves.
      config: {
        nodes: 3,
        timeLimit: '100s',
        interval: '20ms',
        duration: '700ms',
        rate: '6/s',
        concurrency: '20n',
        opTimeout: '2s',
        set: { electionTimeoutMs: 400 },
      },
    },
    'ack-before-quorum': {
      summary: 'a leader acknowledges a write before a quorum stores it',
      workload: 'set',
      checker: 'set-full',
      nemesis: 'partition:isolate-leader',
      config: { timeLimit: '10s', interval: '1s', duration: '1500ms', rate: '100/s', opTimeout: '1s' },
    },
    'stale-read': {
      summary: 'a leader answers reads without asking a quorum whether it still leads',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'partition:isolate-leader',
      // A write blocks its client at a leader that is cut off: a short timeout lets reads go on there.
      config: { timeLimit: '10s', interval: '1s', duration: '2s', opTimeout: '300ms' },
    },
    'unsafe-lease': {
      summary: 'a leader measures its lease by the wall clock, so a clock that is set back makes it longer',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'clock:jump,partition:isolate-leader',
      // Clocks that are set back by some seconds while the leader is cut off.
      config: {
        nemesis: [
          {
            fault: 'clock',
            mode: 'jump',
            target: 'all',
            params: { offsetMs: -3000 },
            interval: '700ms',
            duration: '3s',
          },
          { fault: 'partition', mode: 'isolate-leader', interval: '500ms', duration: '3s' },
        ],
        timeLimit: '20s',
        opTimeout: '300ms',
      },
    },
    'snapshot-without-sync': {
      summary: 'the log is cut before the snapshot that replaces it is on disk',
      workload: 'set',
      checker: 'set-full',
      nemesis: 'kill@all',
      // Snapshots come often, and nodes are killed soon after them.
      config: {
        timeLimit: '10s',
        interval: '700ms',
        duration: '200ms',
        rate: '100/s',
        set: { snapshotEvery: 16 },
      },
    },
  },
  leadership: 'per-term',
  election: {
    messages: ['prevote', 'prevote_ok', 'vote', 'vote_ok'],
    calm: { heartbeatMs: 200, electionTimeoutMs: 1500 },
  },
  demo: {
    workload: 'leader',
    nemesis: 'partition',
    expect: 'pass',
    because: 'a leader needs the votes of a majority, and each node votes once per term',
  },
});
