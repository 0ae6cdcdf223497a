/**
 * Makes disks slow, makes them fail, or lets them lie: syncs that take long, writes that bring the node down, and
 * writes that are acknowledged and lost with the next crash. For backends that have the disks in hand.
 */
import type {
  DiskTrouble,
  Evidence,
  Fault,
  FaultContext,
  Json,
  NodeId,
  PlannedFault,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { count, failed, installed, skipped } from './evidence.ts';
import { onEach } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

const notes = new Notebook<{ nodes: NodeId[]; hits: number }>();

function troubleOf(mode: string, params: Readonly<Record<string, Json>>): DiskTrouble {
  if (mode === 'slow') return { slowMs: params['ms'] as number };
  return mode === 'fail' ? { fails: true } : { lies: true };
}

function hitsOn({ cluster }: FaultContext, nodes: readonly NodeId[]): number {
  return nodes.reduce((sum, node) => sum + cluster.disks!.hits(node), 0);
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const nodes = await nodesNow(fault, context);
  if (nodes.length === 0) return skipped('nobody leads at this moment');
  if (cluster.disks === undefined) return skipped('the disks are those of the machine');
  signal.throwIfAborted();
  notes.write(cluster, fault.id, { nodes, hits: hitsOn(context, nodes) });
  for (const node of nodes) cluster.disks.set(node, troubleOf(fault.mode, fault.params));
  return installed(`${count(nodes.length, 'disk')} ${VERBS[fault.mode]}`, null, { nodes });
}

const VERBS: Readonly<Record<string, string>> = { slow: 'slowed down', fail: 'failing', lie: 'lying' };

async function undo(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster } = context;
  const note = notes.read(cluster, fault.id);
  if (note === undefined) return skipped('was not installed');
  for (const node of note.nodes) cluster.disks!.set(node, null);
  const hits = hitsOn(context, note.nodes) - note.hits;
  // Nodes that their disks have brought down come back with them.
  const down = note.nodes.filter((node) => cluster.state(node) === 'crashed');
  const results = await onEach(down, (node) => cluster.restart(node));
  const measures = { hits, restarted: down, details: results.summaries };
  const still = down.filter((node) => cluster.state(node) === 'crashed');
  if (still.length > 0) return failed(`${still.join(', ')} did not come back`, measures);
  notes.erase(cluster, fault.id);
  return hits > 0
    ? installed(`${count(hits, 'sync')} met it`, true, measures)
    : installed('nothing was written meanwhile', false, measures);
}

/** The disk fault, one lane. */
export const disk: Fault = {
  name: 'disk',
  summary: 'Makes the disks of nodes slow, failing or lying, where the backend has them in hand.',
  modes: {
    slow: {
      summary: 'every sync takes longer',
      params: { ms: { summary: 'how much longer', default: 100, min: 0, max: 60_000 } },
    },
    fail: { summary: 'every write fails and ends the node; it comes back when the fault ends' },
    lie: {
      summary: 'writes are acknowledged and lost with the next crash: few systems promise to survive it',
    },
  },
  defaultMode: 'slow',
  lane: 'disk',
  conflicts: [],
  span: { label: 'disk', colour: 11 },
  needs: () => ['disk.trouble'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(disk, mode, params);
    return { ...drawTarget(target, nodes, rng, ['one', 'minority']), params: given };
  },
  undoActions: () => [{ kind: 'none', because: 'simulated disks end with the harness' }],
  effect: (fault, targets) => ({
    disks: Object.fromEntries(targets.map((node) => [node, troubleOf(fault.mode, fault.params)])),
  }),
  inject,
  undo,
};
