/**
 * etcd: a replicated key-value store on Raft. Every member is one process; clients speak its JSON gateway.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type NodeAddress,
  OpFailure,
  type ProgramSpec,
  type System,
  type SystemContext,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { installedProgram, tested } from '../installed.ts';
import { EtcdGateway } from './gateway.ts';
import { LEADER, observe } from './lead.ts';
import { lockOperations } from './locks.ts';
import { etcdMembership, joiningOf } from './members.ts';
import { type Operation, REGISTER, SET } from './objects.ts';
import { LIST_APPEND } from './transactions.ts';
import { LOGS } from './watch.ts';

const OPTIONS = {
  serializable: {
    summary: 'reads are answered by the member that is asked, without asking the others: they may be stale',
    default: false,
    choices: [true, false],
  },
  fencing: {
    summary: 'what a lock guards refuses writes with an older token than one it has seen',
    default: true,
    choices: [true, false],
  },
  electionMs: {
    summary: 'time without a heartbeat after which a member stands for election; heartbeats are a tenth',
    default: 1000,
    type: 'number',
    min: 100,
    max: 50_000,
  },
  binary: {
    summary: 'path of the program; default: the etcd of the PATH. In a variant: another version beside it',
    default: null,
    type: 'string',
  },
} as const satisfies System['options'];

const OPERATIONS: Readonly<Record<string, (fencing: boolean) => Readonly<Record<string, Operation>>>> = {
  register: () => REGISTER,
  set: () => SET,
  'list-append': () => LIST_APPEND,
  lock: lockOperations,
  kafka: () => LOGS,
  leader: () => LEADER,
};

/** `faultline run etcd`. */
export const etcd: System = {
  name: 'etcd',
  summary: 'etcd from the Debian package etcd-server: registers, transactions, locks on leases, watches',
  backends: ['netns', 'tcp', 'ssh'],
  workloads: Object.fromEntries(
    Object.entries(OPERATIONS).map(([workload, operations]) => [workload, Object.keys(operations(true))]),
  ),
  ports: ['client', 'peer'],
  addressing: 'advertised',
  options: OPTIONS,
  bugs: {},
  variants: {
    'slow-election': {
      summary:
        'a member whose configuration drifted: it waits ten times as long for a leader, and beats as seldom',
      set: { electionMs: 10_000 },
    },
    'fast-election': {
      summary: 'a member whose configuration drifted: it gives a leader a fifth of the time',
      set: { electionMs: 200 },
    },
  },
  membership: etcdMembership,
  leadership: 'per-term',
  demo: {
    workload: 'register',
    nemesis: 'partition,pause,kill',
    expect: 'pass',
    because: 'reads and writes go through a majority, whoever is cut off, stopped or killed',
    config: { timeLimit: '20s', rate: 200, settle: '30s' },
    unless: {
      'serializable=true': {
        expect: 'fail',
        because: 'a member answers reads by itself, and may be behind or cut off',
      },
    },
  },
  ready: { kind: 'http', port: 'client', path: '/health' },
  readyMs: 30_000,
  program,
  async open(node, context) {
    const gateway = new EtcdGateway(context.cluster, node);
    const { options, workload } = context;
    const operations = OPERATIONS[workload]?.(option(options, 'fencing')) ?? {};
    const serializable = option(options, 'serializable');
    return {
      async invoke(op, { signal }) {
        const operation = operations[op.f];
        if (operation !== undefined) return operation(op, { gateway, signal, serializable });
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `etcd has no ${op.f}` });
      },
      close: () => gateway.close(),
    };
  },
  observe,
  programs: ({ binary }) => tested('etcd', ['--version'], typeof binary === 'string' ? binary : undefined),
  crashPatterns: ['^panic: ', '^fatal error: ', '^goroutine \\d+ \\[running\\]'],
};

function program(address: NodeAddress, { options, nodes }: Omit<SystemContext, 'cluster'>): ProgramSpec {
  const { host, ports, dataDir, id } = address;
  const own = address.advertised ?? { host, ports };
  const url = (at: { host: string; ports: Record<string, number> }, port: string): string =>
    `http://${at.host}:${at.ports[port]}`;
  const members = nodes.map((node) => {
    const peer = node === id ? own : address.peers.find((one) => one.id === node)!;
    return `${node}=${url(peer, 'peer')}`;
  });
  const electionMs = (options['electionMs'] as number | undefined) ?? OPTIONS.electionMs.default;
  const joins = joiningOf(dataDir);
  const data = join(dataDir, joins === null ? 'etcd' : `etcd-${joins.life}`);
  const binary = options['binary'];
  const flags: Record<string, string> = {
    name: id,
    'data-dir': data,
    'listen-client-urls': url(address, 'client'),
    'advertise-client-urls': url(own, 'client'),
    'listen-peer-urls': url(address, 'peer'),
    'initial-advertise-peer-urls': url(own, 'peer'),
    'initial-cluster': joins?.cluster ?? members.join(','),
    'initial-cluster-state': joins === null ? 'new' : 'existing',
    'initial-cluster-token': 'faultline',
    'election-timeout': String(electionMs),
    'heartbeat-interval': String(Math.max(10, Math.round(electionMs / 10))),
    logger: 'zap',
    'log-outputs': 'stderr',
  };
  return {
    file: typeof binary === 'string' ? binary : installedProgram('etcd', 'etcd-server'),
    args: Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    // A member that comes back while it is cut off is not healthy before it has found the others again.
    ...(existsSync(join(data, 'member')) ? { ready: { kind: 'tcp', port: 'client' } } : {}),
  };
}

function option(options: Readonly<Record<string, Json>>, name: 'serializable' | 'fencing'): boolean {
  return (options[name] ?? OPTIONS[name].default) === true;
}
