/**
 * The first event of a run, for tests of whoever listens.
 */
import type { PlanReady } from '../../harness/events.ts';

/** A run of one node in this folder, without faults. */
export function planReadyIn(folder: string): PlanReady {
  return {
    kind: 'plan-ready',
    command: 'run',
    name: 'x',
    workload: 'register',
    nemeses: [],
    system: 'raft',
    bugs: [],
    nodes: ['n1'],
    backend: 'sim',
    seed: 1,
    concurrency: 1,
    loadMs: 1,
    faults: [],
    skipped: [],
    folder,
  };
}
