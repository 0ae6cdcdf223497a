/**
 * Ends live TCP connections between nodes, and between clients and nodes, by asking the kernel of one end: it drops
 * the socket with an error and tells the other end with a reset.
 */
import type { Endpoint } from '../../contracts.ts';
import { outputNow } from '../processes.ts';
import type { NodeNetwork } from './node-network.ts';

/** Ends the connections of these links, in whichever direction they were opened; returns how many, by link. */
export function endConnections(
  network: NodeNetwork,
  links: readonly { from: Endpoint; to: Endpoint }[],
): Map<string, number> {
  const ended = new Map<string, number>();
  const targets = new Map<Endpoint, Endpoint[]>();
  for (const { from, to } of links) targets.set(from, [...(targets.get(from) ?? []), to]);
  for (const [from, tos] of targets) {
    const byAddress = new Map(tos.map((to) => [addressOf(network, to), to]));
    const filter = [...byAddress.keys()].map((ip) => `dst ${ip}`).join(' or ');
    const own = from === 'clients' ? `src ${network.clientAddress} and ` : '';
    const args = ['-K', '-H', '-n', '-t', 'state', 'established', `${own}( ${filter} )`];
    const words = from === 'clients' ? ['ss', ...args] : network.wordsIn(from, 'ss', args);
    for (const line of outputNow(words[0]!, words.slice(1)).split('\n')) {
      const to = byAddress.get(/(\d+\.\d+\.\d+\.\d+):\d+\s*$/.exec(line)?.[1] ?? '');
      if (to !== undefined) ended.set(`${from}>${to}`, (ended.get(`${from}>${to}`) ?? 0) + 1);
    }
  }
  return ended;
}

function addressOf(network: NodeNetwork, end: Endpoint): string {
  return end === 'clients' ? network.clientAddress : network.address(end);
}
