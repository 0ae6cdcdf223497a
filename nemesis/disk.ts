/**
 * Makes disks slow, makes them fail, or lets them lie: syncs that take long, writes that bring the node down, room
 * that runs out, and writes that are acknowledged and lost with the power. For backends that have the disks in hand.
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

/** What a mode does to a disk. */
export function troubleOf(mode: string, params: Readonly<Record<string, Json>>): DiskTrouble {
  switch (mode) {
    case 'slow':
      return slowness(params['of'] as string | undefined, params['ms'] as number);
    case 'fail':
      return { fails: true };
    case 'lie':
      return { lies: true };
    case 'full':
      return { full: true };
    case 'read-only':
      return { readOnly: true };
    default: {
      const { of, path, probability, count: times } = params;
      return {
        refuses: [
          {
            of: of as 'reads' | 'writes' | 'syncs',
            path: path as string,
            probability: probability as number,
            count: times as number,
          },
        ],
      };
    }
  }
}

function slowness(of: string | undefined, ms: number): DiskTrouble {
  if (of === 'writes') return { slowWritesMs: ms };
  if (of === 'reads') return { slowReadsMs: ms };
  return of === 'all' ? { slowMs: ms, slowWritesMs: ms, slowReadsMs: ms } : { slowMs: ms };
}

async function hitsOn({ cluster }: FaultContext, nodes: readonly NodeId[]): Promise<number> {
  let sum = 0;
  for (const node of nodes) sum += await cluster.disks!.hits(node);
  return sum;
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const nodes = await nodesNow(fault, context);
  if (nodes.length === 0) return skipped('nobody leads at this moment');
  if (cluster.disks === undefined) return skipped('the disks are those of the machine');
  signal.throwIfAborted();
  notes.write(cluster, fault.id, { nodes, hits: await hitsOn(context, nodes) });
  for (const node of nodes) await cluster.disks.set(node, troubleOf(fault.mode, fault.params));
  return installed(`${count(nodes.length, 'disk')} ${VERBS[fault.mode]}`, null, { nodes });
}

const VERBS: Readonly<Record<string, string>> = {
  slow: 'slowed down',
  fail: 'failing',
  lie: 'lying',
  full: 'full',
  'read-only': 'read-only',
  error: 'refusing',
};

async function undo(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster } = context;
  const note = notes.read(cluster, fault.id);
  if (note === undefined) return skipped('was not installed');
  for (const node of note.nodes) await cluster.disks!.set(node, null);
  const hits = (await hitsOn(context, note.nodes)) - note.hits;
  // Nodes that their disks have brought down come back with them.
  const down = note.nodes.filter((node) => cluster.state(node) === 'crashed');
  const results = await onEach(down, (node) => cluster.restart(node));
  const measures = { hits, restarted: down, details: results.summaries };
  const still = down.filter((node) => cluster.state(node) === 'crashed');
  if (still.length > 0) return failed(`${still.join(', ')} did not come back`, measures);
  notes.erase(cluster, fault.id);
  return hits > 0
    ? installed(`${count(hits, 'operation')} met it`, true, measures)
    : installed(unmet(fault), false, measures);
}

const DONE: Readonly<Record<string, string>> = {
  syncs: 'was synced',
  writes: 'was written',
  reads: 'was read from the disk',
  all: 'was read or written',
};

/** What the node did not do, so that its disk made no difference. */
function unmet({ mode, params }: PlannedFault): string {
  if (mode === 'full') return 'nothing needed more room meanwhile';
  const path = params['path'] ?? '*';
  const what = path === '*' ? 'nothing' : `nothing of ${String(path)}`;
  // Of the modes without a choice `slow` and `error` are about syncs, all others about whatever changes files.
  const of = params['of'] ?? (mode === 'slow' || mode === 'error' ? 'syncs' : 'writes');
  return `${what} ${DONE[String(of)]} meanwhile`;
}

const MS = { summary: 'how much longer', default: 100, min: 0, max: 60_000 };

/** The disk fault, one lane. */
export const disk: Fault = {
  name: 'disk',
  summary: 'Makes the disks of nodes slow, full, failing or lying, where the backend has them in hand.',
  modes: {
    slow: {
      summary: 'every sync takes longer',
      params: {
        ms: MS,
        of: {
          summary: 'what takes longer; other than syncs: on disks of faultline',
          default: 'syncs',
          choices: ['syncs', 'writes', 'reads', 'all'],
        },
      },
    },
    fail: {
      summary:
        'every write and sync fails, which may end the node (on sim it does); it comes back when the fault ends',
    },
    lie: {
      summary:
        'writes are acknowledged and lost with the power (on sim: with the next crash): few systems promise to survive it',
    },
    full: { summary: 'whatever needs more room is refused with ENOSPC' },
    'read-only': {
      summary: 'whatever changes anything is refused with EROFS, as after an error of the journal',
    },
    error: {
      summary: 'some operations are refused with EIO',
      params: {
        of: { summary: 'which', default: 'syncs', choices: ['reads', 'writes', 'syncs'] },
        path: {
          summary: 'of files by this name; with a slash: by this path in the data directory',
          default: '*',
        },
        probability: { summary: 'chance per operation', default: 1, min: 0, max: 1 },
        count: { summary: 'that many, then no more; 0: without end', default: 0, min: 0, max: 1_000_000 },
      },
    },
  },
  defaultMode: 'slow',
  lane: 'disk',
  conflicts: ['damage'],
  span: { label: 'disk', colour: 11 },
  needs(mode, params) {
    const simple = ['slow', 'fail', 'lie'].includes(mode) && (params['of'] ?? 'syncs') === 'syncs';
    return [simple ? 'disk.trouble' : 'disk.errors'];
  },
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(disk, mode, params);
    return { ...drawTarget(target, nodes, rng, ['one', 'minority']), params: given };
  },
  undoActions: () => [{ kind: 'none', because: 'a disk of faultline ends with the harness' }],
  effect: (fault, targets) => ({
    disks: Object.fromEntries(targets.map((node) => [node, troubleOf(fault.mode, fault.params)])),
  }),
  inject,
  undo,
};
