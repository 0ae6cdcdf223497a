/**
 * Cases with a part taken out, everything else as it was.
 */
import type { NodeId, PlannedFault } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import type { Case } from '../harness/sim/case.ts';

/** The same case with the node of every operation named, so that it stays when nodes or clients go. */
export function pinned(c: Case): Case {
  return { ...c, ops: c.ops.map((op) => ({ ...op, node: op.node ?? c.nodes[op.client % c.nodes.length]! })) };
}

/** Without a node: its operations go to the next one, faults leave it out, those of it alone are gone. */
export function withoutNode(c: Case, node: NodeId): Case {
  const nodes = c.nodes.filter((one) => one !== node);
  const heir = nodes[c.nodes.indexOf(node) % nodes.length]!;
  return {
    ...c,
    nodes,
    ops: pinned(c).ops.map((op) => (op.node === node ? { ...op, node: heir } : op)),
    faults: c.faults.flatMap((fault) => withoutTarget(fault, node)),
  };
}

function withoutTarget(fault: PlannedFault, node: NodeId): PlannedFault[] {
  const nodes = fault.nodes.filter((one) => one !== node);
  if (fault.nodes.length > 0 && nodes.length === 0) return [];
  const target = Array.isArray(fault.target) ? fault.target.filter((one) => one !== node) : fault.target;
  const params = withoutName(fault.params, node) as Record<string, Json>;
  if (Array.isArray(params['cuts'])) {
    // A cut is a pair of ends.
    const cuts = params['cuts'].filter((cut) => Array.isArray(cut) && cut.length === 2);
    if (cuts.length === 0 && fault.mode !== 'isolate-leader') return [];
    params['cuts'] = cuts;
  }
  return [{ ...fault, nodes, target, params }];
}

/** A value without a name, in lists and as a key, however deep. */
function withoutName(value: Json, name: string): Json {
  if (Array.isArray(value)) return value.filter((one) => one !== name).map((one) => withoutName(one, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== name)
      .map(([key, one]) => [key, withoutName(one, name)]),
  );
}

/** The operations of one client are asked by another; each still of its node. */
export function mergedClients(c: Case, client: number, into: number): Case {
  const ops = pinned(c).ops.map((op) => (op.client === client ? { ...op, client: into } : op));
  return { ...c, ops: ops.sort((a, b) => a.atNs - b.atNs) };
}

/** Clients from 0 on, without gaps. */
export function renumbered(c: Case): Case {
  const clients = [...new Set(c.ops.map((op) => op.client))].sort((a, b) => a - b);
  return { ...c, ops: pinned(c).ops.map((op) => ({ ...op, client: clients.indexOf(op.client) })) };
}
