/**
 * The two-phase-commit reference system: strictly serializable transactions, and which rule keeps which anomaly out.
 */
import type { System } from '../harness/contracts.ts';
import { twoPhaseCommit as program } from './reference/two-phase-commit/two-phase-commit.ts';
import { referenceSystem } from './reference-system.ts';

/** Nodes that are killed in the middle of transactions. */
const KILLS = { timeLimit: '40s', interval: '100ms', duration: '100ms', rate: '200/s', opTimeout: '1s' };

/** `faultline demo two-phase-commit`. */
export const twoPhaseCommit: System = referenceSystem({
  name: 'two-phase-commit',
  summary: 'transactions that append to and read lists spread over all nodes: two-phase locking and commit',
  speaks: ['list-append', 'echo'],
  settings: program.settings,
  bugs: {
    'no-read-locks': {
      summary: 'reads take no locks, so a transaction may see one half of another',
      workload: 'list-append',
      checker: 'list-append',
      nemesis: 'latency',
      config: { timeLimit: '10s' },
    },
    'early-unlock': {
      summary: 'a participant gives its locks back when it has voted, before it knows the outcome',
      workload: 'list-append',
      checker: 'list-append',
      nemesis: 'latency',
      config: { timeLimit: '10s' },
    },
    'dirty-read': {
      summary: 'reads see what others have promised and may yet abort',
      workload: 'list-append',
      checker: 'list-append',
      nemesis: 'latency',
      config: { timeLimit: '10s' },
    },
    'forget-promises': {
      summary:
        'a participant keeps what it voted for in memory only, and confirms commits it knows nothing of',
      workload: 'list-append',
      checker: 'list-append',
      nemesis: 'latency,kill',
      config: { ...KILLS, nemesis: [{ fault: 'latency', params: { ms: 20 }, duration: '5s' }, 'kill'] },
      search: { isDemo: true },
    },
    'forget-decisions': {
      summary: 'a coordinator keeps its decisions in memory only, so a commit may turn into an abort',
      workload: 'list-append',
      checker: 'list-append',
      nemesis: 'loss,kill',
      // Outcomes that get lost, and coordinators that die before they repeat them.
      config: {
        ...KILLS,
        nemesis: [{ fault: 'loss', params: { probability: 0.2 }, interval: '100ms', duration: '5s' }, 'kill'],
        rate: '500/s',
        concurrency: '4n',
        workload: { name: 'list-append', keys: 30, txnsPerKey: 100, length: 3 },
        set: { statusMs: 200 },
      },
      search: { isDemo: true },
    },
    'unilateral-abort': {
      summary: 'a participant that waits for an outcome aborts by itself in the end',
      workload: 'list-append',
      checker: 'list-append',
      nemesis: 'latency,partition',
      config: {
        nemesis: [
          { fault: 'latency', params: { ms: 20 }, interval: '100ms', duration: '5s' },
          { fault: 'partition', interval: '100ms', duration: '900ms' },
        ],
        timeLimit: '40s',
        rate: '200/s',
        opTimeout: '1s',
      },
      search: { isDemo: true },
    },
    'first-vote-wins': {
      summary: 'a coordinator commits on the first yes and does not wait for a no',
      workload: 'list-append',
      checker: 'list-append',
      config: { nemesis: [], timeLimit: '10s' },
    },
  },
  demo: {
    workload: 'list-append',
    nemesis: 'partition,kill',
    expect: 'pass',
    because:
      'promises and decisions are on disk before anybody hears of them, and locks last until the outcome',
  },
});
