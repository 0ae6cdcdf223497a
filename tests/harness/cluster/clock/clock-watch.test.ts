import { afterEach, describe, expect, it } from 'vitest';
import { ClockWatch } from '../../../../harness/cluster/clock/clock-watch.ts';
import { virtually } from '../../../../harness/sim/virtual-time.ts';
import { monotonicNs, sleep } from '../../../../harness/time.ts';

let watch: ClockWatch;
afterEach(() => watch.stop());

function counting(work: () => Promise<void> = async () => undefined): Record<string, number> {
  const looks: Record<string, number> = {};
  watch = new ClockWatch(async (node) => {
    looks[node] = (looks[node] ?? 0) + 1;
    await work();
  });
  return looks;
}

describe('ClockWatch', () => {
  it('looks at every node in turn', () =>
    virtually(async () => {
      const looks = counting();
      for (const node of ['n1', 'n2', 'n3']) watch.add(node);
      await sleep(400);
      const counts = Object.values(looks);
      expect(counts).toHaveLength(3);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
      expect(Math.max(...counts)).toBeLessThanOrEqual(9);
    }));

  it('looks more often right after a start, and at that node', () =>
    virtually(async () => {
      const looks = counting();
      watch.add('n1');
      watch.hurry('n2');
      await sleep(150);
      expect(looks['n2']).toBeGreaterThan(10);
      expect(looks['n1'] ?? 0).toBe(0);
      await sleep(300);
      expect(looks['n1']).toBeGreaterThan(0);
    }));

  it('stops with its last node', () =>
    virtually(async () => {
      const looks = counting();
      watch.add('n1');
      await sleep(120);
      watch.remove('n1');
      const before = { ...looks };
      await sleep(150);
      expect(looks).toEqual(before);
    }));

  it('spends a small share of its time looking, however long a look takes', async () => {
    const looks = counting(async () => {
      const end = monotonicNs() + 10e6;
      while (monotonicNs() < end);
    });
    for (const node of ['n1', 'n2', 'n3']) watch.add(node);
    await sleep(1000);
    const total = Object.values(looks).reduce((a, b) => a + b, 0);
    // At 5 % of the time, looks of 10 ms come every 200 ms; the first few before their cost is known.
    expect(total).toBeLessThan(12);
    expect(total).toBeGreaterThan(1);
  });

  it('never looks at two nodes at once', () =>
    virtually(async () => {
      let inside = 0;
      let most = 0;
      watch = new ClockWatch(async () => {
        most = Math.max(most, ++inside);
        await sleep(20);
        inside--;
      });
      for (const node of ['n1', 'n2', 'n3']) watch.hurry(node);
      await sleep(150);
      watch.add('n4');
      await sleep(50);
      expect(most).toBe(1);
    }));
});
