/**
 * Rules on the links of hosts, as nftables in a table of the run's own and as queues of tc; as iptables in
 * iptables-rules.ts. Packets are dropped where they arrive: dropped where they leave, the kernel would tell the program, which no network does. The connection of the
 * harness itself is never touched. Pure: from what holds on links to scripts.
 */
import type { Endpoint } from '../../contracts.ts';
import type { LinkState } from '../link-rules.ts';

/** Datagrams to this port tell whether a link is open. */
export const PROBE_PORT = 9;

/** The other end of a link, as packets of a host know it. */
export interface HostPeer {
  end: Endpoint;
  /** In the names of counters. */
  number: number;
  ip: string;
}

/** The connection of the harness: from this address, to this port of the host. */
export interface Lifeline {
  controller: string;
  sshPort: number;
}

/** What is counted on each link; numbers of links follow in the names of counters. */
export const COUNTERS = ['in', 'lost', 'here', 'out', 'held', 'left', 'late'] as const;

/** The table of one host, nothing cut: counters for each of its links, and chains to be filled. */
export function tableScript(table: string, peers: readonly HostPeer[]): string {
  const counters = peers.flatMap(({ number }) => COUNTERS.map((what) => `counter ${what}${number} { }`));
  return [
    `table ip ${table} {`,
    ...counters,
    'chain arriving { type filter hook input priority -300; }',
    'chain leaving { type filter hook output priority -300; }',
    '}',
  ].join('\n');
}

/** One rule of a host: which packets it is about, and what becomes of them. */
export interface FilterRule {
  chain: 'arriving' | 'leaving';
  /** Packets of the host to itself. */
  isLocal?: true;
  from?: string;
  to?: string;
  tcp?: { fromPort: number } | { toPort: number };
  udpTo?: number;
  /** That share of them, drawn packet by packet. */
  chance?: number;
  /** Name of the counter that counts them. */
  counter?: string;
  /** Let through past all other rules of ours, or dropped; absent: on to the next rule. */
  verdict?: 'pass' | 'drop';
}

/** What a host does to packets, in order. `state(from, to)` tells what holds on a link. */
export function filterRules(
  node: Endpoint,
  peers: readonly HostPeer[],
  { controller, sshPort }: Lifeline,
  state: (from: Endpoint, to: Endpoint) => LinkState,
): FilterRule[] {
  const rules: FilterRule[] = [
    { chain: 'arriving', isLocal: true, verdict: 'pass' },
    { chain: 'leaving', isLocal: true, verdict: 'pass' },
    { chain: 'arriving', from: controller, tcp: { toPort: sshPort }, verdict: 'pass' },
    { chain: 'leaving', to: controller, tcp: { fromPort: sshPort }, verdict: 'pass' },
  ];
  for (const { end, number: i, ip } of peers) {
    const inward = state(end, node);
    const outward = state(node, end);
    const arriving = { chain: 'arriving', from: ip } as const;
    const leaving = { chain: 'leaving', to: ip } as const;
    rules.push({ ...arriving, counter: `in${i}` });
    for (const drop of dropping(inward)) rules.push({ ...arriving, ...drop, counter: `lost${i}` });
    rules.push({ ...arriving, udpTo: PROBE_PORT, counter: `here${i}`, verdict: 'drop' });
    rules.push({ ...leaving, counter: `out${i}` });
    // Nobody drops for clients where they are.
    if (end === 'clients') {
      for (const drop of dropping(outward)) rules.push({ ...leaving, ...drop, counter: `held${i}` });
    }
    if (delaysOf(node, end, state).length > 0 || Number.isFinite(outward.rate))
      rules.push({ ...leaving, counter: `late${i}` });
    rules.push({ ...leaving, udpTo: PROBE_PORT, counter: `left${i}` });
  }
  return rules;
}

/** Cuts, or what is lost by chance. */
function dropping({ cut, loss }: LinkState): Pick<FilterRule, 'chance' | 'verdict'>[] {
  if (cut) return [{ verdict: 'drop' }];
  return loss > 0 ? [{ chance: loss, verdict: 'drop' }] : [];
}

/** Replaces all rules of a host, in one transaction of nftables. */
export function rulesScript(table: string, rules: readonly FilterRule[]): string {
  return [
    `flush chain ip ${table} arriving`,
    `flush chain ip ${table} leaving`,
    ...rules.map((rule) => `add rule ip ${table} ${rule.chain} ${nftWords(rule).join(' ')}`),
  ].join('\n');
}

