/**
 * The queue reference system: a broker, and the ways in which messages get lost or come twice.
 */
import type { System } from '../harness/contracts.ts';
import { queue as program } from './reference/queue/queue.ts';
import { referenceSystem } from './reference-system.ts';

/** The broker is killed and comes back. */
const BROKER_RESTARTS = { timeLimit: '10s', interval: '600ms', duration: '100ms', opTimeout: '1s' };

/** `faultline demo queue`. */
export const queue: System = referenceSystem({
  name: 'queue',
  summary: 'a message queue: n1 is the broker with a durable log, all other nodes pass requests on',
  speaks: ['queue', 'requests', 'echo'],
  settings: program.settings,
  bugs: {
    'ack-before-write': {
      summary: 'the broker acknowledges what it writes to disk only later',
      workload: 'queue',
      checker: 'queue',
      nemesis: 'kill@n1',
      config: BROKER_RESTARTS,
    },
    redeliver: {
      summary: 'that a message was taken is not written to disk, so it comes again after a restart',
      workload: 'queue',
      checker: 'queue',
      nemesis: 'kill@n1',
      config: BROKER_RESTARTS,
    },
    'no-dedupe': {
      summary: 'a request that arrives twice is done twice',
      workload: 'queue',
      checker: 'queue',
      nemesis: 'duplicate',
      config: { timeLimit: '10s' },
    },
    'late-removal': {
      summary: 'a message stays in the queue for 10 ms after it was given out',
      workload: 'queue',
      checker: 'queue',
      config: { nemesis: [], timeLimit: '5s', rate: '400/s' },
    },
    'full-and-silent': {
      summary: 'a queue of eight messages acknowledges more and drops them',
      workload: 'queue',
      checker: 'queue',
      config: { nemesis: [], timeLimit: '5s', rate: '400/s' },
    },
  },
  demo: {
    workload: 'queue',
    nemesis: 'kill,duplicate',
    expect: 'pass',
    because: 'every change is on disk before it is acknowledged, and a request that comes twice is done once',
    config: {
      nemesis: [
        { fault: 'kill', interval: '3s', duration: '1s' },
        { fault: 'duplicate', interval: '1s', duration: '2s' },
      ],
    },
  },
});
