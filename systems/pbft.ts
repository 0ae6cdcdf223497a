/**
 * The pbft reference system: consensus among replicas of which some lie, and what each of its rules keeps out.
 */
import type { System } from '../harness/contracts.ts';
import type { SearchHints } from '../harness/search-hints.ts';
import { pbft as program } from './reference/pbft/pbft.ts';
import { mostFaulty, traitorsAmong } from './reference/traitors.ts';
import { referenceSystem } from './reference-system.ts';

/** Four replicas, one of them a traitor. */
const FOUR = {
  nodes: 4,
  nemesis: [],
  timeLimit: '15s',
  rate: '80/s',
  concurrency: '1n',
  opTimeout: '2s',
};
/** Views that change before replicas have caught up. */
const HASTE = { patienceMs: 150, resendMs: 1000 };
/** The same, with replicas that are cut off now and then, so that views change and replicas lag. */
const CUTS = {
  ...FOUR,
  nemesis: [
    { fault: 'partition', interval: '150ms', duration: '500ms' },
    { fault: 'loss', params: { probability: 0.1 }, interval: '200ms', duration: '5s' },
  ],
  timeLimit: '30s',
};

/** Few clients, so that there are many instances; all of them propose to each, which is what lies feed on. */
const MANY: SearchHints = {
  count: 0,
  loadMs: 2000,
  perSecond: 80,
  clients: 1,
  opTimeoutMs: 1000,
  faults: [],
};
/** The same while replicas are cut off and miss messages. */
const LAGGING: SearchHints = {
  ...MANY,
  faults: [
    { fault: 'partition', lastsMs: [200, 700] },
    { fault: 'loss', mode: 'random', target: 'all', params: { probability: 0.1 }, lastsMs: [500, 2000] },
  ],
  count: 8,
  loadMs: 3000,
};

/** `faultline demo pbft`. */
export const pbft: System = referenceSystem({
  name: 'pbft',
  summary: 'practical Byzantine fault tolerance: requests in one order in spite of replicas that lie',
  speaks: ['agreement', 'echo'],
  operations: { agreement: ['propose', 'decide'] },
  settings: program.settings,
  consensus: (nodes, options) => ({
    faulty: traitorsAmong(nodes, Number(options['traitors'] ?? 1)),
    validity: 'anyone',
    proposers: 'many',
  }),
  byzantine: (nodes) => {
    const faults = mostFaulty(nodes);
    return { survives: 3 * faults < nodes ? faults : 0, settings: { traitors: 0, faults } };
  },
  bugs: {
    'skip-prepare': {
      summary: 'replicas commit what the primary says without hearing what it said to others',
      workload: 'agreement',
      checker: 'agreement',
      nemesis: 'partition,loss',
      config: { ...CUTS, set: HASTE },
      search: { ...LAGGING, isDemo: true },
    },
    'weak-quorum': {
      summary: 'f + 1 replicas are a quorum, so two of them need not share an honest one',
      workload: 'agreement',
      checker: 'agreement',
      config: FOUR,
      search: { ...MANY, isDemo: true },
    },
    'accept-two-preprepares': {
      summary: 'a replica accepts a second request for a slot',
      workload: 'agreement',
      checker: 'agreement',
      config: FOUR,
      search: MANY,
    },
    'forget-prepared': {
      summary: 'a new primary begins with empty slots, whatever was prepared before',
      workload: 'agreement',
      checker: 'agreement',
      nemesis: 'loss',
      // Replicas that miss some of what was committed, for long, while views change all the time.
      config: {
        ...FOUR,
        nemesis: [{ fault: 'loss', params: { probability: 0.3 }, interval: '100ms', duration: '20s' }],
        timeLimit: '90s',
        set: { patienceMs: 300, resendMs: 300 },
      },
      search: { ...LAGGING, isDemo: true },
    },
    'trust-one': {
      summary: 'a replica that lags believes the first that tells it what it missed',
      workload: 'agreement',
      checker: 'agreement',
      nemesis: 'partition,loss',
      config: { ...CUTS, set: { lies: 'lie' } },
      search: { ...LAGGING, isDemo: true },
    },
    'trust-primary': {
      summary: 'replicas accept requests from the primary that no client made',
      workload: 'agreement',
      checker: 'agreement',
      config: { ...FOUR, set: { lies: 'lie' } },
    },
  },
  demo: {
    workload: 'agreement',
    nemesis: 'none',
    expect: 'pass',
    because: 'any two quorums of n - f share an honest replica when n > 3f',
    config: { nodes: 4 },
    given: (nodes, options) =>
      nodes > 3 * Number(options['traitors'] ?? 1)
        ? null
        : { expect: 'fail', because: 'on 3f nodes two quorums may share nobody but the traitor' },
  },
});
