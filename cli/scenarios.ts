/**
 * Demonstrations that are more than one system under one fault: a question, and the run that answers it.
 */
import type { Config } from '../harness/config/types.ts';

/** A demonstration by name. */
export interface Scenario {
  system: string;
  summary: string;
  because: string;
  config: Config;
}

/** All scenarios. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'exercise-3': {
    system: 'raft',
    summary:
      'leader election for a database of five nodes that survives partitions, kills, pauses and clocks',
    because:
      'a majority elects at most one leader per term, the term fences off the one before it, and a leader that ' +
      'is gone is replaced',
    config: {
      nodes: 5,
      workload: 'leader',
      nemesis: [
        { fault: 'partition', interval: '1s', duration: '2s' },
        { fault: 'kill', target: 'leader', interval: '3s', duration: '1s' },
        { fault: 'pause', target: 'one', interval: '2s', duration: '1500ms' },
        { fault: 'clock', mode: 'jump', target: 'minority', interval: '1500ms', duration: '2s' },
      ],
      checkers: [{ name: 'election-safety', leadership: 'per-term' }, 'election-liveness'],
      timeLimit: '30s',
      rate: 100,
      settle: '10s',
    },
  },
};
