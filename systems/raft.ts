/**
 * The raft reference system; its named bugs are beside it.
 */
import type { System } from '../harness/contracts.ts';
import { RAFT_BUGS } from './raft-bugs.ts';
import { raft as program } from './reference/raft/raft.ts';
import { referenceSystem } from './reference-system.ts';

/** `faultline demo raft`. */
export const raft: System = referenceSystem({
  name: 'raft',
  summary: 'raft consensus: elected leader, replicated log with snapshots, linearizable map and set',
  speaks: ['leader', 'register', 'set', 'unique-ids', 'echo'],
  settings: program.settings,
  variants: {
    impatient: { summary: 'elections after half the time', set: { electionTimeoutMs: 120, heartbeatMs: 30 } },
    plain: { summary: 'no pre-vote, and reads through the log', set: { prevote: false, reads: 'log' } },
  },
  drawn: {
    reads: ['index', 'index', 'lease', 'log'],
    snapshotEvery: [4, 16, 64, 64],
    snapshotKeep: [0, 8],
    snapshotChunk: [10, 256],
    spares: [0, 0, 0, 1],
  },
  showsLog: true,
  changesMembers: true,
  bugs: RAFT_BUGS,
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
