/**
 * Cuts the power of nodes: their processes end at once, and with them everything they had written and not synced. A
 * kill alone loses nothing, as the kernel keeps what was written; this is what syncs are for.
 */
import type {
  Evidence,
  Fault,
  FaultContext,
  Json,
  NodeId,
  PlannedFault,
  PowerCut,
  PowerLoss,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { count, failed, installed, skipped } from './evidence.ts';
import { isUp, onEach } from './nodes.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';

const notes = new Notebook<NodeId[]>();

const AT_SYNC = 'at-sync';
const TORN: readonly string[] = ['torn', 'journal-torn'];
const ON_JOURNAL: readonly string[] = ['journal', 'journal-torn'];

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const { disks } = cluster;
  if (disks?.cutPower === undefined || disks.armPowerCut === undefined)
    return skipped('the disks are those of the machine');
  const wanted = await nodesNow(fault, context);
  if (wanted.length === 0) return skipped('nobody leads at this moment');
  const up = wanted.filter((node) => isUp(cluster, node));
  if (up.length === 0) return skipped(`${wanted.join(', ')} already down`, { nodes: wanted });
  signal.throwIfAborted();
  notes.write(cluster, fault.id, up);
  if (fault.mode === AT_SYNC) {
    const { sync, path } = fault.params as { sync: number; path: string };
    for (const node of up) await disks.armPowerCut(node, { ...cutOf(fault, node), atSync: sync, path });
    return installed(`${up.join(', ')} will lose power at sync ${sync}`, null, { nodes: up });
  }
  const losses = new Map<NodeId, PowerLoss>();
  const results = await onEach(up, async (node) => {
    const loss = await disks.cutPower!(node, cutOf(fault, node));
    losses.set(node, loss);
    return loss.problems > 0
      ? failed(`${count(loss.problems, 'change')} could not be taken back`)
      : installed(inWords(loss), true);
  });
  const measures = { nodes: up, losses: asMeasures(losses), details: results.summaries };
  if (results.failures.length > 0) return failed(results.failures.join('; '), measures);
  const still = up.filter((node) => isUp(cluster, node));
  if (still.length > 0) return failed(`${still.join(', ')} still alive`, measures);
  return installed(`${up.join(', ')} without power: ${inWords(total(losses))}`, true, measures);
}

/** How a node loses its power by this fault. */
function cutOf(fault: PlannedFault, node: NodeId): PowerCut & { atSync?: number; path?: string } {
  const cut = { torn: TORN.includes(fault.mode), seed: seedOf(fault, node) };
  if (fault.mode !== AT_SYNC) return cut;
  const { sync, path } = fault.params as { sync: number; path: string };
  return { ...cut, atSync: sync, path };
}

/** The same for the same plan, another one for each node and injection; never 0. */
function seedOf(fault: PlannedFault, node: NodeId): number {
  let seed = Number(fault.params['seed'] ?? 1);
  for (const letter of `${fault.id}/${node}`) seed = (seed * 31 + letter.charCodeAt(0)) % 2_147_483_629;
  return seed + 1;
}

type Counts = Omit<PowerLoss, 'torn'>;

function total(losses: ReadonlyMap<NodeId, PowerLoss>): PowerLoss {
  const torn: NonNullable<PowerLoss['torn']> = [];
  const sum: Counts = { unsyncedFiles: 0, files: 0, blocks: 0, bytes: 0, names: 0, problems: 0 };
  for (const loss of losses.values()) {
    for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += loss[key];
    if (loss.torn !== undefined) torn.push(...loss.torn);
  }
  return { ...sum, ...(torn.length === 0 ? {} : { torn }) };
}

function asMeasures(losses: ReadonlyMap<NodeId, PowerLoss>): Record<NodeId, Record<string, Json>> {
  return Object.fromEntries([...losses].map(([node, loss]) => [node, { ...loss }]));
}

/** Of files that kept a part of what was unsynced: the one with the most, by name. */
function tornWords(torn: NonNullable<PowerLoss['torn']>): string[] {
  const pieces = torn
    .filter(({ unsyncedBytes, keptBytes }) => keptBytes > 0 && keptBytes < unsyncedBytes)
    .sort((a, b) => b.unsyncedBytes - a.unsyncedBytes);
  const [most, ...others] = pieces;
  if (most === undefined) return [];
  const { file, unsyncedBytes, keptBytes, hole } = most;
  const behind = hole ? ', some behind a hole' : '';
  const more = others.length === 0 ? '' : ` (${count(others.length, 'more file')} torn)`;
  return [`${file} kept ${keptBytes} of ${unsyncedBytes} unsynced bytes${behind}${more}`];
}

