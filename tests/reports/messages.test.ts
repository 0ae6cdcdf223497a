import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { causalChain, eventGraph, NO_EVENT, vectorTimestamps } from '../../checkers/clocks/event-graph.ts';
import { type Rng, Seed } from '../../harness/random.ts';
import { Messages } from '../../reports/html/app/messages.ts';
import { messageRows } from '../../reports/html/message-rows.ts';
import { type MessageLog, readMessages } from '../../reports/messages.ts';
import type { ReportModel } from '../../reports/model.ts';
import { bullyModel } from './fixtures.ts';

const COLUMNS = ['sent_order', 'end_order', 'sent_ns', 'end_ns', 'fate', 'from', 'src', 'dest', 'type'];
const HEAD = JSON.stringify({ format: 'faultline-messages/1', columns: COLUMNS });

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-messages-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function journal(lines: readonly string[]): Promise<MessageLog | null> {
  const path = join(dir, 'messages.jsonl');
  writeFileSync(path, lines.join('\n'));
  return readMessages(path);
}

const line = (sent: number, end: number, from: string, to: string, fate = 'delivered'): string =>
  JSON.stringify([sent, end, sent * 1e6, end * 1e6, fate, from, from, to, 'append']);

/** Messages between five processes, ends in any order after their sends, one in ten lost. */
function drawn(rng: Rng, n: number): string[] {
  const names = ['n1', 'n2', 'n3', 'c0', 'c1'];
  const open: { sent: number; from: string; to: string }[] = [];
  const lines: string[] = [];
  for (let order = 0, made = 0; made < n || open.length > 0; order++) {
    if (made < n && (open.length === 0 || rng.chance(0.55))) {
      const from = rng.pick(names);
      open.push({ sent: order, from, to: rng.pick(names.filter((name) => name !== from)) });
      made++;
    } else {
      const [{ sent, from, to }] = open.splice(rng.int(0, open.length - 1), 1) as [(typeof open)[number]];
      lines.push(line(sent, order, from, to, rng.chance(0.1) ? 'lost' : 'delivered'));
    }
  }
  return lines;
}

function inPage(model: ReportModel, limit?: number): Messages {
  const rows = messageRows(model, limit)!;
  return new Messages(rows.columns, rows.count, rows.about);
}

describe('a journal of messages', () => {
  it('is read into columns in the order of sending, with Lamport timestamps', async () => {
    const log = (await journal([
      HEAD,
      line(2, 3, 'n1', 'n2'),
      line(0, 4, 'n2', 'n1'),
      line(1, 5, 'n3', 'n1', 'lost'),
      JSON.stringify({ end: true, left_out: 7 }),
    ]))!;
    expect([...log.sentOrder]).toEqual([0, 1, 2]);
    expect([...log.sentStamp]).toEqual([1, 1, 1]);
    // n1 had sent at 1 and receives what was sent at 1; n2 had sent at 1 and receives what was sent at 1.
    expect([...log.endStamp]).toEqual([2, 0, 2]);
    expect(log.fates).toEqual(['delivered', 'lost']);
    expect([log.leftOut, log.unread]).toEqual([7, 0]);
  });

  it('counts what it cannot read, and is null when it is none', async () => {
    const log = (await journal([
      HEAD,
      line(0, 1, 'n1', 'n2'),
      '[3,2,',
      '[9,2,1,1,"lost","a","a","b","x"]',
      '"?"',
    ]))!;
    expect([log.count, log.unread]).toEqual([1, 3]);
    expect(await journal(['{"format":"something else"}', '[]'])).toBeNull();
    expect(await journal([''])).toBeNull();
  });

  it('keeps whole stretches around what matters where there is too much', async () => {
    const lines = [HEAD];
    for (let i = 0; i < 5000; i++) lines.push(line(2 * i, 2 * i + 1, 'n1', 'n2'));
    const model = { ...bullyModel(), messageLog: await journal(lines) };
    const rows = messageRows(model, 3000)!;
    expect([rows.count, rows.about.leftOut]).toEqual([3000, 2000]);
    const [finding] = model.findings;
    const sent = [...rows.columns.sent];
    const inside = sent.filter((us) => us >= finding!.fromNs / 1e3 && us <= finding!.toNs / 1e3);
    // One is sent every two milliseconds: of the last seconds of an anomaly none is missing.
    expect(inside.length).toBeGreaterThan(1000);
    for (let i = 1; i < inside.length; i++) expect(inside[i]! - inside[i - 1]!).toBeLessThanOrEqual(2000);
  });
});

