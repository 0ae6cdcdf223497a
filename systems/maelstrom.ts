/**
 * Any program that speaks the Maelstrom protocol on standard input and output, run unchanged.
 */
import type { Client, Delay, NodeId, System, SystemContext, WireProfile } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import { suggest, UsageError } from '../harness/registry.ts';
import { testedFiles } from './installed.ts';
import { rpcClient } from './rpc.ts';
import { LOCAL_OPERATIONS, PROTOCOL_NAMES, PROTOCOL_WORKLOADS, protocolRpcs } from './rpc-maelstrom.ts';
import { RPCS } from './rpc-tables.ts';
import { TOPOLOGIES, type Topology, topology } from './topology.ts';

/** Operations by workload for a node that knows the named workloads; an empty list: all of the protocol. */
export function maelstromWorkloads(names: readonly string[]): Record<string, readonly string[]> {
  const known = [...new Set([...PROTOCOL_WORKLOADS, ...Object.keys(RPCS)])];
  const wanted = names.length === 0 ? PROTOCOL_WORKLOADS : names.map((name) => PROTOCOL_NAMES[name] ?? name);
  return Object.fromEntries(
    wanted.map((name) => {
      if (known.includes(name)) return [name, operationsOf(name)];
      throw new UsageError(`the Maelstrom protocol has no requests for the workload "${name}"`, {
        hint: suggest(name, [...known, ...Object.keys(PROTOCOL_NAMES)]),
      });
    }),
  );
}

function operationsOf(workload: string): readonly string[] {
  const asked = Object.keys(protocolRpcs(workload, { missing: 'observed', set: 'g-set' }));
  return workload === 'kafka' ? [...asked, ...LOCAL_OPERATIONS] : asked;
}

/** A client of one node. With `--set set=broadcast` the set workload uses the `broadcast` requests. */
export async function openMaelstrom(
  node: NodeId,
  context: SystemContext,
  clientName: string,
): Promise<Client> {
  const { cluster, workload, options } = context;
  const client = rpcClient(
    cluster,
    node,
    clientName,
    protocolRpcs(workload, {
      missing: options['missing'] === 'failed' ? 'failed' : 'observed',
      set: options['set'] === 'broadcast' ? 'broadcast' : 'g-set',
    }),
  );
  return {
    ...client,
    invoke: async (op, call) => (LOCAL_OPERATIONS.includes(op.f) ? op.value : client.invoke(op, call)),
  };
}

/** What nodes are told after `init`: in the broadcast workload, who their neighbours are. */
export function maelstromWire({
  nodes,
  workload,
  options,
}: Pick<SystemContext, 'nodes' | 'workload' | 'options'>): WireProfile {
  const neighbours = topology((options['topology'] ?? 'grid') as Topology, nodes);
  const tells = workload === 'broadcast' || (workload === 'set' && options['set'] === 'broadcast');
  return {
    ...(tells ? { greetings: () => [{ type: 'topology', topology: neighbours }] } : {}),
    delay: delayOf(options),
    loss: numberOr(options['loss'], 0),
    // Each message takes its own time, as in Maelstrom: with latencies that differ, a later one may be earlier.
    overtake: true,
    unknownDest: options['unknownDest'] === 'error' ? 'error' : 'drop',
  };
}

function delayOf(options: Readonly<Record<string, Json>>): Delay {
  const ms = numberOr(options['latencyMs'], 0);
  const distribution = (options['latencyDist'] ?? 'constant') as 'constant' | 'uniform' | 'exponential';
  return { ms, distribution, ...(distribution === 'uniform' ? { jitterMs: ms } : {}) };
}

function numberOr(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** The command line of the node. */
function nodeWords({ bin, args }: Readonly<Record<string, Json>>): string[] {
  const words = typeof bin === 'string' ? bin.split(/\s+/).filter((word) => word !== '') : [];
  return [...words, ...(Array.isArray(args) ? args.map(String) : [])];
}

const LATENCY_DISTS = ['constant', 'uniform', 'exponential'];

/** `--system maelstrom --set bin="python3 echo.py"`. */
export const maelstrom: System = {
  name: 'maelstrom',
  summary: 'any node program that speaks the Maelstrom protocol, by its command line',
  backends: ['stdio'],
  workloads: maelstromWorkloads([]),
  options: {
    bin: { summary: 'command line of the node, split at blanks', default: '' },
    args: { summary: 'further words of it, as they are', default: [], type: 'list' },
    set: { summary: 'requests of the set workload', default: 'g-set', choices: ['g-set', 'broadcast'] },
    topology: { summary: 'neighbours that broadcast nodes are told', default: 'grid', choices: TOPOLOGIES },
    latencyMs: {
      summary: 'mean latency of messages between nodes, and between nodes and services',
      default: 0,
      type: 'number',
      min: 0,
      max: 600_000,
    },
    latencyDist: { summary: 'how latency is distributed', default: 'constant', choices: LATENCY_DISTS },
    loss: {
      summary: 'share of messages between nodes that are lost all the time',
      default: 0,
      type: 'number',
      min: 0,
      max: 1,
    },
    unknownDest: {
      summary: 'a message to a name nobody has: dropped, or answered with error 1 as well',
      default: 'drop',
      choices: ['drop', 'error'],
    },
    missing: {
      summary:
        'error 20, a key that does not exist: observed, or failed, which says nothing, as in Maelstrom',
      default: 'observed',
      choices: ['observed', 'failed'],
    },
  },
  bugs: {},
  ready: { kind: 'init' },
  wire: maelstromWire,
  program(_, context) {
    const [file, ...rest] = nodeWords(context.options);
    if (file === undefined) {
      throw new UsageError('maelstrom needs the node program to run', {
        hint: '--set bin="python3 node.py"',
      });
    }
    return { file, args: rest };
  },
  programs: (options) => testedFiles(nodeWords(options), process.cwd()),
  open: openMaelstrom,
};
