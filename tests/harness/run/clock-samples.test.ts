/**
 * Readings of clocks over a run: bounded, in order, and without nodes that cannot be read.
 */
import { expect, it } from 'vitest';
import { ClockSamples } from '../../../harness/run/clock-samples.ts';
import { FakeCluster } from '../../../plugins/kit/fake-cluster.ts';

it('reads every clock, leaves out what cannot be read, and thins out long runs', async () => {
  const { clocks } = new FakeCluster(2);
  await clocks.set('n1', { offsetNs: 5e6 });
  const broken = {
    ...clocks,
    read: (node: string) => (node === 'n2' ? Promise.reject(new Error('gone')) : clocks.read(node)),
  };
  const samples = new ClockSamples({ ...broken, mechanism: 'fake' }, ['n1', 'n2']);
  let now = 0;
  for (let i = 0; i < 3000; i++) await samples.take(() => ++now);
  const tracks = samples.tracks();
  expect(tracks.map(({ node }) => node)).toEqual(['n1']);
  const { points } = tracks[0]!;
  expect(points.length).toBeGreaterThan(200);
  expect(points.length).toBeLessThan(600);
  expect(points.every(([, offset]) => offset === 5e6)).toBe(true);
  // Nothing is known of this mechanism: half of what a reading took.
  expect(points.every(([, , error]) => error > 0 && error <= 1)).toBe(true);
  expect(points.map(([time]) => time)).toEqual([...points.map(([time]) => time)].sort((a, b) => a - b));
});

it('takes the error band of a mechanism that knows it, and the middle of the reading for its time', async () => {
  const { clocks } = new FakeCluster(1);
  const known = {
    mechanism: 'fake',
    set: clocks.set,
    reset: clocks.reset,
    read: async () => 7,
    errorNs: (_: string, tookNs: number) => tookNs * 10,
  };
  const samples = new ClockSamples(known, ['n1']);
  let now = 0;
  for (let i = 0; i < 3; i++) await samples.take(() => (now += 100));
  expect(samples.tracks()[0]!.points).toEqual([
    [150, 7, 1000],
    [350, 7, 1000],
    [550, 7, 1000],
  ]);
});