describe('what happened before what, in the page', () => {
  it('agrees with the graph of events on every pair, its vectors, and its Lamport clocks', async () => {
    for (const seed of [1, 2, 3]) {
      const rng = Seed.of(seed).rng();
      const log = (await journal([HEAD, ...drawn(rng, 25)]))!;
      const messages = inPage({ ...bullyModel(), messageLog: log });
      const events = [...messages.rowOf.keys()].filter((event) => messages.rowOf[event]! >= 0);
      const at = new Map(events.map((event, i) => [event, i]));
      const sends = events.map((event) => {
        const row = messages.rowOf[event]!;
        return messages.isSend(event) ? NO_EVENT : at.get(messages.columns.order[row]!)!;
      });
      const processes = messages.about.names;
      const graph = eventGraph(
        processes,
        Int32Array.from(events, (event) => messages.processOf(event)),
        Int32Array.from(sends),
      );
      const vectors = vectorTimestamps(
        graph,
        Int32Array.from(events, (_, i) => i),
      );
      for (const [i, a] of events.entries()) {
        const known = messages.vectorOf(a);
        const width = processes.length;
        const expected = [...vectors.subarray(i * width, (i + 1) * width)];
        expect(processes.map((_, p) => known.get(p) ?? 0)).toEqual(expected);
        expect(messages.nodesKnownAt(a)).toEqual(expected.slice(0, messages.about.nodes));
        for (const [j, b] of events.entries()) {
          const chain = causalChain(graph, i, j);
          const { how, chain: found } = messages.relate(a, b);
          const back = causalChain(graph, j, i);
          expect(how).toBe(
            a === b ? 'same' : chain !== null ? 'before' : back !== null ? 'after' : 'concurrent',
          );
          if (how === 'before') {
            expect([found[0], found.at(-1)]).toEqual([a, b]);
            expect(messages.stampOf(a)).toBeLessThan(messages.stampOf(b));
            for (let step = 1; step < found.length; step++) {
              const [x, y] = [at.get(found[step - 1]!)!, at.get(found[step]!)!];
              expect([graph.previous[y], graph.sends[y]]).toContain(x);
            }
          }
        }
      }
    }
  });

  it('follows an operation from its request to its answer, and no further', async () => {
    const log = await journal([
      HEAD,
      line(0, 1, 'n3', 'n2'),
      line(2, 3, 'c0', 'n1'),
      line(4, 5, 'n1', 'n2'),
      line(6, 7, 'n3', 'n2'),
      line(8, 9, 'n2', 'n1'),
      line(10, 11, 'n1', 'n3'),
      line(12, 13, 'n1', 'c0'),
      line(14, 15, 'n1', 'n2'),
    ]);
    const messages = inPage({ ...bullyModel(), messageLog: log });
    const followed = [...messages.follow('c0', 1500, 13_500, true)].map((row) => messages.columns.order[row]);
    expect(followed).toEqual([2, 4, 8, 12]);
    // Without an answer everything it can have set off counts.
    const open = [...messages.follow('c0', 1500, 20_000, false)].map((row) => messages.columns.order[row]);
    expect(open).toEqual([2, 4, 8, 10, 12, 14]);
    expect(messages.follow('c9', 0, 20_000, true).size).toBe(0);
  });
});
