/**
 * Kills nodes with SIGKILL, or asks them to stop, and restarts them, on their old data, when undone. Shown by their processes being
 * gone. A node that was down already is left alone: restarting it belongs to whatever stopped it.
 */

import { isLiving } from '../harness/cluster/proc.ts';
import type { Cluster, Evidence, Fault, FaultContext, NodeId, PlannedFault } from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { count, failed, installed, skipped } from './evidence.ts';
import { isUp, onEach } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

const notes = new Notebook<NodeId[]>();

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const stops = fault.mode === 'stop';
  const wanted = await nodesNow(fault, context);
  if (wanted.length === 0) return skipped('nobody leads at this moment');
  const up = wanted.filter((node) => isUp(cluster, node));
  if (up.length === 0) return skipped(`${wanted.join(', ')} already down`, { nodes: wanted });
  signal.throwIfAborted();
  const pids = Object.fromEntries(up.map((node) => [node, cluster.pids(node)]));
  notes.write(cluster, fault.id, up);
  const results = await onEach(up, (node) => (stops ? cluster.stop(node) : cluster.kill(node)));
  const alive = up.filter((node) => isUp(cluster, node) || (pids[node] ?? []).some(isLiving));
  const measures = {
    nodes: up,
    alreadyDown: wanted.filter((node) => !up.includes(node)),
    pids,
    details: results.summaries,
  };
  if (results.failures.length > 0) return failed(results.failures.join('; '), measures);
  if (alive.length > 0)
    return failed(`${alive.join(', ')} still alive after ${stops ? 'the stop' : 'SIGKILL'}`, measures);
  const processes = Object.values(pids).flat().length;
  const gone = processes === 0 ? '' : `, ${count(processes, 'process', 'processes')} gone`;
  return installed(`${up.join(', ')} ${stops ? 'stopped' : 'killed'}${gone}`, true, measures);
}

async function undo(fault: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
  const killed = notes.read(cluster, fault.id);
  if (killed === undefined) return skipped('was not installed');
  const down = killed.filter((node) => !isUp(cluster, node));
  const results = await onEach(down, (node) => cluster.restart(node));
  const still = killed.filter((node) => !isUp(cluster, node));
  const measures = { restarted: down, details: results.summaries, pids: pidsOf(cluster, killed) };
  if (still.length > 0) {
    return failed(`${still.join(', ')} did not come back: ${results.failures.join('; ')}`, measures);
  }
  notes.erase(cluster, fault.id);
  return installed(
    down.length === 0 ? 'was up again already' : `${down.join(', ')} restarted`,
    null,
    measures,
  );
}

function pidsOf(cluster: Cluster, nodes: readonly NodeId[]): Record<string, number[]> {
  return Object.fromEntries(nodes.map((node) => [node, cluster.pids(node)]));
}

/** The kill fault, one lane; a node that is paused is not killed, so that each span says what it says. */
export const kill: Fault = {
  name: 'kill',
  summary: 'Kills nodes, or stops them; restarts them on their old data when it ends.',
  modes: {
    kill: { summary: 'SIGKILL to the whole process group' },
    stop: { summary: 'a graceful stop: SIGTERM, and SIGKILL where that is not heeded in time' },
  },
  defaultMode: 'kill',
  lane: 'kill',
  conflicts: ['pause', 'rolling', 'power', 'damage'],
  span: { label: 'killed', colour: 1 },
  needs: () => ['process.kill', 'process.restart'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(kill, mode, params);
    const drawn = drawTarget(target, nodes, rng, ['one', 'minority', 'majority', 'leader', 'all']);
    return { ...drawn, params: given };
  },
  undoActions: () => [
    { kind: 'none', because: 'a killed node holds nothing; the run that would restart it is over' },
  ],
  effect: (_fault, targets) => ({ kill: targets }),
  inject,
  undo,
};
