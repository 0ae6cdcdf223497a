/**
 * Rules on the links of containers, as nftables in the network namespace of each. Packets are dropped where they
 * arrive: dropped where they leave, the kernel would tell the program, which no network does. Only who is about to
 * start again, in a namespace without rules as yet, is kept from hearing others at their end. Pure: from what holds
 * on links to scripts for `nft -f -`, and from what `nft -j` prints to counters.
 */
import type { Endpoint } from '../../contracts.ts';
import type { LinkState } from '../link-rules.ts';

/** The table in each namespace. */
export const TABLE = 'faultline';
/** Datagrams to this port tell whether a link is open. */
export const PROBE_PORT = 9;
/** Questions of the harness whether a node is ready come from these ports, which no rule touches. */
export const FREE_PORTS = { from: 18_000, to: 19_999 } as const;

/** An end of a link as packets know it: an address, or everybody who is no node. */
export interface FilterEnd {
  end: Endpoint;
  /** In the names of counters. */
  number: number;
  /** Null: all who are no node. */
  ip: string | null;
}

/** The table of one node, nothing cut: counters for each of its links, and chains to be filled. */
export function tableScript(ends: readonly FilterEnd[]): string {
  const counters = ends.flatMap(({ number }) =>
    ['in', 'lost', 'here', 'out', 'held', 'left'].map((what) => `counter ${what}${number} { }`),
  );
  const ips = ends.flatMap(({ ip }) => (ip === null ? [] : [ip]));
  return [
    `table ip ${TABLE} {`,
    ...counters,
    `set nodes { type ipv4_addr; ${ips.length > 0 ? `elements = { ${ips.join(', ')} };` : ''} }`,
    'chain arriving { type filter hook input priority -300; }',
    'chain leaving { type filter hook output priority -300; }',
    '}',
  ].join('\n');
}

/**
 * Replaces all rules of a node, in one transaction. `state(from, to)` tells what holds on a link, `isBare` who has no
 * rules to keep packets from it.
 */
export function rulesScript(
  node: Endpoint,
  peers: readonly FilterEnd[],
  state: (from: Endpoint, to: Endpoint) => LinkState,
  isBare: (end: Endpoint) => boolean,
): string {
  const { from, to } = FREE_PORTS;
  const lines = [
    `flush chain ip ${TABLE} arriving`,
    `flush chain ip ${TABLE} leaving`,
    // The loopback of the container is no link.
    rule('arriving', 'iifname "lo" accept'),
    rule('leaving', 'oifname "lo" accept'),
    rule('arriving', `ip saddr != @nodes tcp sport ${from}-${to} accept`),
    rule('leaving', `ip daddr != @nodes tcp dport ${from}-${to} accept`),
  ];
  for (const peer of peers) {
    const i = peer.number;
    const inward = state(peer.end, node);
    const outward = state(node, peer.end);
    const source = peer.ip === null ? 'ip saddr != @nodes' : `ip saddr ${peer.ip}`;
    const target = peer.ip === null ? 'ip daddr != @nodes' : `ip daddr ${peer.ip}`;
    lines.push(rule('arriving', `${source} counter name in${i}`));
    lines.push(...dropping('arriving', source, inward, `lost${i}`));
    lines.push(rule('arriving', `${source} udp dport ${PROBE_PORT} counter name here${i} drop`));
    lines.push(rule('leaving', `${target} counter name out${i}`));
    // The other end has no rules: clients never, a container not yet.
    if (isBare(peer.end)) lines.push(...dropping('leaving', target, outward, `held${i}`));
    lines.push(rule('leaving', `${target} udp dport ${PROBE_PORT} counter name left${i}`));
  }
  return lines.join('\n');
}

/** Cuts, or what is lost by chance. */
function dropping(chain: Chain, who: string, { cut, loss }: LinkState, counter: string): string[] {
  if (cut) return [rule(chain, `${who} counter name ${counter} drop`)];
  if (loss <= 0) return [];
  const chance = `numgen random mod ${PARTS} < ${Math.round(loss * PARTS)}`;
  return [rule(chain, `${who} ${chance} counter name ${counter} drop`)];
}

/** Packets and bytes by counter name. */
export type Counted = Readonly<Record<string, { packets: number; bytes: number }>>;

/** Reads what `nft -j list counters` prints. */
export function countersOf(text: string): Counted {
  const { nftables } = JSON.parse(text) as { nftables: { counter?: Counter }[] };
  const counters = nftables.flatMap(({ counter }) => (counter === undefined ? [] : [counter]));
  return Object.fromEntries(counters.map(({ name, packets, bytes }) => [name, { packets, bytes }]));
}

interface Counter {
  name: string;
  packets: number;
  bytes: number;
}

const PARTS = 1_000_000;

type Chain = 'arriving' | 'leaving';

function rule(chain: Chain, words: string): string {
  return `add rule ip ${TABLE} ${chain} ${words}`;
}
