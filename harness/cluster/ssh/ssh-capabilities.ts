/**
 * What the ssh backend offers, and what of it these hosts cannot do: each says so itself before the run is planned.
 */
import type { Capability, Missing } from '../../contracts.ts';
import { NO_DOUBLES } from '../netns/netns-cluster.ts';
import { endpointOf } from './probe-hosts.ts';
import { hostName, type ProbedSsh } from './ssh-options.ts';

/** Why clocks cannot be made wrong on every host; null: they can. */
export function noClocks(ssh: ProbedSsh): string | null {
  if (ssh.dedicated === true) {
    const weak = named(ssh, ({ power }) => power === 'none');
    return weak === null ? null : `the clock of ${weak} can only be set by root`;
  }
  const lacking = named(ssh, ({ faketime }) => faketime === null);
  return lacking === null ? null : `${lacking} has no libfaketime (apt-get install libfaketime there)`;
}

/** The first host of which something is true, as messages name it. */
function named(ssh: ProbedSsh, test: (facts: ProbedSsh['facts'][number]) => boolean): string | null {
  const i = ssh.facts.findIndex(test);
  return i < 0 ? null : hostName(endpointOf(ssh, ssh.hosts[i]!));
}

/** What cannot be done on these hosts, and why. */
export function missingOnSsh(ssh: ProbedSsh): Missing[] {
  const missing: Missing[] = NEVER.map(([capability, reason]) => ({ capability, reason }));
  const lack = (capabilities: readonly Capability[], reason: string, fix: string): void => {
    for (const capability of capabilities) missing.push({ capability, reason, fix });
  };
  const weak = named(ssh, ({ power }) => power === 'none');
  const without = (name: string): string | null => named(ssh, ({ has }) => !has.includes(name));
  if (weak !== null) {
    const reason = `${weak} lets nobody set rules who is not root and may not use sudo without a password`;
    lack([...BY_FILTER, ...BY_QUEUE, 'link.reset'], reason, 'NOPASSWD in its sudoers, or ssh.user: root');
  } else {
    const filter = named(ssh, ({ has }) => !has.includes('filter') && !has.includes('iptables'));
    const [ss, rate, netem] = ['ss', 'rate', 'netem'].map(without);
    if (filter) {
      const reason = `${filter} has neither nftables nor iptables that works`;
      lack(BY_FILTER, reason, 'apt-get install nftables there');
    }
    if (ss) lack(['link.reset'], `${ss} has no ss`, 'apt-get install iproute2 there');
    if (rate) lack(BY_QUEUE, `${rate} has no tc with htb`, 'apt-get install iproute2 there');
    else if (netem) {
      const fix = 'apt-get install linux-modules-extra there, or a kernel with sch_netem';
      lack(['link.latency'], `the kernel of ${netem} has no netem`, fix);
    }
  }
  const clocks = noClocks(ssh);
  if (clocks !== null) missing.push({ capability: 'clock.skew', reason: clocks });
  return missing;
}

const NEVER: readonly [Capability, string][] = [
  ['message.tap', 'whole messages are not seen on a network of packets'],
  ['link.listen', 'whole messages are not seen on a network of packets'],
  ['link.tamper', 'packets on their way between machines are not rewritten'],
  [
    'link.reorder',
    'nothing on a host counts what netem puts out of order, so nothing would show that it bit',
  ],
  ['link.corrupt', 'nothing on a host counts what netem breaks, so nothing would show that it bit'],
  ['link.duplicate', NO_DOUBLES],
  ['link.mtu', 'a packet at a packet filter may be many segments at once'],
];
const BY_FILTER: readonly Capability[] = ['link.cut', 'link.loss', 'client-link.cut', 'client-link.loss'];
const BY_QUEUE: readonly Capability[] = ['link.latency', 'link.rate'];

/** What this backend can do where hosts allow everything. */
export const SSH_OFFERS: readonly Capability[] = [
  'process.kill',
  'process.pause',
  'process.restart',
  'clock.skew',
  'link.cut',
  'link.reset',
  'link.loss',
  'link.latency',
  'link.rate',
  'client-link.cut',
  'client-link.loss',
];
