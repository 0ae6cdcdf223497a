/**
 * Pauses nodes with SIGSTOP, to their whole process group: alive, holding their locks and connections, and not
 * scheduled, like a long garbage collection. Shown by process state T. The one fault that outlives a harness
 * that dies, so its SIGCONT goes to the ledger first.
 */

import { processInfo } from '../harness/cluster/proc.ts';
import type {
  Evidence,
  Fault,
  FaultContext,
  NodeId,
  PlannedFault,
  UndoAction,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { failed, installed, skipped } from './evidence.ts';
import { onEach } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

const notes = new Notebook<NodeId[]>();

function undoActions(fault: PlannedFault, { cluster }: FaultContext): UndoAction[] {
  const actions: UndoAction[] = [];
  for (const node of fault.nodes) {
    const pid = cluster.pids(node)[0];
    const leader = pid === undefined ? null : processInfo(pid);
    if (leader === null) continue;
    const { pid: group, startTicks } = leader;
    actions.push({ kind: 'signal', pid: group, startTicks, signal: 'SIGCONT', group: true });
  }
  return actions.length > 0 ? actions : [{ kind: 'none', because: 'no process to stop was found' }];
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const wanted = await nodesNow(fault, context);
  if (wanted.length === 0) return skipped('nobody leads at this moment');
  const running = wanted.filter((node) => cluster.state(node) === 'running');
  if (running.length === 0) {
    const states = wanted.map((node) => `${node} is ${cluster.state(node)}`);
    return skipped(`nothing to pause: ${states.join(', ')}`, { nodes: wanted });
  }
  signal.throwIfAborted();
  notes.write(cluster, fault.id, running);
  const results = await onEach(running, (node) => cluster.pause(node));
  const states = Object.fromEntries(
    running.map((node) => [node, cluster.pids(node).map((pid) => processInfo(pid)?.state ?? 'gone')]),
  );
  const measures = {
    nodes: running,
    notRunning: wanted.filter((node) => !running.includes(node)),
    processStates: states,
    details: results.summaries,
  };
  if (results.failures.length > 0) return failed(results.failures.join('; '), measures);
  const awake = running.filter((node) => cluster.state(node) !== 'paused');
  if (awake.length > 0) return failed(`${awake.join(', ')} not stopped`, measures);
  const seen = Object.values(states).flat();
  const measured = seen.length > 0 && seen.every((state) => state === 'T' || state === 't');
  // Nodes without processes say themselves whether they are paused.
  const bit = measured || (seen.length === 0 && saidSo(results.evidence.values()));
  return installed(
    `${running.join(', ')} paused${measured ? ', process state T' : ''}`,
    bit ? true : null,
    measures,
  );
}

function saidSo(evidence: Iterable<Evidence>): boolean {
  return [...evidence].every((each) => each.bit === true);
}

async function undo(fault: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
  const paused = notes.read(cluster, fault.id);
  if (paused === undefined) return skipped('was not installed');
  // A node that died or was replaced meanwhile has nothing left to resume.
  const still = paused.filter((node) => cluster.state(node) === 'paused');
  const results = await onEach(still, (node) => cluster.resume(node));
  const stuck = paused.filter((node) => cluster.state(node) === 'paused');
  const measures = { resumed: still, details: results.summaries };
  if (stuck.length > 0) {
    return failed(`${stuck.join(', ')} still paused: ${results.failures.join('; ')}`, measures);
  }
  notes.erase(cluster, fault.id);
  return installed(
    still.length === 0 ? 'was not paused any more' : `${still.join(', ')} resumed`,
    null,
    measures,
  );
}

/** The pause fault, one lane; a killed node cannot be paused. */
export const pause: Fault = {
  name: 'pause',
  summary: 'Stops nodes from being scheduled (SIGSTOP), and resumes them when it ends.',
  modes: { pause: { summary: 'SIGSTOP to the whole process group' } },
  defaultMode: 'pause',
  lane: 'pause',
  conflicts: ['kill', 'rolling', 'power', 'damage', 'cpu'],
  span: { label: 'paused', colour: 2 },
  needs: () => ['process.pause'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(pause, mode, params);
    const drawn = drawTarget(target, nodes, rng, ['one', 'minority', 'majority', 'leader', 'all']);
    return { ...drawn, params: given };
  },
  undoActions,
  effect: (_fault, targets) => ({ pause: targets }),
  inject,
  undo,
};
