/**
 * Partitions: cuts directed links between nodes, and if asked between clients and one side. Shown to hold by
 * probes across the cut (refused) and inside a side (open), shown to bite by what tried to cross it.
 */
import type {
  Endpoint,
  Evidence,
  Fault,
  FaultContext,
  Json,
  LinkRule,
  NodeId,
  PlannedFault,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import type { Rng } from '../harness/random.ts';
import { count, failed, installed, skipped } from './evidence.ts';
import { type Cut, components, isolate } from './grudge.ts';
import { Notebook } from './notebook.ts';
import { drawShape, PARTITION_MODES, type PartitionMode } from './partition-shapes.ts';
import { asMeasure, found, type ProbeAnswers, probe } from './probes.ts';
import { named, nodesNow } from './targets.ts';
import {
  difference,
  differenceByLink,
  type LinkEnds,
  type LinkTraffic,
  type Traffic,
  trafficByLink,
  trafficOn,
} from './traffic.ts';

interface Note {
  cut: LinkEnds[];
  before: Traffic;
  each: LinkTraffic;
}

const notes = new Notebook<Note>();
const CUT: LinkRule = Object.freeze({ cut: true });

/** Whether the parameters ask for client links to be cut. */
function cutsClients(params: Readonly<Record<string, Json>>): boolean {
  return params['clients'] === true || (params['clientsFrom'] ?? null) !== null;
}

/** The nodes clients are cut from: named, or one side drawn. A leader's side is known only when it fires. */
function drawClientSide(
  params: Readonly<Record<string, Json>>,
  groups: NodeId[][] | null,
  nodes: readonly NodeId[],
  rng: Rng,
): Json {
  if (!cutsClients(params)) return null;
  const given = params['clientsFrom'];
  if (Array.isArray(given)) return named(given.map(String), nodes);
  if (groups === null) return rng.chance(0.5) ? 'nodes' : 'others';
  return [...rng.pick([groups[0]!, groups.at(-1)!])];
}

/** The cuts of a partition that fires now; null when it waits for a leader and nobody leads. */
async function linksNow(
  fault: PlannedFault,
  context: FaultContext,
): Promise<{ hit: NodeId[]; cut: LinkEnds[] } | null> {
  const hit = await nodesNow(fault, context);
  return hit.length === 0 ? null : { hit, cut: cutsOf(fault, hit, context.cluster.nodes) };
}

/** The links to cut, for the nodes it hits. */
function cutsOf(fault: PlannedFault, hit: readonly NodeId[], nodes: readonly NodeId[]): LinkEnds[] {
  let pairs = (fault.params['cuts'] ?? []) as unknown as Cut[];
  if (fault.mode === 'isolate-leader') pairs = components(isolate(hit, nodes));
  const from = fault.params['clientsFrom'] ?? null;
  // Shapes without sides cut the clients from their first node, or from all the others.
  const lead = hit.slice(0, 1);
  const barred =
    from === 'nodes' ? lead : from === 'others' ? nodes.filter((node) => !lead.includes(node)) : from;
  const clients = ((barred ?? []) as NodeId[]).flatMap((node): [Endpoint, Endpoint][] => [
    ['clients', node],
    [node, 'clients'],
  ]);
  return [...pairs, ...clients].map(([a, b]) => ({ from: a, to: b }));
}

/** Links that the partition leaves alone: between nodes, or else between clients and nodes. */
function linksLeft(nodes: readonly NodeId[], cut: readonly LinkEnds[]): LinkEnds[] {
  const gone = new Set(cut.map((link) => `${link.from}>${link.to}`));
  const among = nodes.flatMap((from) => nodes.map((to) => ({ from, to })));
  const left = (links: LinkEnds[]): LinkEnds[] =>
    links.filter(({ from, to }) => from !== to && !gone.has(`${from}>${to}`));
  const between = left(among);
  return between.length > 0 ? between : left(nodes.map((to) => ({ from: 'clients', to })));
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const layout = await linksNow(fault, context);
  if (layout === null) return skipped('nobody leads at this moment');
  signal.throwIfAborted();
  const { hit, cut } = layout;
  await cluster.links.sync?.();
  notes.write(cluster, fault.id, { cut, before: trafficOn(cluster, cut), each: trafficByLink(cluster, cut) });
  cluster.links.set(
    fault.id,
    cut.map((link) => ({ ...link, rule: { cut: true } })),
  );
  await cluster.links.sync?.();
  const [across, inside] = await Promise.all([
    probe(cluster, cut),
    probe(cluster, linksLeft(cluster.nodes, cut)),
  ]);
  const measures = {
    nodes: hit,
    cutLinks: cut.length,
    probesAcross: asMeasure(across),
    probesInside: asMeasure(inside),
  };
  return judgeProbes(cut.length, across, inside, measures);
}

function judgeProbes(
  cutLinks: number,
  across: ProbeAnswers,
  inside: ProbeAnswers,
  measures: Record<string, Json>,
): Evidence {
  const leaks = found(across, 'open');
  if (leaks.length > 0) return failed(`probe ${leaks[0]} went through the cut`, measures);
  const refused = found(across, 'cut');
  const open = found(inside, 'open');
  const links = `${count(cutLinks, 'link')} cut`;
  if (refused.length === 0) return installed(`${links}, no probe possible`, null, measures);
  if (open.length > 0) {
    return installed(`${links}, probe ${refused[0]} refused, ${open[0]} open`, true, measures);
  }
  if (found(inside, 'cut').length > 0) {
    return installed(`${links}, but probes are refused on links left alone too`, null, measures);
  }
  return installed(`${links}, probe ${refused[0]} refused, no other link to compare`, true, measures);
}

async function undo(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster } = context;
  const note = notes.read(cluster, fault.id);
  cluster.links.clear(fault.id);
  await cluster.links.sync?.();
  if (note === undefined) return skipped('was not installed');
  const during = difference(trafficOn(cluster, note.cut), note.before);
  const stopped = during.dropped + during.held;
  const after = await probe(cluster, note.cut);
  const perLink = differenceByLink(trafficByLink(cluster, note.cut), note.each);
  const measures = { ...during, stopped, perLink, probesAfter: asMeasure(after) };
  const shut = found(after, 'cut');
  if (shut.length > 0) return failed(`${shut[0]} is still cut`, measures);
  notes.erase(cluster, fault.id);
  return stopped > 0
    ? installed(`${wordsOf(during)} while it was in force`, true, measures)
    : installed('no message tried to cross', false, measures);
}

