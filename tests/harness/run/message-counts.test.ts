import { describe, expect, it } from 'vitest';
import type { LinkCounters } from '../../../harness/contracts.ts';
import { silentLink } from '../../../harness/link-data.ts';
import { countMessages, perOperation } from '../../../harness/run/message-counts.ts';

const link = (from: string, to: string, sent: number, dropped = 0): LinkCounters => ({
  ...{ ...silentLink(from, to), sent, delivered: sent - dropped, dropped },
});

describe('counts of messages', () => {
  const counters = [
    link('clients', 'n1', 10),
    link('n1', 'clients', 9, 1),
    link('n1', 'n2', 30, 5),
    link('n2', 'lin-kv', 7),
  ];

  it('tells servers, services among them, from clients', () => {
    expect(countMessages(counters)).toEqual({
      servers: { sent: 37, delivered: 32, dropped: 5 },
      clients: { sent: 19, delivered: 18, dropped: 1 },
    });
  });

  it('divides by operations, where there were any', () => {
    const sums = countMessages(counters);
    expect(perOperation(sums, 10)).toMatchObject({
      servers: { perOp: 3.7 },
      clients: { perOp: 1.9 },
      perOp: 5.6,
    });
    expect(perOperation(sums, 0)).toMatchObject({ operations: 0, servers: { perOp: null }, perOp: null });
  });
});
