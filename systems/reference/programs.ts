/**
 * Every reference program, for whoever starts one by name: a process, the simulator, a test.
 */
import type { ProgramKind } from './api.ts';
import { bully } from './bully/bully.ts';
import { crdt } from './crdt/crdt.ts';
import { dynamo } from './dynamo/dynamo.ts';
import { gossip } from './gossip/gossip.ts';
import { lease } from './lease/lease.ts';
import { lww } from './lww/lww.ts';
import { oralMessages } from './oral-messages/oral-messages.ts';
import { pbft } from './pbft/pbft.ts';
import { primaryBackup } from './primary-backup/primary-backup.ts';
import { queue } from './queue/queue.ts';
import { quorum } from './quorum/quorum.ts';
import { raft } from './raft/raft.ts';
import { ring } from './ring/ring.ts';
import { twoPhaseCommit } from './two-phase-commit/two-phase-commit.ts';

/** All reference programs by name. */
export const PROGRAMS: Readonly<Record<string, ProgramKind>> = {
  bully,
  lww,
  quorum,
  raft,
  ring,
  'primary-backup': primaryBackup,
  lease,
  dynamo,
  gossip,
  crdt,
  queue,
  'two-phase-commit': twoPhaseCommit,
  'oral-messages': oralMessages,
  pbft,
};
