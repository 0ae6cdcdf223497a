/** The pure network: fates by address, order, every rule, all in virtual time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkRules } from '../../../../harness/cluster/link-rules.ts';
import { type Arrival, NetCore, type Party } from '../../../../harness/cluster/stdio/net-core.ts';
import type { LinkRule } from '../../../../harness/contracts.ts';
import { Seed } from '../../../../harness/random.ts';

const NODES = ['a', 'b', 'c'];
const party = (name: string): Party => ({ name, endpoint: name });
const MS = 1_000_000;

interface Sent {
  from: string;
  to: string;
  text: string;
}

/** A network in virtual time that writes down every end of a message. */
function makeNet(seed: number, rule: LinkRule | null) {
  const rules = new LinkRules(NODES);
  const ends: string[] = [];
  const arrivals: Arrival<string>[] = [];
  const note = (a: Arrival<string>): void => {
    ends.push(
      `${a.from.name}>${a.to.name} ${a.message} ${a.fate} +${a.dueNs - a.sentNs}${a.copy ? ' copy' : ''}`,
    );
    arrivals.push(a);
  };
  const net = new NetCore<string>({
    seed: Seed.of(seed),
    rules,
    tamper: (text) => `${text}!`,
    ended: note,
  });
  const links = NODES.flatMap((from) => NODES.filter((to) => to !== from).map((to) => ({ from, to })));
  if (rule !== null)
    rules.set(
      'f',
      links.map((link) => ({ ...link, rule })),
    );
  const run = (nowNs: number): void => net.due(nowNs).forEach(note);
  const send = (nowNs: number, { from, to, text }: Sent): void =>
    net.send(nowNs, party(from), party(to), text.length, text);
  return { net, rules, ends, arrivals, run, send };
}

describe('a link on which messages overtake each other', () => {
  const delay = { ms: 50, jitterMs: 50, distribution: 'uniform' as const };
  const order = (rule: LinkRule): number[] => {
    const { arrivals, run, send } = makeNet(5, rule);
    for (let i = 0; i < 40; i++) send(i * MS, { from: 'a', to: 'b', text: String(i) });
    run(1_000 * MS);
    return arrivals.map((arrival) => Number(arrival.message));
  };

  it('delivers each when its own delay is over', () => {
    const free = order({ delay, overtake: true });
    expect(free).toHaveLength(40);
    expect(free).not.toEqual([...free].sort((a, b) => a - b));
    const kept = order({ delay });
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
  });
});

