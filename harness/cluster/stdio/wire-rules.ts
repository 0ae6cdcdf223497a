/**
 * What a system says of its network when no fault is in force, as a layer of link rules: it lies under those of
 * all faults and is never removed.
 */
import type { LinkEntry, LinkRule, NodeId, WireProfile } from '../../contracts.ts';

/** Name of the layer; no fault has it, for theirs end in a number. */
export const WIRE = 'wire';

/** The rules of all links between nodes, and between nodes and services. Services lose nothing. */
export function wireRules(
  { delay, loss, overtake }: WireProfile,
  nodes: readonly NodeId[],
  services: readonly string[],
): LinkEntry[] {
  const slow: LinkRule = {
    ...(delay === undefined || delay.ms === 0 ? {} : { delay }),
    ...(overtake === true ? { overtake } : {}),
  };
  const lossy = { ...slow, ...(loss === undefined || loss === 0 ? {} : { loss }) };
  const among = nodes.flatMap((from) =>
    nodes.filter((to) => to !== from).map((to) => ({ from, to, rule: lossy })),
  );
  const served = nodes.flatMap((node) =>
    services.flatMap((service) => [
      { from: node, to: service, rule: slow },
      { from: service, to: node, rule: slow },
    ]),
  );
  return [...among, ...served].filter(({ rule }) => Object.keys(rule).length > 0);
}
