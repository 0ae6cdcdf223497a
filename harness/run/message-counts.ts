/**
 * What a run cost in messages: between servers, and between clients and servers, in all and for each operation.
 * Services count as servers. Counted by the network, so that it is known of backends that see messages only.
 */
import type { LinkCounters } from '../contracts.ts';
import type { MessageCounts, MessageTotals } from '../store/files.ts';

/** Sums of one moment. O(links). */
export function countMessages(
  counters: readonly LinkCounters[],
): Record<'servers' | 'clients', MessageTotals> {
  const sums = {
    servers: { sent: 0, delivered: 0, dropped: 0 },
    clients: { sent: 0, delivered: 0, dropped: 0 },
  };
  for (const { from, to, sent, delivered, dropped } of counters) {
    const sum = from === 'clients' || to === 'clients' ? sums.clients : sums.servers;
    sum.sent += sent;
    sum.delivered += delivered;
    sum.dropped += dropped;
  }
  return sums;
}

/** The sums with what one operation cost. */
export function perOperation(
  { servers, clients }: Record<'servers' | 'clients', MessageTotals>,
  operations: number,
): MessageCounts {
  const each = (sent: number): number | null =>
    operations === 0 ? null : Math.round((sent / operations) * 1_000) / 1_000;
  return {
    operations,
    servers: { ...servers, perOp: each(servers.sent) },
    clients: { ...clients, perOp: each(clients.sent) },
    perOp: each(servers.sent + clients.sent),
  };
}
