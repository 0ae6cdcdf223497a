/**
 * What a run cost, in sentences: messages for each operation, and how long things took to be everywhere, where
 * the network and the checkers measured it.
 */
import { count, duration } from '../format.ts';
import type { CheckerRow, MessageRow } from '../model.ts';
import { number, record } from '../read-json.ts';

/** The `messages` part of verdict.json; null when it has none. */
export function messagesOf(value: unknown): MessageRow | null {
  const load = record(record(value)['load']);
  const all = record(record(value)['all']);
  const [servers, clients] = [record(load['servers']), record(load['clients'])];
  const sent = number(servers['sent']);
  if (sent === null) return null;
  return {
    operations: number(load['operations']) ?? 0,
    serversPerOp: number(servers['perOp']),
    clientsPerOp: number(clients['perOp']),
    servers: sent,
    clients: number(clients['sent']) ?? 0,
    dropped: (number(servers['dropped']) ?? 0) + (number(clients['dropped']) ?? 0),
    serversInAll: number(record(all['servers'])['sent']) ?? sent,
  };
}

/** `4.2 an operation between servers (1 200), 2.0 with clients (570); 12 lost; 1 900 between servers in all`. */
export function messageWords(row: MessageRow): string {
  const each = (perOp: number | null): string => (perOp === null ? '' : `${perOp.toFixed(2)} an operation `);
  const lost = row.dropped === 0 ? '' : `; ${count(row.dropped)} lost`;
  const later =
    row.serversInAll === row.servers ? '' : `; ${count(row.serversInAll)} between servers in the whole run`;
  return (
    `${each(row.serversPerOp)}between servers (${count(row.servers)}), ` +
    `${each(row.clientsPerOp)}with clients (${count(row.clients)})${lost}${later}`
  );
}

/** Quantiles that checkers measured, each with what it is of: `broadcast: time to everywhere  p50 80 ms...`. */
export function spreadsOf(checkers: readonly CheckerRow[]): string[] {
  return checkers
    .filter(({ name }) => name !== 'stats')
    .flatMap(({ name, stats }) =>
      Object.entries(stats).flatMap(([stat, value]) => {
        const { count: n, p50, p95, p99, max } = record(value) as Record<string, unknown>;
        if (!/Ms$/.test(stat) || [p50, p95, p99, max].some((q) => typeof q !== 'number')) return [];
        const what = stat.slice(0, -2).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
        const at = [p50, p95, p99, max].map((ms) => duration((ms as number) * 1e6));
        return `${name}: ${what} p50 ${at[0]}, p95 ${at[1]}, p99 ${at[2]}, most ${at[3]}, of ${count(n as number)}`;
      }),
    );
}
