/**
 * Asynchronous code under simulated time: instant, in order, and refused where it cannot work.
 */
import { expect, it } from 'vitest';
import { checkDrain, virtually } from '../../../harness/sim/virtual-time.ts';
import {
  after,
  every,
  monotonicNs,
  signalAfter,
  sleep,
  soon,
  wallMs,
  within,
} from '../../../harness/time.ts';

it('runs timers in order, microtasks of one before the next, in no time', async () => {
  const began = monotonicNs();
  const seen = await virtually(async () => {
    const events: string[] = [];
    const say = (what: string): void => void events.push(`${what} ${monotonicNs() / 1e6}`);
    const ticks = every(1000, () => say('tick'));
    after(2000, () => say('after'));
    after(1500, () => say('never')).cancel();
    soon(() => say('soon'));
    void (async () => {
      await sleep(1000);
      await null;
      await null;
      say('slept');
    })();
    await sleep(3_600_000);
    ticks.cancel();
    return events;
  });
  expect(seen.slice(0, 5)).toEqual(['soon 0', 'tick 1000', 'slept 1000', 'after 2000', 'tick 2000']);
  // The last tick is due together with the end, and was set later.
  expect(seen).toHaveLength(3 + 3599);
  expect((monotonicNs() - began) / 1e6).toBeLessThan(20_000);
});

it('keeps deadlines', async () => {
  await virtually(async () => {
    const signal = signalAfter(500);
    await expect(sleep(1000, signal)).rejects.toThrow(/timed out/);
    expect(monotonicNs()).toBe(500e6);
    await expect(within(250, 'it', new Promise(() => undefined))).rejects.toThrow(
      'it took longer than 250 ms',
    );
    expect(monotonicNs()).toBe(750e6);
    expect(wallMs()).toBe(Date.UTC(2026, 0) + 750);
  });
});

it('gives the time back, whatever happens', async () => {
  await expect(
    virtually(async () => {
      await sleep(10);
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(wallMs()).toBeGreaterThan(Date.UTC(2026, 0, 2));
  const one = virtually(() => sleep(1));
  await expect(virtually(() => sleep(1))).rejects.toThrow(/one simulated run at a time/);
  await one;
});

it('ends when a wait of a fraction of a nanosecond is left', async () => {
  await virtually(async () => {
    await sleep(1e-7);
    expect(monotonicNs()).toBe(1);
  });
});

it('knows where microtasks cannot be run on demand', async () => {
  await Promise.resolve();
  expect(() => checkDrain()).toThrow(/start the simulation from a macrotask/);
  await virtually(async () => undefined);
});
