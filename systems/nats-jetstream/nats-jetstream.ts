/**
 * NATS with JetStream: streams of messages, each replicated by a Raft group of its own.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Invocation,
  type LeaderObservation,
  type NodeAddress,
  type NodeId,
  OpFailure,
  type ProgramSpec,
  type System,
  type SystemContext,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { HttpConnection } from '../command/http.ts';
import { installedProgram, tested } from '../installed.ts';
import { JetStreamClient } from './client.ts';

const OPTIONS = {
  replicas: {
    summary: 'replicas of every stream; never more than there are nodes',
    default: 3,
    choices: [1, 3, 5],
  },
} as const satisfies System['options'];

type Operation = (op: Invocation, client: JetStreamClient, signal: AbortSignal) => Promise<Json>;

const REGISTER: Readonly<Record<string, Operation>> = {
  async read(op, client, signal) {
    return (await client.last('registers', subjectOf(op), signal))?.value ?? null;
  },
  async write(op, client, signal) {
    await client.publish(subjectOf(op), op.value, signal);
    return op.value;
  },
  async cas(op, client, signal) {
    const [from, to] = op.value as [Json, Json];
    const found = await client.last('registers', subjectOf(op), signal);
    if (JSON.stringify(found?.value ?? null) !== JSON.stringify(from)) {
      throw new OpFailure({ definite: true, kind: 'precondition-failed', message: 'another value is there' });
    }
    await client.publish(subjectOf(op), to, signal, found?.seq ?? 0);
    return op.value;
  },
};

const SET: Readonly<Record<string, Operation>> = {
  async add(op, client, signal) {
    await client.publish('elements', op.value, signal);
    return op.value;
  },
  read: (_op, client, signal) => client.all('elements', signal),
};

const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  set: SET,
  register: REGISTER,
};

/** `faultline run nats-jetstream`. */
export const natsJetstream: System = {
  name: 'nats-jetstream',
  summary:
    'NATS with JetStream from the Debian package nats-server: a stream as a set, subjects as registers',
  backends: ['netns', 'tcp'],
  workloads: Object.fromEntries(
    Object.entries(OPERATIONS).map(([workload, operations]) => [workload, Object.keys(operations)]),
  ),
  ports: ['client', 'http', 'cluster'],
  addressing: 'advertised',
  options: OPTIONS,
  bugs: {},
  leadership: 'per-term',
  ready: { kind: 'http', port: 'http', path: '/healthz' },
  readyMs: 30_000,
  program,
  async open(node, { cluster, options, workload, nodes }) {
    const client = new JetStreamClient(cluster, node);
    const wanted = Number(options['replicas'] ?? OPTIONS.replicas.default);
    await client.prepare(Math.min(wanted, nodes.length));
    const operations = OPERATIONS[workload] ?? {};
    return {
      async invoke(op, { signal }) {
        const operation = operations[op.f];
        if (operation !== undefined) return operation(op, client, signal);
        throw new OpFailure({ definite: true, kind: 'not-supported', message: `nats has no ${op.f}` });
      },
      close: async () => client.close(),
    };
  },
  observe,
  programs: () => tested('nats-server'),
  crashPatterns: ['^panic: ', '^fatal error: ', '^goroutine \\d+ \\[running\\]'],
};

function program(address: NodeAddress, { nodes }: Omit<SystemContext, 'cluster'>): ProgramSpec {
  const { id, host, ports, peers } = address;
  const folder = join(address.dataDir, 'nats');
  const data = join(folder, 'data');
  const fresh = !existsSync(data);
  mkdirSync(data, { recursive: true });
  const told = address.advertised ?? { host, ports };
  const routes = peers
    .filter((peer) => nodes.includes(peer.id))
    .map((peer) => `nats://${peer.host}:${peer.ports['cluster']}`);
  const configuration = join(folder, 'nats.conf');
  const cluster = {
    name: 'faultline',
    listen: `${host}:${ports['cluster']}`,
    advertise: `${told.host}:${told.ports['cluster']}`,
    routes,
  };
  const settings = {
    server_name: id,
    listen: `${host}:${ports['client']}`,
    http: `${host}:${ports['http']}`,
    jetstream: { store_dir: data, max_mem: 64 * 1024 * 1024, max_file: 1024 * 1024 * 1024 },
    ...(nodes.length > 1 ? { cluster } : {}),
  };
  // Its configuration may be JSON.
  writeFileSync(configuration, JSON.stringify(settings, null, 1));
  return {
    file: installedProgram('nats-server', 'nats-server'),
    args: ['-c', configuration],
    // One that comes back while it is cut off is not healthy before it has found the others again.
    ...(fresh ? {} : { ready: { kind: 'tcp', port: 'client' } }),
  };
}

/** Asks a server who leads the streams; it tells no term. */
async function observe(
  node: NodeId,
  { cluster, workload }: SystemContext,
  signal: AbortSignal,
): Promise<LeaderObservation> {
  const { host, port } = cluster.clientAddress(node, 'http');
  const connection = new HttpConnection(host, port);
  try {
    const path = '/jsz?accounts=true&streams=true';
    const outcome = await connection.request({ method: 'GET', path, headers: {}, body: null }, signal);
    const text = outcome.kind === 'none' ? '' : outcome.answer.text;
    const leader = leaderIn(text, workload === 'set' ? 'elements' : 'registers');
    return { leading: leader === node, leader, term: null };
  } finally {
    await connection.close();
  }
}

/** Whom a page of a server's monitoring names as the leader of a stream. Throws `OpFailure` where it names nobody. */
export function leaderIn(page: string, stream: string): NodeId {
  interface Page {
    account_details?: { stream_detail?: { name: string; cluster?: { leader?: string } }[] }[];
  }
  try {
    const accounts = (JSON.parse(page) as Page).account_details ?? [];
    const streams = accounts.flatMap(({ stream_detail: details }) => details ?? []);
    const leader = streams.find(({ name }) => name === stream)?.cluster?.leader;
    if (typeof leader === 'string' && leader !== '') return leader;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new OpFailure({ definite: true, kind: 'no-leader', message: `${stream} has no leader here` });
}

function subjectOf(op: Invocation): string {
  return `registers.${Buffer.from(JSON.stringify(op.key ?? null), 'utf8').toString('hex')}`;
}
