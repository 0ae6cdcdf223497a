/**
 * What links of a kernel bridge do, as rulesets of nftables. Links are pairs of hardware addresses, which are ours: every
 * frame of a node is meant, whatever it carries. One change is one transaction: all links change at once or none does.
 */
import type { LinkState } from '../link-rules.ts';

/** A directed link by the hardware addresses of its ends, and what holds on it. */
export interface BridgeLink {
  from: string;
  to: string;
  state: LinkState;
}

/** Datagrams to this port are those of probes: not counted as traffic, and counted for themselves. */
export const PROBE_PORT = 9;

/** Frames nobody counts and, with `all`, no rule touches: what the harness itself asks of nodes. */
function spared(freeAddress: string): string[] {
  return [`ip saddr ${freeAddress} accept`, `ip daddr ${freeAddress} accept`];
}

function chain(name: string, priority: number, rules: readonly string[]): string[] {
  const hook = `type filter hook forward priority ${priority}; policy accept;`;
  return [`chain ${name} {`, hook, ...rules, '}'];
}

function pairs(links: readonly BridgeLink[]): string {
  return links.map(({ from, to }) => `${from} . ${to}`).join(', ');
}

/** The table that counts, made once: frames before the rules and after them. */
export function countingTable(table: string, links: readonly BridgeLink[], freeAddress: string): string {
  const set = (name: string): string[] => [
    `set ${name} {`,
    'type ether_addr . ether_addr; counter;',
    `elements = { ${pairs(links)} }`,
    '}',
  ];
  const probe = `udp dport ${PROBE_PORT}`;
  const quiet = [...spared(freeAddress), 'icmp type destination-unreachable accept'];
  return [
    `table bridge ${table} {`,
    ...['sent', 'arrived', 'probed'].flatMap(set),
    ...chain('before', -10, [...quiet, `${probe} accept`, 'ether saddr . ether daddr @sent']),
    ...chain('after', 10, [
      ...quiet,
      `${probe} ether saddr . ether daddr @probed accept`,
      'ether saddr . ether daddr @arrived',
    ]),
    '}',
    '',
  ].join('\n');
}

/** The table of faults, with nothing in it: what holds on links is looked up in its map. */
export function faultTable(table: string, freeAddress: string): string {
  return [
    `table bridge ${table} {`,
    'map links {',
    'type ether_addr . ether_addr : verdict;',
    '}',
    ...chain('faults', 0, [...spared(freeAddress), 'ether saddr . ether daddr vmap @links']),
    '}',
    '',
  ].join('\n');
}

/**
 * The commands that put rules in force in place of those that are: one transaction, in one line. `number` names its
 * chains, `before` are those of the last one, which go.
 */
export function changeOf(
  table: string,
  links: readonly BridgeLink[],
  number: number,
  before: readonly string[],
): { transaction: string; chains: string[] } {
  const verdicts = new Map<string, string[]>();
  for (const link of links) {
    const rules = rulesOf(link.state);
    if (rules.length === 0) continue;
    const key = rules.join(';');
    verdicts.set(key, [...(verdicts.get(key) ?? []), `${link.from} . ${link.to}`]);
  }
  const commands = [`flush map bridge ${table} links`];
  const chains: string[] = [];
  for (const [rules, keys] of verdicts) {
    const name = `change${number}kind${chains.length}`;
    chains.push(name);
    commands.push(`add chain bridge ${table} ${name}`);
    commands.push(...rules.split(';').map((rule) => `add rule bridge ${table} ${name} ${rule}`));
    const elements = keys.map((key) => `${key} : jump ${name}`);
    commands.push(`add element bridge ${table} links { ${elements.join(', ')} }`);
  }
  commands.push(...before.map((name) => `delete chain bridge ${table} ${name}`));
  return { transaction: commands.join('; '), chains };
}

/** The rules of one link, in order; none where nothing holds on it. */
function rulesOf({ cut, loss, mtu }: LinkState): string[] {
  if (cut || loss >= 1) return ['drop'];
  const rules: string[] = [];
  if (Number.isFinite(mtu)) rules.push(`meta length > ${mtu} drop`);
  if (loss > 0) rules.push(`numgen random mod 1000000 < ${Math.max(1, Math.round(loss * 1e6))} drop`);
  return rules;
}

/** Packets and bytes by link, `from . to`, of `nft -j list set`. */
export function readCounters(json: string): Map<string, { packets: number; bytes: number }> {
  const found = new Map<string, { packets: number; bytes: number }>();
  const { nftables } = JSON.parse(json) as { nftables: { set?: { elem?: unknown[] } }[] };
  for (const { set } of nftables) {
    for (const each of set?.elem ?? []) {
      const { elem } = each as {
        elem: { val: { concat: [string, string] }; counter: { packets: number; bytes: number } };
      };
      found.set(elem.val.concat.join(' . '), elem.counter);
    }
  }
  return found;
}