const someRule = fc.record({
  loss: fc.constantFrom(0, 0.3),
  duplicate: fc.constantFrom(0, 0.3),
  reorder: fc.constantFrom(0, 0.3),
  tamper: fc.constantFrom(0, 0.3),
  delay: fc.record({ ms: fc.integer({ min: 0, max: 50 }), jitterMs: fc.integer({ min: 0, max: 20 }) }),
});
const someSends = fc.array(
  fc.record({
    link: fc.constantFrom('ab', 'ac', 'ba', 'bc', 'ca', 'cb'),
    gapMs: fc.integer({ min: 0, max: 5 }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Sends a schedule, each message named by its link and its number there. */
function play(net: ReturnType<typeof makeNet>, sends: readonly { link: string; gapMs: number }[]): string[] {
  const counts = new Map<string, number>();
  let now = 0;
  for (const { link, gapMs } of sends) {
    now += gapMs * MS;
    const n = counts.get(link) ?? 0;
    counts.set(link, n + 1);
    net.run(now);
    net.send(now, { from: link[0]!, to: link[1]!, text: `${link}${n}` });
  }
  net.run(now + 10_000 * MS);
  return net.ends;
}

describe('NetCore', () => {
  it('gives the same fates for the same seed, and others for another', () => {
    const rule: LinkRule = { loss: 0.4, duplicate: 0.4, reorder: 0.4, delay: { ms: 20, jitterMs: 20 } };
    const sends = Array.from({ length: 40 }, (_, i) => ({ link: i % 3 ? 'ab' : 'bc', gapMs: 1 }));
    expect(play(makeNet(1, rule), sends)).toEqual(play(makeNet(1, rule), sends));
    expect(play(makeNet(1, rule), sends)).not.toEqual(play(makeNet(2, rule), sends));
  });

  it('lets the fate of a message depend on its link and number alone', () => {
    fc.assert(
      fc.property(someRule, someSends, fc.integer({ min: 0, max: 99 }), (rule, sends, seed) => {
        // Without reordering, waiting behind an earlier message is not fate but order.
        const fates = (lines: string[]) =>
          lines
            .filter((line) => line.startsWith('a>b'))
            .map((line) => line.replace(/ \+\d+/, ''))
            .sort();
        const all = fates(play(makeNet(seed, rule), sends));
        const alone = fates(
          play(
            makeNet(seed, rule),
            sends.filter((s) => s.link === 'ab'),
          ),
        );
        expect(alone).toEqual(all);
      }),
      { numRuns: 60 },
    );
  });

  it('does not change what one rule does by adding another', () => {
    const lost = (rule: LinkRule) =>
      play(
        makeNet(5, rule),
        Array.from({ length: 200 }, () => ({ link: 'ab', gapMs: 1 })),
      )
        .filter((line) => line.includes(' lost'))
        .map((line) => line.split(' ')[1]);
    const alone = lost({ loss: 0.2 });
    expect(alone.length).toBeGreaterThan(20);
    expect(lost({ loss: 0.2, duplicate: 0.5, reorder: 0.5, tamper: 0 })).toEqual(alone);
  });

  it('keeps the order of a link whatever its delays, unless it reorders', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 0, max: 80 }),
        fc.constantFrom(undefined, 2_000),
        someSends,
        (ms, jitterMs, rate, sends) => {
          const rule = { delay: { ms, jitterMs }, ...(rate === undefined ? {} : { rate }) };
          const lines = play(makeNet(3, rule), sends);
          for (const link of ['a>b', 'b>c']) {
            const numbers = lines
              .filter((l) => l.startsWith(link))
              .map((l) => Number(l.split(' ')[1]!.slice(2)));
            expect(numbers).toEqual([...numbers].sort((x, y) => x - y));
          }
          expect(lines).toHaveLength(sends.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('delivers in order of due times across links', () => {
    const net = makeNet(3, { delay: { ms: 10, jitterMs: 10 } });
    play(
      net,
      Array.from({ length: 50 }, (_, i) => ({ link: i % 2 ? 'ab' : 'cb', gapMs: 1 })),
    );
    const dues = net.arrivals.map((a) => a.dueNs);
    expect(dues).toEqual([...dues].sort((x, y) => x - y));
  });

  it('reorders, and counts only what was overtaken', () => {
    const net = makeNet(3, { reorder: 0.3 });
    const lines = play(
      net,
      Array.from({ length: 300 }, () => ({ link: 'ab', gapMs: 1 })),
    );
    const numbers = lines.map((l) => Number(l.split(' ')[1]!.slice(2)));
    let highest = -1;
    let overtaken = 0;
    for (const n of numbers) {
      if (n < highest) overtaken++;
      highest = Math.max(highest, n);
    }
    expect(overtaken).toBeGreaterThan(30);
    const counters = net.net.counters().find((c) => c.from === 'a' && c.to === 'b')!;
    expect(counters).toMatchObject({ sent: 300, delivered: 300, reordered: overtaken, dropped: 0 });
  });

  it('draws losses, copies and changes near their chances', () => {
    const net = makeNet(9, { loss: 0.2, duplicate: 0.3, tamper: 0.1 });
    play(
      net,
      Array.from({ length: 2_000 }, () => ({ link: 'ab', gapMs: 0 })),
    );
    const c = net.net.counters().find((x) => x.from === 'a' && x.to === 'b')!;
    expect(c.dropped).toBeGreaterThan(330);
    expect(c.dropped).toBeLessThan(470);
    expect(c.duplicated / (c.sent - c.dropped)).toBeCloseTo(0.3, 1);
    expect(c.tampered / (c.sent - c.dropped)).toBeCloseTo(0.1, 1);
    expect(c.delivered).toBe(c.sent - c.dropped + c.duplicated);
    expect(net.arrivals.filter((a) => a.tampered && a.message.endsWith('!')).length).toBeGreaterThan(0);
  });

  it('cuts at sending and again at delivery, one direction only', () => {
    const net = makeNet(1, { delay: { ms: 100 } });
    net.send(0, { from: 'a', to: 'b', text: 'early' });
    net.send(0, { from: 'b', to: 'a', text: 'other way' });
    net.rules.set('cut', [{ from: 'a', to: 'b', rule: { cut: true } }]);
    net.send(10 * MS, { from: 'a', to: 'b', text: 'late' });
    net.run(200 * MS);
    net.rules.clear('cut');
    net.send(200 * MS, { from: 'a', to: 'b', text: 'healed' });
    net.run(400 * MS);
    expect(net.ends).toEqual([
      'a>b late cut +0',
      'a>b early cut-in-flight +100000000',
      'b>a other way delivered +100000000',
      'a>b healed delivered +100000000',
    ]);
    expect(net.net.counters().find((c) => c.from === 'a')).toMatchObject({
      sent: 3,
      delivered: 1,
      dropped: 2,
    });
  });

  it('spreads a burst over a limited rate', () => {
    const net = makeNet(1, { rate: 1_000 });
    for (let i = 0; i < 5; i++) net.send(0, { from: 'a', to: 'b', text: 'x'.repeat(100) });
    expect(net.net.nextDueNs).toBe(100 * MS);
    net.run(1_000 * MS);
    expect(net.arrivals.map((a) => a.dueNs / MS)).toEqual([100, 200, 300, 400, 500]);
  });

  it('lets go what a rate limit has queued when the limit changes or goes', () => {
    const net = makeNet(1, { rate: 1_000, delay: { ms: 10 } });
    for (let i = 0; i < 10; i++) net.send(0, { from: 'a', to: 'b', text: `${i}`.repeat(1_000) });
    net.run(1_500 * MS);
    expect(net.arrivals).toHaveLength(1);
    const rule = { rate: 10_000 };
    net.rules.set('f', [{ from: 'a', to: 'b', rule }]);
    net.net.rulesChanged(1_500 * MS);
    net.run(1_720 * MS);
    expect(net.arrivals).toHaveLength(3);
    net.rules.clear('f');
    net.net.rulesChanged(1_720 * MS);
    net.run(1_720 * MS);
    expect(net.arrivals.map((a) => a.message[0]).join('')).toBe('0123456789');
    net.send(1_721 * MS, { from: 'a', to: 'b', text: 'x' });
    net.run(1_721 * MS);
    expect(net.arrivals).toHaveLength(11);
  });

  it('puts quiet messages under the same rules and counts them nowhere', () => {
    const net = makeNet(1, { cut: true });
    net.net.send(0, party('a'), party('b'), 1, 'probe', true);
    expect(net.ends).toEqual(['a>b probe cut +0']);
    expect(net.net.counters()[0]).toMatchObject({ sent: 0, dropped: 0 });
  });
});
