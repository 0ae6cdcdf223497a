/**
 * Breaks live connections, once: both ends see a reset, and reconnect if they can. Nothing stays installed.
 */
import type { Evidence, Fault, FaultContext, PlannedFault } from '../harness/contracts.ts';
import { resolveParams } from '../harness/faults/parameters.ts';
import { count, installed, skipped } from './evidence.ts';
import { LINK_PARAMS, linksAround } from './link-quality.ts';
import { drawTarget, nodesNow } from './targets.ts';

async function inject(fault: PlannedFault, context: FaultContext): Promise<Evidence> {
  const { cluster, signal } = context;
  const targets = await nodesNow(fault, context);
  if (targets.length === 0) return skipped('nobody leads at this moment');
  signal.throwIfAborted();
  const links = linksAround(targets, cluster.nodes, fault.params);
  const broken = await cluster.links.reset(links);
  return installed(
    broken > 0 ? `${count(broken, 'connection')} reset` : 'no connection was open',
    broken > 0,
    { nodes: targets, links: links.length, resets: broken },
  );
}

/** The reset fault, one lane. */
export const reset: Fault = {
  name: 'reset',
  summary: 'Resets live connections between nodes.',
  modes: { connections: { summary: 'every live connection of the links, once', params: LINK_PARAMS } },
  defaultMode: 'connections',
  lane: 'reset',
  conflicts: [],
  span: { label: 'reset', colour: 10 },
  needs: (_mode, params) => (params['clients'] === true ? ['link.reset', 'client-link.cut'] : ['link.reset']),
  plan(mode, params, target, nodes, rng) {
    const given = resolveParams(reset, mode, params);
    return { ...drawTarget(target, nodes, rng, ['one', 'minority', 'all']), params: given };
  },
  undoActions: () => [{ kind: 'none', because: 'a reset is over at once' }],
  effect: (fault, targets, nodes) => ({ resets: linksAround(targets, nodes, fault.params) }),
  inject,
  undo: async () => installed('nothing to undo: a reset is over at once', null),
};
