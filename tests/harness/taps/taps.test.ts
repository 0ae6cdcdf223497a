/**
 * Taps: what they do to messages, that they do the same again from the same seed, and that what they leave alone
 * passes as it was.
 */
import { describe, expect, it } from 'vitest';
import type { TapSpec } from '../../../harness/contracts.ts';
import type { Body } from '../../../harness/program.ts';
import { Seed } from '../../../harness/random.ts';
import { changedBody } from '../../../harness/taps/changed-body.ts';
import type { Listener } from '../../../harness/taps/listener.ts';
import { makeTap } from '../../../harness/taps/make-tap.ts';
import { taps } from '../../../harness/taps/tap.ts';
import { TapLayers } from '../../../harness/taps/tap-layers.ts';

const spec = (more: Partial<TapSpec>): TapSpec => ({
  kind: 'byzantine',
  mode: 'equivocate',
  nodes: ['n1'],
  clients: false,
  probability: 1,
  seed: 5,
  ...more,
});

const vote = (n: number, to: string): [string, string, Body, number] => [
  'n1',
  to,
  { type: 'vote', slot: n, order: { by: 'c', value: n }, msg_id: n },
  n * 1e6,
];

/** Everything a tap sends when n1 tells both its peers about twenty orders. */
function sent(more: Partial<TapSpec>): { to: string; told: readonly Body[]; truth: Body }[] {
  const tap = makeTap(spec(more));
  const out: { to: string; told: readonly Body[]; truth: Body }[] = [];
  for (let n = 0; n < 20; n++) {
    for (const to of ['n2', 'n3', 'n2']) {
      const message = vote(n, to);
      out.push({ to, told: tap.pass(...message), truth: message[2] });
    }
  }
  return out;
}

describe('a Byzantine node', () => {
  it('tells one half other values that it has really used elsewhere, and the other half the truth', () => {
    const all = sent({});
    for (const { told, truth } of all.filter(({ to }) => to === 'n3')) expect(told).toEqual([truth]);
    const lies = all.filter(({ to }) => to === 'n2').flatMap(({ told }) => [...told]);
    expect(lies.length).toBeGreaterThan(10);
    const orders = new Set(Array.from({ length: 20 }, (_, n) => JSON.stringify({ by: 'c', value: n })));
    const real = lies.filter((lie) => orders.has(JSON.stringify(lie['order'])));
    expect(real.length).toBeGreaterThan(lies.length / 2);
  });

  it('keeps to its story, and to the form of its messages', () => {
    const stories = new Map<string, Set<string>>();
    for (const { told, truth } of sent({ mode: 'lie' })) {
      const [lie] = told;
      expect(Object.keys(lie!)).toEqual(Object.keys(truth));
      expect(lie).toMatchObject({ type: 'vote', msg_id: truth['msg_id'] });
      const order = JSON.stringify(truth['order']);
      const told2 = stories.get(order) ?? new Set();
      stories.set(order, told2.add(JSON.stringify(lie!['order'])));
    }
    // Slips apart, one story for each.
    const whole = [...stories.values()].filter((told) => told.size === 1);
    expect(whole.length).toBeGreaterThan(stories.size / 2);
  });

  it('says nothing, or anything by chance', () => {
    for (const { told } of sent({ mode: 'silent' })) expect(told).toEqual([]);
    const random = sent({ mode: 'random' });
    expect(random.some(({ told }) => told.length === 0)).toBe(true);
    expect(random.some(({ told, truth }) => told[0] === truth)).toBe(true);
    expect(random.some(({ told, truth }) => told.length === 1 && told[0] !== truth)).toBe(true);
  });

  it('lies the same from the same seed', () => {
    for (const mode of ['equivocate', 'lie', 'random']) expect(sent({ mode })).toEqual(sent({ mode }));
  });
});

describe('an intruder', () => {
  it('replays only what was sent on that link, and long enough ago', () => {
    const tap = makeTap(spec({ kind: 'replay', minAgeMs: 5 }));
    let again = 0;
    for (let n = 0; n < 50; n++) {
      const [, , body] = vote(n, 'n2');
      const [truth, old, ...more] = tap.pass(...vote(n, n % 2 === 0 ? 'n2' : 'n3'));
      expect(truth).toEqual(body);
      expect(more).toEqual([]);
      if (old === undefined) continue;
      again++;
      expect(Number(old['slot'])).toBeLessThanOrEqual(n - 5);
      expect(Math.abs(Number(old['slot']) - n) % 2).toBe(0);
    }
    expect(again).toBe(tap.counts.added);
    expect(again).toBeGreaterThan(30);
  });

  it('forges messages of the same form with a value that nobody sent', () => {
    const tap = makeTap(spec({ kind: 'forge' }));
    for (let n = 0; n < 20; n++) {
      const [, , truth] = vote(n, 'n2');
      const both = tap.pass(...vote(n, 'n2'));
      expect(both).toHaveLength(2);
      expect(both).toContainEqual(truth);
      const forged = both.find((each) => JSON.stringify(each) !== JSON.stringify(truth));
      expect(forged).toMatchObject({ type: 'vote', msg_id: n });
    }
    expect(tap.counts).toMatchObject({ seen: 20, added: 20 });
  });

  it('that only listens changes nothing and keeps what it heard', () => {
    const tap = makeTap(spec({ kind: 'listen' })) as Listener;
    const message = vote(1, 'n2');
    expect(tap.pass(...message)[0]).toBe(message[2]);
    tap.hear('n1', 'n2', Buffer.from('GET /key\u0000\u0001 secret'), 7);
    expect(tap.lines.map((line) => JSON.parse(line))).toMatchObject([
      { from: 'n1', to: 'n2', body: { order: { value: 1 } } },
      { timeNs: 7, text: 'GET /key. secret' },
    ]);
  });
});

describe('taps on a network', () => {
  it('are on the links their specification names', () => {
    expect(taps(spec({}), 'n1', 'n2')).toBe(true);
    expect(taps(spec({}), 'n2', 'n1')).toBe(false);
    expect(taps(spec({ direction: 'both' }), 'n2', 'n1')).toBe(true);
    expect(taps(spec({ direction: 'in' }), 'n1', 'n2')).toBe(false);
    expect(taps(spec({}), 'n1', 'clients')).toBe(false);
    expect(taps(spec({ clients: true }), 'n1', 'clients')).toBe(true);
  });

  it('are passed one after the other, and gone when cleared', () => {
    const layers = new TapLayers();
    layers.set('a', makeTap(spec({ kind: 'forge' })));
    layers.set('b', makeTap(spec({ mode: 'silent' })));
    const [from, to, body] = vote(1, 'n2');
    expect(layers.pass(from, to, body, 0)).toEqual([]);
    layers.clear('b');
    expect(layers.pass(from, to, body, 0)).toHaveLength(2);
    layers.clear('a');
    expect(layers.empty).toBe(true);
    expect(layers.pass(from, to, body, 0)).toEqual([body]);
  });
});

it('changes one value of a message and nothing that makes it a message', () => {
  const body: Body = { type: 'store', msg_id: 1, in_reply_to: 2, key: 'k', entries: [[1, { value: 5 }]] };
  for (let seed = 0; seed < 50; seed++) {
    const changed = changedBody(body, Seed.of(seed).rng())!;
    expect(changed).toMatchObject({ type: 'store', msg_id: 1, in_reply_to: 2 });
    expect(changed).not.toEqual(body);
  }
  expect(changedBody({ type: 'ping', msg_id: 3 }, Seed.of(1).rng())).toBeNull();
});