function nftWords({ chain, isLocal, from, to, tcp, udpTo, chance, counter, verdict }: FilterRule): string[] {
  return [
    ...(isLocal ? [`${chain === 'arriving' ? 'iifname' : 'oifname'} "lo"`] : []),
    ...(from === undefined ? [] : [`ip saddr ${from}`]),
    ...(to === undefined ? [] : [`ip daddr ${to}`]),
    ...(tcp === undefined ? [] : ['toPort' in tcp ? `tcp dport ${tcp.toPort}` : `tcp sport ${tcp.fromPort}`]),
    ...(udpTo === undefined ? [] : [`udp dport ${udpTo}`]),
    ...(chance === undefined
      ? []
      : [`numgen random mod ${PARTS} < ${Math.max(1, Math.round(chance * PARTS))}`]),
    ...(counter === undefined ? [] : [`counter name ${counter}`]),
    ...(verdict === undefined ? [] : [verdict === 'pass' ? 'accept' : 'drop']),
  ];
}

const PARTS = 1_000_000;

/** Numbers of queues that no administrator uses: hexadecimal. */
const ROOT = 'fa01';
const FIRST_LEAF = 0xfb01;
/** Packets that may wait for their time. */
const WAITING = 100_000;
/** No limit, in bits per second, as tc wants one. */
const UNLIMITED = '100gbit';

/**
 * Queues of one device for what waits on the links that leave by it, as lines of `tc -batch`; empty where nothing does.
 * What clients send is not delayed on its way here: all of a link with them is delayed on the way back.
 */
export function shapeScript(
  device: string,
  node: Endpoint,
  peers: readonly HostPeer[],
  { controller, sshPort }: Lifeline,
  state: (from: Endpoint, to: Endpoint) => LinkState,
): string[] {
  const leaves = peers.flatMap(({ end, ip, number }) => {
    const { rate, queueBytes, duplicate } = state(node, end);
    const delays = delaysOf(node, end, state);
    const isSlow = delays.length > 0 || duplicate > 0;
    return isSlow || Number.isFinite(rate)
      ? [{ ip, number: number + 1, rate, queueBytes, duplicate, delays, isSlow }]
      : [];
  });
  if (leaves.length === 0) return [];
  const filter = `filter add dev ${device} parent ${ROOT}: protocol ip`;
  return [
    `qdisc add dev ${device} root handle ${ROOT}: htb default 0`,
    `class add dev ${device} parent ${ROOT}: classid ${ROOT}:fff htb rate ${UNLIMITED}`,
    `${filter} prio 1 u32 match ip dst ${controller}/32 match ip protocol 6 0xff match ip sport ${sshPort} 0xffff flowid ${ROOT}:fff`,
    ...leaves.flatMap(({ ip, number, rate, queueBytes, duplicate, delays, isSlow }) => {
      const id = number.toString(16);
      const leaf = (FIRST_LEAF + number).toString(16);
      const speed = Number.isFinite(rate) ? `${Math.max(8, Math.round(rate * 8))}bit` : UNLIMITED;
      const queue = isSlow
        ? `netem limit ${WAITING}${netemDelay(delays)}${duplicate > 0 ? ` duplicate ${percent(duplicate)}` : ''}`
        : `bfifo limit ${Number.isFinite(queueBytes) ? Math.max(2_000, Math.round(queueBytes)) : 1 << 28}`;
      return [
        `class add dev ${device} parent ${ROOT}: classid ${ROOT}:${id} htb rate ${speed} quantum 1514`,
        `qdisc add dev ${device} parent ${ROOT}:${id} handle ${leaf}: ${queue}`,
        `${filter} prio 2 u32 match ip dst ${ip}/32 flowid ${ROOT}:${id}`,
      ];
    }),
  ];
}

type Delays = LinkState['delays'];

/** Everything that makes what leaves for an end late. */
function delaysOf(node: Endpoint, end: Endpoint, state: (from: Endpoint, to: Endpoint) => LinkState): Delays {
  const out = state(node, end);
  const own = [...out.base, ...out.delays];
  if (end !== 'clients') return own;
  const back = state(end, node);
  return [...own, ...back.base, ...back.delays];
}

/** Several delays as one: means add up, and so do the squares of what they vary by. */
function netemDelay(delays: Delays): string {
  const ms = delays.reduce((sum, delay) => sum + delay.ms, 0);
  if (ms === 0) return '';
  const jitter = Math.hypot(...delays.map(({ jitterMs = 0 }) => jitterMs));
  if (jitter === 0) return ` delay ${micros(ms)}`;
  const shape = delays.find(({ jitterMs = 0 }) => jitterMs > 0)?.distribution ?? 'uniform';
  // Of netem's tables, pareto is the one with a long tail.
  const table = {
    constant: '',
    uniform: '',
    normal: ' distribution normal',
    exponential: ' distribution pareto',
  };
  return ` delay ${micros(ms)} ${micros(jitter)}${table[shape]}`;
}

function micros(ms: number): string {
  return `${Math.round(ms * 1000)}us`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(4)}%`;
}
