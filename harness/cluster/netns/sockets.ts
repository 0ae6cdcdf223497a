/**
 * Ends live TCP connections between nodes, and between clients and nodes, by asking the kernel of one end: it drops
 * the socket with an error and tells the other end with a reset.
 */
import type { Endpoint } from '../../contracts.ts';
import { outputNow } from '../processes.ts';
import type { PacketNetwork } from './packet-network.ts';

/** Ends the connections of these links, in whichever direction they were opened; returns how many, by link. */
export function endConnections(
  network: PacketNetwork,
  links: readonly { from: Endpoint; to: Endpoint }[],
): Map<string, number> {
  const ended = new Map<string, number>();
  const asked = new Map<Endpoint, { other: Endpoint; link: string }[]>();
  for (const { from, to } of links) {
    const [at, other] = from === 'clients' && network.sharesClients ? [to, from] : [from, to];
    asked.set(at, [...(asked.get(at) ?? []), { other, link: `${from}>${to}` }]);
  }
  for (const [at, others] of asked) {
    const byAddress = new Map(others.map(({ other, link }) => [addressOf(network, other), link]));
    const filter = [...byAddress.keys()].map((ip) => `dst ${ip}`).join(' or ');
    const own = at === 'clients' ? `src ${network.clientAddress} and ` : '';
    const args = ['-K', '-H', '-n', '-t', 'state', 'established', `${own}( ${filter} )`];
    const words = at === 'clients' ? ['ss', ...args] : network.wordsAt(at, 'ss', args);
    if (words === null) continue;
    for (const line of outputNow(words[0]!, words.slice(1)).split('\n')) {
      const link = byAddress.get(/(\d+\.\d+\.\d+\.\d+):\d+\s*$/.exec(line)?.[1] ?? '');
      if (link !== undefined) ended.set(link, (ended.get(link) ?? 0) + 1);
    }
  }
  return ended;
}

function addressOf(network: PacketNetwork, end: Endpoint): string {
  return end === 'clients' ? network.clientAddress : network.address(end);
}
