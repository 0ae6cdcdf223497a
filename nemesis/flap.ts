/**
 * Links that go down and come up again, over and over: a loose plug. Worse than a cut for whoever takes every return
 * for a recovery. Starts with the links down.
 */
import type { Evidence, Fault, FaultContext, LinkEntry, PlannedFault } from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { after, type Timer } from '../harness/time.ts';
import { count, installed, skipped } from './evidence.ts';
import { LINK_PARAMS, linksAround } from './link-quality.ts';
import { Notebook } from './notebook.ts';
import { drawTarget, nodesNow } from './targets.ts';
import { difference, type LinkEnds, type Traffic, trafficOn } from './traffic.ts';

interface Note {
  links: LinkEnds[];
  before: Traffic;
  /** How often they went down. */
  flaps: number;
  timer: Timer | null;
}

const notes = new Notebook<Note>();

function cutsOf(links: readonly LinkEnds[]): LinkEntry[] {
  return links.map((link) => ({ ...link, rule: { cut: true } }));
}

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const targets = await nodesNow(fault, context);
  if (targets.length === 0) return skipped('nobody leads at this moment');
  signal.throwIfAborted();
  const links = linksAround(targets, cluster.nodes, fault.params);
  if (links.length === 0) return skipped('there is no link to work on');
  await cluster.links.sync?.();
  const [downMs, upMs] = [fault.params['downMs'] as number, fault.params['upMs'] as number];
  const note: Note = { links, before: trafficOn(cluster, links), flaps: 0, timer: null };
  const down = (): void => {
    cluster.links.set(fault.id, cutsOf(links));
    note.flaps++;
    note.timer = after(downMs, up, true);
  };
  const up = (): void => {
    cluster.links.clear(fault.id);
    note.timer = after(upMs, down, true);
  };
  notes.write(cluster, fault.id, note);
  down();
  return installed(`${count(links.length, 'link')} down for ${downMs} ms, up for ${upMs} ms`, null, {
    nodes: targets,
    links: links.length,
  });
}

async function undo(fault: PlannedFault, { cluster }: FaultContext): Promise<Evidence> {
  const note = notes.read(cluster, fault.id);
  note?.timer?.cancel();
  cluster.links.clear(fault.id);
  await cluster.links.sync?.();
  if (note === undefined) return skipped('was not installed');
  notes.erase(cluster, fault.id);
  const during = difference(trafficOn(cluster, note.links), note.before);
  const stopped = during.dropped + during.held;
  return installed(
    `went down ${count(note.flaps, 'time')}, ${count(stopped, 'message')} met a link that was down`,
    stopped > 0,
    { ...during, flaps: note.flaps, stopped },
  );
}

/** The flap fault, one lane. */
export const flap: Fault = {
  name: 'flap',
  summary: 'Takes links down and up again, over and over.',
  modes: {
    regular: {
      summary: 'down and up for fixed times',
      params: {
        downMs: { summary: 'how long they are down', default: 300, min: 1, max: 600_000 },
        upMs: { summary: 'how long they are up', default: 700, min: 1, max: 600_000 },
        ...LINK_PARAMS,
      },
    },
  },
  defaultMode: 'regular',
  lane: 'flap',
  conflicts: [],
  span: { label: 'flap', colour: 23 },
  needs: (_mode, params) => (params['clients'] === true ? ['link.cut', 'client-link.cut'] : ['link.cut']),
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(flap, mode, params);
    return { ...drawTarget(target, nodes, rng, ['one', 'minority']), params: given };
  },
  undoActions: () => [{ kind: 'none', because: 'links live in the harness process and end with it' }],
  inject,
  undo,
};