function inWords({ files, blocks, bytes, names, torn = [] }: PowerLoss): string {
  if (files === 0 && names === 0 && torn.length === 0) return 'nothing was unsynced';
  const parts = [
    ...tornWords(torn),
    ...(bytes > 0 ? [`${bytes} bytes at the ends of files gone`] : []),
    ...(blocks > 0 ? [`${count(blocks, 'block')} as synced before`] : []),
    ...(names > 0 ? [`${count(names, 'change')} of names undone`] : []),
  ];
  return parts.length === 0 ? `${count(files, 'file')} as synced before` : parts.join(', ');
}

async function undo(fault: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
  const cut = notes.read(cluster, fault.id);
  if (cut === undefined) return skipped('was not installed');
  const armed = fault.mode === AT_SYNC;
  const losses = new Map<NodeId, PowerLoss>();
  for (const node of armed ? cut : []) {
    // Waits for a cut that has begun.
    await cluster.disks?.armPowerCut?.(node, null);
    const loss = cluster.disks?.armedLoss?.(node) ?? null;
    if (loss !== null) losses.set(node, loss);
  }
  const down = cut.filter((node) => !isUp(cluster, node));
  const results = await onEach(down, (node) => cluster.restart(node));
  const measures = { restarted: down, losses: asMeasures(losses), details: results.summaries };
  const still = cut.filter((node) => !isUp(cluster, node));
  if (still.length > 0) {
    return failed(`${still.join(', ')} did not come back: ${results.failures.join('; ')}`, measures);
  }
  notes.erase(cluster, fault.id);
  if (!armed)
    return installed(
      down.length === 0 ? 'was up again already' : `${down.join(', ')} restarted`,
      null,
      measures,
    );
  return losses.size === 0
    ? installed('there were not that many syncs', false, measures)
    : installed(
        `${[...losses.keys()].join(', ')} lost power at the sync: ${inWords(total(losses))}`,
        true,
        measures,
      );
}

const SEED = {
  summary: 'draws what survives; default: drawn for each injection',
  default: null,
  type: 'number',
  min: 1,
  max: 1_000_000_000,
} as const;

/** The power fault, one lane. */
export const power: Fault = {
  name: 'power',
  summary: 'Cuts the power of nodes: what they had not synced is lost. They start again when it ends.',
  modes: {
    loss: { summary: 'no write, creation, removal or rename survives that no sync came after' },
    torn: {
      summary:
        'unsynced writes survive in pieces: some sectors, a part of what was appended, the first of the renames',
      params: { seed: SEED },
    },
    journal: {
      summary:
        'as loss, on an ext4 of its own for each node, which keeps what its journal has and no more; as root',
    },
    'journal-torn': {
      summary:
        'as journal, but of what was unsynced some blocks are written back before: ends of files survive in pieces',
      params: { seed: SEED },
    },
    'at-sync': {
      summary: 'the power fails at a sync, which does not happen',
      params: {
        sync: { summary: 'the how manyeth from then on', default: 10, min: 1, max: 1_000_000 },
        path: {
          summary: 'syncs of files by this name; with a slash: by this path in the data directory',
          default: '*',
        },
      },
    },
  },
  defaultMode: 'loss',
  lane: 'power',
  conflicts: ['kill', 'pause', 'rolling', 'damage'],
  span: { label: 'no power', colour: 24 },
  needs: (mode) => [
    ON_JOURNAL.includes(mode) ? 'disk.shutdown' : 'disk.power',
    'process.kill',
    'process.restart',
  ],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(power, mode, params);
    const drawn = drawTarget(target, nodes, rng, ['one', 'minority', 'majority', 'all']);
    const seed = rng.int(SEED.min, SEED.max);
    return { ...drawn, params: given['seed'] === null ? { ...given, seed } : given };
  },
  effect: (fault, targets) => ({
    power: Object.fromEntries(targets.map((node) => [node, cutOf(fault, node)])),
  }),
  undoActions: () => [
    { kind: 'none', because: 'a node without power holds nothing; its disk ends with the harness' },
  ],
  inject,
  undo,
};