/** A message that meets a cut is dropped; bytes of a connection are held back, and go on when it is undone. */
function wordsOf({ dropped, held }: Traffic): string {
  const parts: string[] = [];
  if (dropped > 0) parts.push(`${count(dropped, 'message')} dropped`);
  if (held > 0) parts.push(`${count(held, 'chunk')} held back`);
  return parts.join(', ');
}

/** The partition fault, one lane. */
export const partition: Fault = {
  name: 'partition',
  summary: 'Cuts links between nodes (and, with `clients`, between clients and one side).',
  modes: PARTITION_MODES,
  defaultMode: 'halves',
  lane: 'partition',
  conflicts: [],
  span: { label: 'partition', colour: 0 },
  needs: (mode, params) =>
    mode === 'switch' || cutsClients(params) ? ['link.cut', 'client-link.cut'] : ['link.cut'],
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(partition, mode, params);
    const shape = drawShape(mode as PartitionMode, given, target, nodes, rng);
    return {
      target: mode === 'isolate-leader' ? 'leader' : shape.nodes,
      nodes: shape.nodes,
      params: {
        ...given,
        groups: shape.groups,
        cuts: shape.cuts.map(([from, to]) => [from, to]),
        clientsFrom: mode === 'switch' ? shape.nodes : drawClientSide(given, shape.groups, nodes, rng),
      },
    };
  },
  undoActions: () => [{ kind: 'none', because: 'links live in the harness process and end with it' }],
  effect: (fault, targets, nodes) => ({
    links: cutsOf(fault, targets, nodes).map(({ from, to }) => ({ from, to, rule: CUT })),
  }),
  inject,
  undo,
};
