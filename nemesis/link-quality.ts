/**
 * The shape shared by all faults that make links worse without cutting them: which links, which rule, and which
 * counter shows that it bit. A factory, so that each of them is a table of parameters and one rule.
 */
import type {
  Capability,
  Evidence,
  Fault,
  FaultContext,
  Json,
  LinkEntry,
  LinkRule,
  NodeId,
  ParameterSpec,
  PlannedFault,
  TargetSpec,
} from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { count, installed, skipped } from './evidence.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';
import {
  difference,
  differenceByLink,
  type LinkEnds,
  type LinkTraffic,
  type Traffic,
  trafficByLink,
  trafficOn,
} from './traffic.ts';

/** What tells one link fault from another. */
export interface LinkQuality {
  name: string;
  summary: string;
  capability: Capability;
  modes: Fault['modes'];
  defaultMode: string;
  colour: number;
  /** Its links, where they are other ones than those around the targets. */
  links?(
    targets: readonly NodeId[],
    nodes: readonly NodeId[],
    params: Readonly<Record<string, Json>>,
  ): LinkEnds[];
  /** What it aims at where nothing is said; default all nodes. */
  targets?: readonly TargetSpec[];
  rule(mode: string, params: Readonly<Record<string, Json>>): LinkRule;
  /** How many messages it hit, from what the links counted meanwhile. */
  hits(during: Traffic, mode: string): number;
  /** What happened to them: `12 messages delayed`. */
  verb: string;
  /** What its modes need beyond the capability. */
  alsoNeeds?(mode: string): readonly Capability[];
}

/** Parameters every link fault takes. */
export const LINK_PARAMS: Readonly<Record<string, ParameterSpec>> = {
  direction: {
    summary: 'links from the targets, to them, or both',
    default: 'both',
    choices: ['both', 'in', 'out'],
  },
  clients: { summary: 'also the links between clients and the targets', default: false },
};

/** The directed links around some nodes, as the parameters ask. O(n^2). */
export function linksAround(
  targets: readonly NodeId[],
  nodes: readonly NodeId[],
  params: Readonly<Record<string, Json>>,
): LinkEnds[] {
  const ends = params['clients'] === true ? [...nodes, 'clients'] : [...nodes];
  const hit = new Set<string>(targets);
  const { direction } = params;
  return ends
    .flatMap((from) => ends.map((to) => ({ from, to })))
    .filter(({ from, to }) => from !== to)
    .filter(({ from, to }) => (direction !== 'in' && hit.has(from)) || (direction !== 'out' && hit.has(to)));
}

/** Builds the fault. */
export function linkFault(quality: LinkQuality): Fault {
  const notes = new Notebook<{ links: LinkEnds[]; before: Traffic; each: LinkTraffic }>();
  const linksOf = quality.links ?? linksAround;

  function entriesOf(
    planned: PlannedFault,
    targets: readonly NodeId[],
    nodes: readonly NodeId[],
  ): LinkEntry[] {
    const rule = quality.rule(planned.mode, planned.params);
    return linksOf(targets, nodes, planned.params).map((link) => ({ ...link, rule }));
  }

  async function inject(planned: PlannedFault, context: FaultContext): Promise<Evidence> {
    const { cluster, signal } = context;
    const targets = await nodesNow(planned, context);
    if (targets.length === 0) return skipped('nobody leads at this moment');
    signal.throwIfAborted();
    const links = linksOf(targets, cluster.nodes, planned.params);
    if (links.length === 0) return skipped('there is no link to work on');
    const rule = quality.rule(planned.mode, planned.params);
    await cluster.links.sync?.();
    notes.write(cluster, planned.id, {
      links,
      before: trafficOn(cluster, links),
      each: trafficByLink(cluster, links),
    });
    cluster.links.set(planned.id, entriesOf(planned, targets, cluster.nodes));
    await cluster.links.sync?.();
    const measures = { nodes: targets, links: links.length, rule: rule as unknown as Json };
    // What it does shows in the counters once messages pass; the undo reads them.
    return installed(`rule on ${count(links.length, 'link')}`, null, measures);
  }

  async function undo(planned: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
    const note = notes.read(cluster, planned.id);
    cluster.links.clear(planned.id);
    await cluster.links.sync?.();
    if (note === undefined) return skipped('was not installed');
    notes.erase(cluster, planned.id);
    const during = difference(trafficOn(cluster, note.links), note.before);
    const hits = quality.hits(during, planned.mode);
    const perLink = differenceByLink(trafficByLink(cluster, note.links), note.each);
    const measures = { ...during, hits, perLink };
    const passed = `${count(during.sent, 'message')} on ${count(note.links.length, 'link')}`;
    return hits > 0
      ? installed(`${hits} of ${passed} ${quality.verb}`, true, measures)
      : installed(`no message was ${quality.verb} (${passed})`, false, measures);
  }

  const fault: Fault = {
    name: quality.name,
    summary: quality.summary,
    modes: quality.modes,
    defaultMode: quality.defaultMode,
    lane: quality.name,
    conflicts: [],
    span: { label: quality.name, colour: quality.colour },
    needs: (mode, params) => [
      quality.capability,
      ...(quality.alsoNeeds?.(mode) ?? []),
      ...(params['clients'] === true ? (['client-link.cut'] as const) : []),
    ],
    plan(mode, params, target, nodes, rng) {
      const given = resolveParams(fault, mode, params);
      return { ...drawTarget(target, nodes, rng, quality.targets ?? ['all']), params: given };
    },
    undoActions: () => [{ kind: 'none', because: 'links live in the harness process and end with it' }],
    effect: (planned, targets, nodes) => ({ links: entriesOf(planned, targets, nodes) }),
    inject,
    undo,
  };
  return fault;
}
