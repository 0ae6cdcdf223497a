/**
 * ZooKeeper: a replicated tree of small files. Clients speak its wire protocol with one server each.
 */
import { OpFailure, type System } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { ZooKeeperClient } from './client.ts';
import { leaderOperations, observe } from './lead.ts';
import { lockOperations } from './locks.ts';
import { REGISTER, SET } from './objects.ts';
import { program, TIMING, testedZookeeper } from './program.ts';

const OPTIONS = {
  sync: {
    summary: 'a server catches up with its leader before it answers a read; plain reads may be stale',
    default: false,
    choices: [true, false],
  },
  fencing: {
    summary: 'what a lock guards refuses writes with an older token than one it has seen',
    default: true,
    choices: [true, false],
  },
  ...TIMING,
} as const satisfies System['options'];

/** `faultline run zookeeper`. */
export const zookeeper: System = {
  name: 'zookeeper',
  summary: 'ZooKeeper from the Debian package zookeeper: registers, a set, locks of sessions',
  backends: ['netns', 'tcp'],
  workloads: {
    register: ['read', 'write', 'cas'],
    set: ['add', 'read'],
    lock: ['acquire', 'release', 'write'],
    leader: ['command'],
  },
  ports: ['client', 'quorum', 'election'],
  addressing: 'own-hosts',
  options: OPTIONS,
  bugs: {},
  leadership: 'per-term',
  demo: {
    workload: 'register',
    nemesis: 'partition',
    expect: 'fail',
    because: 'a server answers plain reads by itself, and may be behind or cut off',
    config: { nodes: 3, timeLimit: '20s', settle: '30s', interval: '4s', duration: '6s' },
    unless: {
      'sync=true': { expect: 'pass', because: 'a server that must ask its leader first cannot be behind' },
    },
  },
  // Every server that has joined a leader says so.
  ready: { kind: 'log', pattern: 'Peer state changed: (leading|following) - broadcast' },
  readyMs: 30_000,
  program,
  async open(node, { cluster, options, workload }) {
    const client = new ZooKeeperClient(cluster, node);
    const locks = lockOperations(option(options, 'fencing'));
    const operations = {
      register: REGISTER,
      set: SET,
      lock: locks.operations,
      leader: leaderOperations(cluster, node),
    }[workload];
    const sync = option(options, 'sync');
    return {
      async invoke(op, { signal }) {
        const operation = operations?.[op.f];
        if (operation !== undefined) return operation(op, { client, signal, sync });
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `zookeeper has no ${op.f}` });
      },
      async close() {
        locks.close();
        client.close();
      },
    };
  },
  observe,
  // Not `Severe unrecoverable error`: a follower that loses its leader may log it and goes on.
  programs: testedZookeeper,
  crashPatterns: ['java\\.lang\\.OutOfMemoryError', 'A fatal error has been detected by the Java Runtime'],
};

function option(options: Readonly<Record<string, Json>>, name: 'sync' | 'fencing'): boolean {
  return (options[name] ?? OPTIONS[name].default) === true;
}
