/**
 * Networks as they are where machines really stand: how long a message takes one way on each link when no fault is in
 * force. Figures are round trips that public measurements of these distances agree on, halved. Clients sit beside the
 * node they talk to.
 */
import type { LinkEntry, NodeId } from '../link-data.ts';
import { suggest, UsageError } from '../registry.ts';

/** How long a message takes one way. */
export interface OneWay {
  ms: number;
  /** Standard deviation. */
  jitterMs: number;
}

/** A network by name. */
export interface NetProfile {
  summary: string;
  /** Places nodes may stand in; without `regions` of its own a node stands in one by its number. */
  regions: readonly string[];
  /** Of `n` nodes, where number `i` stands, as an index of `regions`. */
  place(i: number, n: number): number;
  between(a: string, b: string): OneWay;
}

/** Two machines of one data centre: half a millisecond there and back. */
const NEAR: OneWay = { ms: 0.25, jitterMs: 0.05 };

/** Round trips between regions in ms. */
const WAN: Readonly<Record<string, number>> = {
  'us-east>us-west': 65,
  'us-east>europe': 75,
  'us-east>seoul': 180,
  'us-east>sao-paulo': 115,
  'us-west>europe': 140,
  'us-west>seoul': 150,
  'us-west>sao-paulo': 175,
  'europe>seoul': 235,
  'europe>sao-paulo': 185,
  'seoul>sao-paulo': 300,
};

function wan(a: string, b: string): OneWay {
  if (a === b) return NEAR;
  const roundTripMs = WAN[`${a}>${b}`] ?? WAN[`${b}>${a}`]!;
  return { ms: roundTripMs / 2, jitterMs: roundTripMs / 50 };
}

/** Every profile by name. */
export const NET_PROFILES: Readonly<Record<string, NetProfile>> = {
  'same-dc': {
    summary: 'one data centre: 0.5 ms there and back',
    regions: ['dc'],
    place: () => 0,
    between: () => NEAR,
  },
  'cross-continent': {
    summary: 'every node on a coast of its own: 110 ms there and back',
    regions: ['anywhere'],
    place: () => 0,
    between: () => ({ ms: 55, jitterMs: 3 }),
  },
  'seoul-us-west': {
    summary: 'the first half of the nodes in Seoul, the others in US West: 150 ms there and back',
    regions: ['seoul', 'us-west'],
    place: (i, n) => (i < Math.ceil(n / 2) ? 0 : 1),
    between: wan,
  },
  'wan-5': {
    summary: 'five regions in turn (us-east, us-west, europe, seoul, sao-paulo): 65 to 300 ms there and back',
    regions: ['us-east', 'us-west', 'europe', 'seoul', 'sao-paulo'],
    place: (i) => i % 5,
    between: wan,
  },
};

/** What a configuration says of its network. */
export interface NetworkConfig {
  profile?: string;
  /** Where nodes stand, by node. */
  regions?: Record<NodeId, string>;
  /** Links that are as they are: `n1>n2`, one way. */
  links?: Record<string, { ms: number; jitterMs?: number }>;
}

/** One link of a network, as a run has it. */
export interface NetLink extends OneWay {
  from: NodeId;
  to: NodeId;
}

/** The latency of every link it says anything about. Throws `UsageError` for names that do not exist. */
export function networkLinks(network: NetworkConfig, nodes: readonly NodeId[]): NetLink[] {
  const profile = profileOf(network);
  const regions = nodes.map((node, i) => regionOf(network, profile, node, i, nodes.length));
  checkNames(network, nodes);
  return nodes.flatMap((from, i) =>
    nodes.flatMap((to, j): NetLink[] => {
      if (i === j) return [];
      const own = network.links?.[`${from}>${to}`];
      if (own !== undefined) return [{ from, to, ms: own.ms, jitterMs: own.jitterMs ?? 0 }];
      return profile === null ? [] : [{ from, to, ...profile.between(regions[i]!, regions[j]!) }];
    }),
  );
}

/** Name of the layer of rules; no fault has it, for theirs end in a number. */
export const NETWORK = 'network';

/** The same as rules that lie under those of all faults. */
export function networkRules(links: readonly NetLink[]): LinkEntry[] {
  return links.map(({ from, to, ms, jitterMs }) => ({
    from,
    to,
    rule: { base: { ms, jitterMs, distribution: 'normal' } },
  }));
}

function profileOf({ profile }: NetworkConfig): NetProfile | null {
  if (profile === undefined) return null;
  const found = Object.hasOwn(NET_PROFILES, profile) ? NET_PROFILES[profile] : undefined;
  if (found !== undefined) return found;
  throw new UsageError(`there is no network profile "${profile}"`, {
    hint: suggest(profile, Object.keys(NET_PROFILES)),
  });
}

function regionOf(
  { regions }: NetworkConfig,
  profile: NetProfile | null,
  node: NodeId,
  i: number,
  n: number,
): string {
  if (profile === null) return '';
  const given = regions?.[node];
  if (given === undefined) return profile.regions[profile.place(i, n)]!;
  if (profile.regions.includes(given)) return given;
  throw new UsageError(`network.regions: the profile has no region "${given}"`, {
    hint: suggest(given, profile.regions),
  });
}

function checkNames({ regions = {}, links = {} }: NetworkConfig, nodes: readonly NodeId[]): void {
  const names = [...Object.keys(regions), ...Object.keys(links).flatMap((link) => link.split('>'))];
  const wrong = names.find((name) => !nodes.includes(name));
  if (wrong === undefined) return;
  throw new UsageError(`network: there is no node "${wrong}"`, { hint: suggest(wrong, nodes) });
}
