/** Is there a network of one's own, and what can be done to packets in it? Tried in a sandbox that ends at once. */
import { NETEM_TRIAL } from '../cluster/netns/netem-support.ts';
import { findSandbox, tryWay } from '../sandbox/probe.ts';
import type { Finding, Probe } from './probe.ts';

/** A network of our own in namespaces, as the `netns` backend makes it. */
export const sandboxProbe: Probe = {
  name: 'sandbox',
  costs: 'the netns backend: own addresses, packets, every shape of network; stdio and tcp do without',
  timeoutMs: 6000,
  run: async () => {
    const support = await findSandbox();
    if ('way' in support) return { ok: true, detail: support.detail };
    const { reason, fix } = support;
    return { ok: false, detail: reason, ...(fix === undefined ? {} : { fix }) };
  },
};

/** Tries a script in a sandbox. */
async function inSandbox(script: string, works: string, fix: string): Promise<Finding> {
  const support = await findSandbox();
  if (!('way' in support)) return { ok: false, detail: 'not tried: there is no sandbox to try it in' };
  const problem = await tryWay(support.way, script);
  return problem === null ? { ok: true, detail: works } : { ok: false, detail: problem, fix };
}

/** nftables rules on pairs of addresses, all in one transaction. */
export const packetFilterProbe: Probe = {
  name: 'packet filter',
  costs: 'cutting links of netns in the kernel, which is what it does without a C compiler',
  timeoutMs: 6000,
  run: () =>
    inSandbox(
      'printf "table bridge t {\\n set s {\\n type ipv4_addr . ipv4_addr\\n counter\\n }\\n chain c {\\n type filter hook forward priority 0\\n ip saddr . ip daddr @s drop\\n }\\n}\\n" | nft -f -',
      'pairs of addresses on a bridge',
      'apt-get install nftables',
    ),
};

/** Delay and rate by the kernel's own queueing discipline. */
export const netemProbe: Probe = {
  name: 'netem',
  costs:
    'delay and rate on netns where there is no C compiler: with one the switch of faultline does these, and more',
  timeoutMs: 6000,
  run: () =>
    inSandbox(
      NETEM_TRIAL,
      'tc qdisc netem works',
      'modprobe -a sch_netem sch_htb cls_u32 (apt-get install linux-modules-extra-$(uname -r) where that package exists)',
    ),
};
