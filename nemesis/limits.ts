/**
 * Takes resources from nodes: memory they may still ask for, files they may open. By the kernel's own limits on the
 * running processes; what is taken is given back when it ends.
 */
import { addressSpace, type LimitKind, setSoftLimit, softLimit } from '../harness/cluster/limits.ts';
import type { Evidence, Fault, FaultContext, NodeId, PlannedFault } from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { count, failed, installed, skipped } from './evidence.ts';
import { isUp, onEach } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

interface Limited {
  pid: number;
  before: string;
  limit: string;
}
type Note = { nodes: NodeId[]; limited: Limited[] };

interface LimitFault {
  name: string;
  summary: string;
  mode: { name: string; summary: string };
  param: { name: string; summary: string; default: number; min: number; max: number };
  colour: number;
  kind: LimitKind;
  /** The limit for a process; null: it is gone. */
  limitOf(pid: number, param: number): number | null;
}

/** A fault of this kind, and what its injections must remember. */
interface Limits {
  spec: LimitFault;
  notes: Notebook<Note>;
}

async function limitNode(
  limits: Limits,
  node: NodeId,
  fault: PlannedFault,
  context: FaultContext,
  note: Note,
) {
  for (const pid of context.cluster.pids(node)) {
    const before = softLimit(pid, limits.spec.kind);
    const limit = limits.spec.limitOf(pid, fault.params[limits.spec.param.name] as number);
    if (before === null || limit === null) continue;
    note.limited.push({ pid, before, limit: String(limit) });
    await setSoftLimit(pid, limits.spec.kind, String(limit));
  }
  return installed(`${node} limited`, true);
}

async function inject(limits: Limits, fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const wanted = await nodesNow(fault, context);
  if (wanted.length === 0) return skipped('nobody leads at this moment');
  const nodes = wanted.filter((node) => isUp(cluster, node));
  if (nodes.length === 0) return skipped(`${wanted.join(', ')} down`, { nodes: wanted });
  signal.throwIfAborted();
  const note: Note = { nodes, limited: [] };
  limits.notes.write(cluster, fault.id, note);
  const results = await onEach(nodes, (node) => limitNode(limits, node, fault, context, note));
  const held = note.limited.filter(({ pid, limit }) => softLimit(pid, limits.spec.kind) === limit);
  const measures = { nodes, limits: Object.fromEntries(held.map(({ pid, limit }) => [pid, limit])) };
  if (results.failures.length > 0) return failed(results.failures.join('; '), measures);
  if (note.limited.length === 0) {
    limits.notes.erase(cluster, fault.id);
    return skipped(`${nodes.join(', ')} without a process at this moment`, measures);
  }
  const summary = `${count(held.length, 'process', 'processes')} of ${nodes.join(', ')} limited`;
  return held.length > 0 ? installed(summary, true, measures) : failed('no process took the limit', measures);
}

async function undo(limits: Limits, fault: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
  const note = limits.notes.read(cluster, fault.id);
  if (note === undefined) return skipped('was not installed');
  let raised = 0;
  for (const { pid, before, limit } of note.limited) {
    // A process that has ended took its limit along, and its number may be somebody else's.
    if (softLimit(pid, limits.spec.kind) === limit && (await setSoftLimit(pid, limits.spec.kind, before)))
      raised++;
  }
  const down = note.nodes.filter((node) => cluster.state(node) === 'crashed');
  const results = await onEach(down, (node) => cluster.restart(node));
  const measures = { raised, restarted: down, details: results.summaries };
  const still = down.filter((node) => cluster.state(node) === 'crashed');
  if (still.length > 0) return failed(`${still.join(', ')} did not come back`, measures);
  limits.notes.erase(cluster, fault.id);
  const ended = down.length === 0 ? '' : `, ${down.join(', ')} had ended and came back`;
  return installed(`${count(raised, 'limit')} lifted${ended}`, null, measures);
}

function limiting(spec: LimitFault): Fault {
  const limits: Limits = { spec, notes: new Notebook<Note>() };
  const { name, param, mode } = spec;
  const fault: Fault = {
    name,
    summary: spec.summary,
    modes: {
      [mode.name]: {
        summary: mode.summary,
        params: {
          [param.name]: {
            summary: param.summary,
            default: param.default,
            min: param.min,
            max: param.max,
          },
        },
      },
    },
    defaultMode: mode.name,
    lane: name,
    conflicts: [],
    span: { label: name, colour: spec.colour },
    needs: () => ['process.limits'],
    plan(asked, params, target, nodes, rng) {
      const given = resolveParams(fault, asked, params);
      return { ...drawTarget(target, nodes, rng, ['one', 'minority']), params: given };
    },
    undoActions: () => [{ kind: 'none', because: 'limits end with the processes of the run' }],
    inject: (planned, context) => inject(limits, planned, context),
    undo: (planned, context) => undo(limits, planned, context),
  };
  return fault;
}

const MIB = 1024 * 1024;

/** The memory fault, one lane. */
export const memory: Fault = limiting({
  name: 'memory',
  summary: 'Lets nodes have little more memory than they have: what they ask for beyond is refused.',
  mode: { name: 'limit', summary: 'a limit on the address space of each process, so much above what it has' },
  param: { name: 'mib', summary: 'MiB each process may still get', default: 8, min: 0, max: 1_000_000 },
  colour: 26,
  kind: 'as',
  limitOf(pid, mib) {
    const now = addressSpace(pid);
    return now === null ? null : now + mib * MIB;
  },
});

/** The descriptors fault, one lane. */
export const descriptors: Fault = limiting({
  name: 'descriptors',
  summary: 'Lets nodes open no more files and connections than a few.',
  mode: { name: 'limit', summary: 'a limit on open files of each process; those it has stay open' },
  param: {
    name: 'files',
    summary: 'open files and sockets a process may have',
    default: 16,
    min: 1,
    max: 1_000_000,
  },
  colour: 27,
  kind: 'nofile',
  limitOf: (_pid, files) => files,
});
