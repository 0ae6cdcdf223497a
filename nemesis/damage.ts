/**
 * Damages the files of nodes while they are down: bits that flip, ends that are missing, files that are gone, a whole
 * disk from yesterday. What was damaged stays so: a node has to notice, or to be given up by the others.
 */

import {
  cutFile,
  dataFiles,
  flipBits,
  putBack,
  removeFile,
  takeSnapshot,
} from '../harness/cluster/disk/damage.ts';
import type { Evidence, Fault, FaultContext, Json, NodeId, PlannedFault } from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { Seed } from '../harness/random.ts';
import { sleep } from '../harness/time.ts';
import { count, failed, installed, skipped } from './evidence.ts';
import { isUp, onEach } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

const notes = new Notebook<{ nodes: NodeId[]; snapshots: Map<NodeId, string> }>();

/** How long the kernel may believe what a disk of ours told it. */
const BELIEVED_MS = 1_100;

/** Does the damage of a mode to the files in a folder; one clause on each. */
function damageFolder(fault: PlannedFault, node: NodeId, folder: string): string[] {
  const { path, files = 1, bits = 1, bytes = 1, seed = 1 } = fault.params as Record<string, Json>;
  const rng = Seed.of(seed as number)
    .fork(fault.id, node)
    .rng();
  const found = dataFiles(folder, path as string);
  if (fault.mode === 'delete') {
    for (const file of found) removeFile(folder, file.name);
    return found.map(({ name }) => `${name} removed`);
  }
  const chosen = rng.shuffle(found.filter(({ size }) => size > 0)).slice(0, files as number);
  return chosen.map(({ name, size }) => {
    if (fault.mode === 'truncate') return cutFile(folder, name, Math.max(0, size - (bytes as number)));
    const places = Array.from({ length: bits as number }, () => rng.int(0, size * 8));
    return flipBits(folder, name, places);
  });
}

async function hurt(fault: PlannedFault, context: FaultContext, node: NodeId): Promise<Evidence> {
  const { cluster } = context;
  const { dataDir } = cluster.address(node);
  const killed = await cluster.kill(node);
  if (killed.state === 'failed') return killed;
  if (fault.mode === 'restore') {
    notes.read(cluster, fault.id)!.snapshots.set(node, takeSnapshot(dataDir, fault.id));
    const restarted = await cluster.restart(node);
    return restarted.state === 'failed' ? restarted : installed(`the disk of ${node} copied`, null);
  }
  const done = damageFolder(fault, node, dataDir);
  if (cluster.disks !== undefined) await sleep(BELIEVED_MS);
  return installed(done.join(', ') || 'no such file', done.length > 0);
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const wanted = await nodesNow(fault, context);
  if (wanted.length === 0) return skipped('nobody leads at this moment');
  const nodes = wanted.filter((node) => isUp(cluster, node));
  if (nodes.length === 0) return skipped(`${wanted.join(', ')} already down`, { nodes: wanted });
  signal.throwIfAborted();
  notes.write(cluster, fault.id, { nodes, snapshots: new Map() });
  const results = await onEach(nodes, (node) => hurt(fault, context, node));
  const measures = { nodes, details: results.summaries };
  if (results.failures.length > 0) return failed(results.failures.join('; '), measures);
  if (fault.mode === 'restore') return installed(`${count(nodes.length, 'disk')} copied`, null, measures);
  const bit = [...results.evidence.values()].some((each) => each.bit === true);
  return installed(
    Object.entries(results.summaries)
      .map(([node, what]) => `${node}: ${what}`)
      .join('; '),
    bit,
    measures,
  );
}

async function undo(fault: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
  const note = notes.read(cluster, fault.id);
  if (note === undefined) return skipped('was not installed');
  for (const [node, snapshot] of note.snapshots) {
    await cluster.kill(node);
    putBack(cluster.address(node).dataDir, snapshot);
    if (cluster.disks !== undefined) await sleep(BELIEVED_MS);
    note.snapshots.delete(node);
  }
  const down = note.nodes.filter((node) => !isUp(cluster, node));
  const results = await onEach(down, (node) => cluster.restart(node));
  const still = note.nodes.filter((node) => !isUp(cluster, node));
  const measures = { restarted: down, stayedDown: still, details: results.summaries };
  notes.erase(cluster, fault.id);
  const back = down.filter((node) => !still.includes(node));
  const words = [
    ...(fault.mode === 'restore' ? ['old disks put back'] : []),
    ...(back.length > 0 ? [`${back.join(', ')} restarted`] : []),
    // Refusing to start on damaged files is the right thing to do for most.
    ...(still.length > 0 ? [`${still.join(', ')} will not start on it`] : []),
  ];
  return installed(
    words.join(', ') || 'was up again already',
    fault.mode === 'restore' ? true : null,
    measures,
  );
}

const PATH = {
  summary: 'files by this name; with a slash: by this path in the data directory',
  default: '*',
};
const FILES = { summary: 'in how many of them', default: 1, min: 1, max: 10_000 };
const SEED = { summary: 'draws files and places', default: 1, min: 1, max: 1_000_000_000 };

/** The damage fault, one lane. */
export const damage: Fault = {
  name: 'damage',
  summary: 'Damages the files of nodes while they are down, and starts them again when it ends.',
  modes: {
    flip: {
      summary: 'bits flip',
      params: {
        path: PATH,
        files: FILES,
        bits: { summary: 'in each', default: 1, min: 1, max: 10_000 },
        seed: SEED,
      },
    },
    truncate: {
      summary: 'ends of files are missing',
      params: {
        path: PATH,
        files: FILES,
        bytes: { summary: 'of each', default: 64, min: 1, max: 1_000_000_000 },
        seed: SEED,
      },
    },
    delete: { summary: 'files are gone; with the default path all of them', params: { path: PATH } },
    restore: { summary: 'when it ends, the whole disk is as it was when it began' },
  },
  defaultMode: 'flip',
  lane: 'damage',
  conflicts: ['kill', 'pause', 'rolling', 'power', 'disk'],
  span: { label: 'damage', colour: 28 },
  needs: () => ['disk.files', 'process.kill', 'process.restart'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(damage, mode, params);
    return { ...drawTarget(target, nodes, rng, ['one', 'minority']), params: given };
  },
  undoActions: () => [
    {
      kind: 'none',
      because: 'damage is done to the folder of the run; the node that would be started is over',
    },
  ],
  inject,
  undo,
};
