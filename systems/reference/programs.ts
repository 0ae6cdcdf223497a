/**
 * Every reference program, for whoever starts one by name: a process, a simulator, a test.
 */
import type { ProgramKind } from './api.ts';
import { bully } from './bully/bully.ts';
import { raft } from './raft/raft.ts';
import { ring } from './ring/ring.ts';

/** All reference programs. */
export const PROGRAMS: readonly ProgramKind[] = [bully, raft, ring];
