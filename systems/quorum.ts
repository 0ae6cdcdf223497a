/**
 * The quorum reference system: a register on majorities, and what each of its rounds is there for.
 */
import type { System } from '../harness/contracts.ts';
import { quorum as program } from './reference/quorum/quorum.ts';
import { referenceSystem } from './reference-system.ts';

/** What makes stale and forked versions visible: cuts, and writes that are given up soon. */
const CUTS = { timeLimit: '15s', interval: '500ms', duration: '1500ms', opTimeout: '500ms' };

/** Replicas that differ most of the time, and few keys that are read and written often. */
const LOSSY = {
  nemesis: [
    { fault: 'loss', params: { probability: 0.3 }, interval: '200ms', duration: '5s' },
    { fault: 'latency', params: { ms: 20 }, interval: '200ms', duration: '5s' },
  ],
  workload: { name: 'register', keysPerGroup: 1 },
  timeLimit: '15s',
  rate: '400/s',
  opTimeout: '300ms',
};

/** `faultline demo quorum`. */
export const quorum: System = referenceSystem({
  name: 'quorum',
  summary: 'linearizable registers on majorities of replicas, without a leader (ABD)',
  speaks: ['register', 'echo'],
  operations: { register: ['read', 'write'] },
  settings: program.settings,
  bugs: {
    'no-write-back': {
      summary: 'a read does not store what it returns at a majority, so a later read may return less',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'loss,latency',
      config: LOSSY,
      search: { isDemo: true },
    },
    'read-one': {
      summary: 'a read asks no other replica',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'partition',
      config: CUTS,
    },
    'write-one': {
      summary: 'a write is acknowledged as soon as one replica has it',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'loss,latency',
      config: LOSSY,
      search: { isDemo: true },
    },
    'no-query': {
      summary: 'a write does not ask for the newest timestamp, so it may be older than what it replaces',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'loss,partition',
      config: {
        ...CUTS,
        nemesis: [{ fault: 'loss', interval: '200ms', duration: '5s' }, 'partition'],
        rate: '400/s',
      },
    },
    'tie-by-arrival': {
      summary: 'of two versions with equal counts a replica keeps the one that came last',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'latency:exponential',
      config: {
        nemesis: [
          { fault: 'latency', mode: 'exponential', params: { ms: 10 }, interval: '100ms', duration: '30s' },
        ],
        workload: { name: 'register', keysPerGroup: 2, readers: 0.4, reads: 0.5 },
        timeLimit: '30s',
        rate: '400/s',
      },
      search: {
        isDemo: true,
        workload: 'register',
        faults: [
          {
            fault: 'latency',
            mode: 'exponential',
            target: 'all',
            params: { ms: 20 },
            lastsMs: [500, 1500],
          },
        ],
        count: 5,
        loadMs: 1000,
        perSecond: 300,
        clients: 3,
      },
    },
    'volatile-replica': {
      summary: 'replicas keep what they acknowledged in memory only',
      workload: 'register',
      checker: 'linearizable',
      nemesis: 'kill@all',
      config: { timeLimit: '10s', interval: '1500ms', duration: '300ms' },
    },
  },
  demo: {
    workload: 'register',
    nemesis: 'partition',
    expect: 'pass',
    because: 'any two majorities share a replica, and reads write back what they return',
  },
});
