/** Layers of rules on links. */
import { describe, expect, it } from 'vitest';
import { drawDelayMs, drawDelaysNs } from '../../../harness/cluster/delay.ts';
import { CLEAR, LinkRules } from '../../../harness/cluster/link-rules.ts';
import type { Delay } from '../../../harness/contracts.ts';
import { Seed } from '../../../harness/random.ts';

describe('LinkRules', () => {
  it('adds up the layers of a link and takes each away alone', () => {
    let changes = 0;
    const rules = new LinkRules(['a', 'b'], () => changes++);
    rules.set('x', [{ from: 'a', to: 'b', rule: { loss: 0.5, delay: { ms: 10 }, rate: 100 } }]);
    rules.set('y', [
      { from: 'a', to: 'b', rule: { loss: 0.5, delay: { ms: 5 }, rate: 50, cut: true } },
      { from: 'b', to: 'a', rule: { duplicate: 1 } },
    ]);
    expect(rules.state('a', 'b')).toMatchObject({ cut: true, loss: 0.75, rate: 50 });
    expect(rules.state('a', 'b').delays.map((d) => [d.fault, d.ms])).toEqual([
      ['x', 10],
      ['y', 5],
    ]);
    rules.clear('y');
    rules.clear('y');
    expect(rules.state('a', 'b')).toMatchObject({ cut: false, loss: 0.5, rate: 100 });
    expect(rules.state('b', 'a')).toBe(CLEAR);
    rules.set('x', []);
    expect(rules.state('a', 'b')).toBe(CLEAR);
    expect(changes).toBe(4);
  });

  it('refuses what means nothing, and then changes nothing', () => {
    const rules = new LinkRules(['a', 'b']);
    const set = (rule: object, to = 'b') => rules.set('x', [{ from: 'a', to, rule }]);
    expect(() => set({ loss: 1.5 })).toThrow('loss must be in [0, 1], not 1.5');
    expect(() => set({ rate: 0 })).toThrow('rate must be above 0');
    expect(() => set({ delay: { ms: -1 } })).toThrow('delay must not be negative');
    expect(() => set({}, 'z')).toThrow('no endpoint "z"; there are a, b');
    expect(rules.state('a', 'b')).toBe(CLEAR);
  });
});

describe('delays', () => {
  const mean = (delay: Delay): number => {
    const rng = Seed.of(4).rng();
    let sum = 0;
    for (let i = 0; i < 4_000; i++) sum += drawDelayMs(delay, rng);
    return sum / 4_000;
  };

  it.each<Delay>([
    { ms: 40 },
    { ms: 40, jitterMs: 10 },
    { ms: 40, jitterMs: 10, distribution: 'normal' },
    { ms: 40, distribution: 'exponential' },
  ])('has the mean it names: %o', (delay) => {
    expect(mean(delay)).toBeGreaterThan(38);
    expect(mean(delay)).toBeLessThan(42);
  });

  it('draws each layer on its own', () => {
    const x = { ms: 10, jitterMs: 5, fault: 'x' };
    const y = { ms: 20, jitterMs: 5, fault: 'y' };
    const seed = Seed.of(1).fork('m');
    expect(drawDelaysNs([x, y], seed)).toBeCloseTo(drawDelaysNs([x], seed) + drawDelaysNs([y], seed), -1);
    expect(drawDelaysNs([], seed)).toBe(0);
  });
});
