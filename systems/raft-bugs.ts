/**
 * The named bugs of raft: what each takes out, what makes it show in a run, and where a search finds it.
 */
import type { BugSwitch } from '../harness/contracts.ts';

/** By name. */
export const RAFT_BUGS: Readonly<Record<string, BugSwitch>> = {
  'forget-vote': {
    summary: 'term and vote are kept in memory only, so a restarted node votes again',
    workload: 'leader',
    checker: 'election-safety',
    nemesis: 'kill@all',
    // Time enough to elect one between two kills, also where nodes start slowly.
    config: { timeLimit: '12s', interval: '2s', duration: '200ms', rate: '100/s' },
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
    search: { isDemo: true },
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
    search: {
      isDemo: true,
      workload: 'set',
      faults: [
        { fault: 'partition', mode: 'isolate-leader', lastsMs: [300, 900] },
        {
          fault: 'latency',
          mode: 'exponential',
          target: 'minority',
          params: { ms: 80 },
          lastsMs: [500, 2000],
        },
      ],
      nodes: 5,
      count: 12,
      loadMs: 3000,
      perSecond: 80,
      opTimeoutMs: 500,
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
    search: {
      isDemo: true,
      workload: 'set',
      faults: [{ fault: 'partition', mode: 'isolate-leader', lastsMs: [300, 800] }],
      nodes: 3,
      count: 40,
      loadMs: 6000,
      perSecond: 8,
      opTimeoutMs: 2000,
      clients: 6,
      set: { electionTimeoutMs: 150, snapshotEvery: 64, spares: 0, reads: 'index' },
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
    search: {
      isDemo: true,
      workload: 'register',
      faults: [
        { fault: 'clock', mode: 'jump', target: 'all', params: { offsetMs: -3000 }, lastsMs: [500, 1500] },
        { fault: 'partition', mode: 'isolate-leader', lastsMs: [600, 1500] },
      ],
      nodes: 3,
      count: 12,
      loadMs: 3000,
      perSecond: 80,
      opTimeoutMs: 200,
      clients: 2,
      set: { spares: 0 },
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
  'snapshot-drops-sessions': {
    summary: 'a snapshot leaves out which requests were answered, so one that comes again counts again',
    workload: 'register',
    checker: 'linearizable',
    nemesis: 'latency,kill@leader',
    config: {
      nodes: 3,
      // So slow that every request that is passed on is passed on again.
      nemesis: [
        {
          fault: 'latency',
          mode: 'constant',
          target: 'all',
          params: { ms: 70 },
          interval: '50ms',
          duration: '60s',
        },
        { fault: 'kill', target: 'leader', interval: '900ms', duration: '300ms' },
      ],
      timeLimit: '90s',
      rate: '80/s',
      concurrency: '3n',
      opTimeout: '2s',
      set: { snapshotEvery: 4, snapshotKeep: 0 },
    },
    search: {
      isDemo: true,
      workload: 'register',
      faults: [
        { fault: 'latency', target: 'all', params: { ms: 80 }, lastsMs: [500, 1500] },
        { fault: 'loss', mode: 'random', target: 'all', params: { probability: 0.3 }, lastsMs: [500, 1500] },
        { fault: 'kill', mode: 'kill', target: 'all', lastsMs: [20, 100] },
        { fault: 'kill', mode: 'kill', target: 'leader', lastsMs: [20, 300] },
        { fault: 'kill', mode: 'kill', target: 'one', lastsMs: [20, 300] },
      ],
      nodes: 3,
      count: 20,
      loadMs: 4000,
      perSecond: 80,
      opTimeoutMs: 1000,
      clients: 3,
      set: { snapshotEvery: 4, snapshotKeep: 0, snapshotChunk: 256, spares: 0 },
    },
  },
  'install-snapshot-keeps-conflicting-log': {
    summary: "a follower that is sent a snapshot keeps what it has after it, and counts it as the leader's",
    workload: 'set',
    checker: 'set-full',
    nemesis: 'partition:isolate-leader',
    config: {
      nodes: 3,
      nemesis: [{ fault: 'partition', mode: 'isolate-leader', interval: '250ms', duration: '400ms' }],
      timeLimit: '90s',
      rate: '200/s',
      concurrency: '4n',
      opTimeout: '100ms',
      set: { snapshotEvery: 3, snapshotKeep: 0 },
    },
    search: {
      // Two leaders in turn must be cut off, each soon after its election, and the first come back in between.
      isDemo: true,
      workload: 'set',
      // So many that the next leader is often cut off before the last one is back, and snapshots in so many pieces
      // that entries follow while one is under way.
      faults: [{ fault: 'partition', mode: 'isolate-leader', lastsMs: [200, 500] }],
      nodes: 3,
      count: 40,
      loadMs: 6000,
      perSecond: 100,
      opTimeoutMs: 30,
      clients: 1,
      set: {
        electionTimeoutMs: 200,
        snapshotEvery: 2,
        snapshotKeep: 0,
        snapshotChunk: 8,
        spares: 0,
        reads: 'log',
      },
    },
  },
  'two-changes-at-once': {
    summary: 'a leader changes the members again before the last change is committed',
    workload: 'set',
    checker: 'set-full',
    nemesis: 'membership,partition',
    config: {
      // Those that are removed are out of reach.
      nemesis: [
        {
          fault: 'partition',
          mode: 'explicit',
          params: {
            groups: [
              ['n1', 'n2'],
              ['n3', 'n4', 'n5'],
            ],
          },
          interval: '400ms',
          duration: '1500ms',
        },
        { fault: 'membership', target: ['n3', 'n4'], interval: '300ms', duration: '1500ms' },
      ],
      timeLimit: '40s',
      rate: '80/s',
      opTimeout: '500ms',
    },
    search: {
      isDemo: true,
      workload: 'set',
      faults: [
        { fault: 'membership', mode: 'remove', target: 'minority', lastsMs: [300, 900] },
        { fault: 'membership', mode: 'remove', target: 'majority', lastsMs: [300, 900] },
        { fault: 'partition', mode: 'isolate-leader', lastsMs: [300, 800] },
        { fault: 'partition', mode: 'halves', lastsMs: [300, 800] },
      ],
      nodes: 5,
      count: 10,
      loadMs: 3000,
      perSecond: 40,
      opTimeoutMs: 500,
    },
  },
  'apply-config-on-commit': {
    summary: 'new members count once their entry is committed, not once it is in the log',
    workload: 'set',
    checker: 'set-full',
    nemesis: 'membership,partition,kill',
    config: {
      // n3 forgets in a restart that its log is committed, and is then alone with those that were removed.
      nemesis: [
        {
          fault: 'partition',
          mode: 'explicit',
          params: {
            groups: [
              ['n1', 'n2'],
              ['n3', 'n4', 'n5'],
            ],
          },
          interval: '400ms',
          duration: '1500ms',
        },
        { fault: 'membership', target: ['n4', 'n5'], interval: '300ms', duration: '5s' },
        { fault: 'kill', target: ['n3'], interval: '350ms', duration: '50ms' },
      ],
      timeLimit: '40s',
      rate: '40/s',
      opTimeout: '500ms',
      set: { snapshotEvery: 0 },
    },
    search: {
      isDemo: true,
      workload: 'set',
      faults: [
        { fault: 'membership', mode: 'remove', target: 'minority', lastsMs: [600, 1500] },
        { fault: 'kill', mode: 'kill', target: 'one', lastsMs: [30, 150] },
        { fault: 'kill', mode: 'kill', target: 'minority', lastsMs: [30, 150] },
        { fault: 'partition', mode: 'halves', lastsMs: [300, 800] },
      ],
      nodes: 5,
      count: 12,
      loadMs: 3000,
      perSecond: 20,
      opTimeoutMs: 500,
      set: { snapshotEvery: 64, spares: 0 },
    },
  },
  'removed-node-votes': {
    summary: 'votes of nodes that are no members are counted',
    workload: 'leader',
    checker: 'election-safety',
    nemesis: 'membership,partition,kill@leader',
    config: {
      // A member on one side with one that was removed, two on the other, and no leader.
      nemesis: [
        {
          fault: 'partition',
          mode: 'explicit',
          params: {
            groups: [
              ['n1', 'n3'],
              ['n2', 'n4', 'n5'],
            ],
          },
          interval: '400ms',
          duration: '1500ms',
        },
        { fault: 'membership', target: ['n3', 'n4'], interval: '300ms', duration: '5s' },
        { fault: 'kill', target: 'leader', interval: '300ms', duration: '300ms' },
      ],
      timeLimit: '40s',
      rate: '40/s',
      opTimeout: '500ms',
    },
    search: {
      isDemo: true,
      workload: 'leader',
      faults: [
        { fault: 'membership', mode: 'remove', target: 'minority', lastsMs: [300, 900] },
        { fault: 'partition', mode: 'isolate-leader', lastsMs: [300, 800] },
        { fault: 'partition', mode: 'halves', lastsMs: [300, 800] },
      ],
      nodes: 5,
      count: 10,
      loadMs: 3000,
      perSecond: 20,
      opTimeoutMs: 500,
    },
  },
};
