/**
 * Any program that speaks the Maelstrom protocol on standard input and output, run unchanged.
 */
import type { Client, NodeId, System, SystemContext } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import { suggest, UsageError } from '../harness/registry.ts';
import { type RpcTable, rpcClient } from './rpc.ts';
import { BROADCAST, operationsOf, RPCS, rpcsFor } from './rpc-tables.ts';

/** Workloads with RPCs in the protocol; `leader` is an extension of the reference systems. */
const WORKLOADS = ['register', 'set', 'unique-ids', 'echo'];

/** Operations by workload for a node that knows the named workloads; an empty list: all of them. */
export function maelstromWorkloads(names: readonly string[]): Record<string, readonly string[]> {
  for (const name of names) {
    if (!Object.hasOwn(RPCS, name)) {
      throw new UsageError(`the Maelstrom protocol has no requests for the workload "${name}"`, {
        hint: suggest(name, Object.keys(RPCS)),
      });
    }
  }
  return operationsOf(names.length === 0 ? WORKLOADS : names);
}

/** A client of one node. With `--set set=broadcast` the set workload uses the `broadcast` requests. */
export async function openMaelstrom(
  node: NodeId,
  context: SystemContext,
  clientName: string,
): Promise<Client> {
  return rpcClient(context.cluster, node, clientName, tableFor(context.workload, context.options));
}

function tableFor(workload: string, options: Readonly<Record<string, Json>>): RpcTable {
  if (workload === 'set' && options['set'] === 'broadcast') return BROADCAST;
  return rpcsFor(workload);
}

/** `--system maelstrom --set bin="python3 echo.py"`. */
export const maelstrom: System = {
  name: 'maelstrom',
  summary: 'any node program that speaks the Maelstrom protocol, by its command line',
  backends: ['stdio'],
  workloads: maelstromWorkloads([]),
  options: {
    bin: { summary: 'command line of the node, split at blanks', default: '' },
    set: { summary: 'requests of the set workload', default: 'g-set', choices: ['g-set', 'broadcast'] },
  },
  bugs: {},
  ready: { kind: 'init' },
  program(_, context) {
    const bin = context.options['bin'];
    const words = typeof bin === 'string' ? bin.split(/\s+/).filter((word) => word !== '') : [];
    if (words.length === 0) {
      throw new UsageError('maelstrom needs the node program to run', {
        hint: '--set bin="python3 node.py"',
      });
    }
    return { file: words[0]!, args: words.slice(1) };
  },
  open: openMaelstrom,
};
