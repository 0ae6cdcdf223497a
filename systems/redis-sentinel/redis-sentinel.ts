/**
 * Redis with Sentinels: one primary that copies to the others without waiting for them, and a Sentinel at each node that
 * makes another one the primary when a majority of them miss it.
 */
import {
  type LeaderObservation,
  type NodeId,
  OpFailure,
  type System,
  type SystemContext,
} from '../../harness/contracts.ts';
import { tested } from '../installed.ts';
import { connection, nodeAt, SentinelClient } from './client.ts';
import { operationsOf } from './objects.ts';
import { program, SETTINGS } from './program.ts';

const OPTIONS = {
  ...SETTINGS,
  waitReplicas: {
    summary: 'a write waits for so many replicas (WAIT) and is unknown if they do not have it in 400 ms',
    default: 0,
    type: 'number',
    min: 0,
    max: 100,
  },
  fencing: {
    summary: 'what a lock guards refuses writes with an older token than one it has seen',
    default: true,
    choices: [true, false],
  },
} as const satisfies System['options'];

/** `faultline run redis-sentinel`. */
export const redisSentinel: System = {
  name: 'redis-sentinel',
  summary:
    'Redis and Sentinel from the Debian packages redis-server and redis-sentinel: registers, a set, locks',
  backends: ['netns', 'tcp'],
  workloads: Object.fromEntries(
    ['set', 'register', 'lock', 'leader'].map((name) => [name, Object.keys(operationsOf(name, true))]),
  ),
  ports: ['redis', 'sentinel'],
  addressing: 'advertised',
  options: OPTIONS,
  bugs: {},
  leadership: 'exclusive',
  demo: {
    workload: 'set',
    nemesis: 'partition:isolate-leader',
    expect: 'fail',
    because: 'a primary that is cut off goes on acknowledging writes, and drops them when it is back',
    config: { nodes: 3, timeLimit: '25s', interval: '2s', duration: '10s', rate: 300, settle: '30s' },
  },
  ready: { kind: 'tcp', port: 'redis' },
  readyMs: 40_000,
  program,
  async open(node, { cluster, options, workload }) {
    const client = new SentinelClient(cluster, node, Number(options['waitReplicas'] ?? 0));
    const operations = operationsOf(workload, options['fencing'] !== false);
    return {
      async invoke(op, { signal }) {
        const operation = operations[op.f];
        if (operation !== undefined) return operation(op, client, signal);
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `redis has no ${op.f}` });
      },
      close: async () => client.close(),
    };
  },
  observe,
  programs: () => tested('redis-server'),
  crashPatterns: ['=== REDIS BUG REPORT START', 'crashed by signal'],
};

/** Asks a server for its role; a replica names its primary. */
async function observe(
  node: NodeId,
  { cluster }: SystemContext,
  signal: AbortSignal,
): Promise<LeaderObservation> {
  const redis = connection(cluster, node, 'redis');
  try {
    const role = await redis.command(['ROLE'], signal);
    const [kind, host, port] = Array.isArray(role) ? role : [];
    const leading = kind === 'master';
    const leader = leading ? node : nodeAt(cluster, String(host), Number(port));
    return { leading, leader, term: null };
  } finally {
    redis.close();
  }
}
