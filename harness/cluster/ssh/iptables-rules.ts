/**
 * The rules of a host as iptables, for hosts without nftables: chains of the run's own that the first rule of INPUT and
 * OUTPUT leads to. Rules are replaced in one transaction, which starts their counters anew: so every counter is a chain
 * of its own with a single rule, which stays. Pure: texts for `iptables-restore`, and out of `iptables-save`.
 */
import type { Counted } from '../docker/packet-filter.ts';
import { COUNTERS, type FilterRule, type HostPeer } from './host-rules.ts';

/** Names of chains have 28 characters at most: one says what is counted. */
const LETTERS: Readonly<Record<(typeof COUNTERS)[number], string>> = {
  ...{ in: 'i', lost: 'l', here: 'h', out: 'o', held: 'k', left: 'g', late: 't' },
};
/** What is counted is dropped by the same rule. */
const DROPPED: ReadonlySet<string> = new Set(['lost', 'here', 'held']);
const ENTRIES = [
  ['arriving', 'A', 'INPUT'],
  ['leaving', 'L', 'OUTPUT'],
] as const;

/** The chains of one host, nothing cut. */
export function iptablesTable(table: string, peers: readonly HostPeer[]): string {
  const counters = peers.flatMap(({ number }) => COUNTERS.map((what) => ({ what, number })));
  return script([
    ...ENTRIES.map(([, letter]) => `:${table}${letter} - [0:0]`),
    ...counters.map(({ what, number }) => `:${table}${LETTERS[what]}${number} - [0:0]`),
    ...counters.map(
      ({ what, number }) =>
        `-A ${table}${LETTERS[what]}${number} -j ${DROPPED.has(what) ? 'DROP' : 'RETURN'}`,
    ),
    // Before whatever else the host lets through.
    ...ENTRIES.map(([, letter, hook]) => `-I ${hook} 1 -j ${table}${letter}`),
  ]);
}

/** Replaces all rules of a host, in one transaction. */
export function iptablesRules(table: string, rules: readonly FilterRule[]): string {
  return script([
    ...ENTRIES.map(([, letter]) => `-F ${table}${letter}`),
    ...rules.map((rule) => {
      const letter = ENTRIES.find(([chain]) => chain === rule.chain)![1];
      return `-A ${table}${letter} ${words(table, rule).join(' ')}`;
    }),
  ]);
}

function words(table: string, rule: FilterRule): string[] {
  const { chain, isLocal, from, to, tcp, udpTo, chance, counter } = rule;
  return [
    ...(isLocal ? [chain === 'arriving' ? '-i lo' : '-o lo'] : []),
    ...(from === undefined ? [] : [`-s ${from}`]),
    ...(to === undefined ? [] : [`-d ${to}`]),
    ...(tcp === undefined
      ? []
      : [`-p tcp ${'toPort' in tcp ? `--dport ${tcp.toPort}` : `--sport ${tcp.fromPort}`}`]),
    ...(udpTo === undefined ? [] : [`-p udp --dport ${udpTo}`]),
    ...(chance === undefined ? [] : [`-m statistic --mode random --probability ${chance.toFixed(6)}`]),
    `-j ${counter === undefined ? 'RETURN' : chainOf(table, counter)}`,
  ];
}

/** Counters by name, from what `iptables-save -c` prints of the chains. */
export function iptablesCounters(table: string, text: string): Counted {
  const names = new Map(Object.entries(LETTERS).map(([what, letter]) => [letter, what]));
  const line = new RegExp(`^\\[(\\d+):(\\d+)\\] -A ${table}([a-z])(\\d+) `, 'gm');
  return Object.fromEntries(
    [...text.matchAll(line)].map(([, packets, bytes, letter, number]) => [
      `${names.get(letter!)}${number}`,
      { packets: Number(packets), bytes: Number(bytes) },
    ]),
  );
}

function chainOf(table: string, counter: string): string {
  const [, what, number] = /^([a-z]+)(\d+)$/.exec(counter)!;
  return `${table}${LETTERS[what as keyof typeof LETTERS]}${number}`;
}

function script(lines: readonly string[]): string {
  return ['*filter', ...lines, 'COMMIT'].join('\n');
}
