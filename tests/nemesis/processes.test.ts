/**
 * Kill, pause and clock on nodes that are not all well: what is left alone, what is skipped, what fails.
 */
import { describe, expect, it } from 'vitest';
import type { ClockSkew, Fault, Json, PlannedFault, TargetSpec } from '../../harness/contracts.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { clock, explains } from '../../nemesis/clock.ts';
import { kill } from '../../nemesis/kill.ts';
import { pause } from '../../nemesis/pause.ts';
import { contextOf, FakeCluster, nodeNames } from '../../plugins/kit/fake-cluster.ts';

function planned(fault: Fault, target: TargetSpec, mode = fault.defaultMode, params = {}): PlannedFault {
  const drawn = fault.plan(mode, params, target, nodeNames(5), Seed.of(4).rng());
  return { id: 'x', fault: fault.name, mode, lane: fault.lane, atNs: 0, untilNs: 1, ...drawn };
}

describe('kill', () => {
  it('leaves alone what was down before, and restarts only what it killed', async () => {
    const cluster = new FakeCluster();
    cluster.crash('n2');
    const fault = planned(kill, ['n1', 'n2']);
    const evidence = await kill.inject(fault, contextOf(cluster));
    expect(evidence).toMatchObject({
      state: 'installed',
      bit: true,
      measures: { nodes: ['n1'], alreadyDown: ['n2'] },
    });
    expect(evidence.summary).toBe('n1 killed, 1 process gone');
    await kill.undo(fault, contextOf(cluster));
    expect([cluster.state('n1'), cluster.state('n2')]).toEqual(['running', 'crashed']);
  });

  it('is skipped when all its targets are down', async () => {
    const cluster = new FakeCluster();
    cluster.crash('n2');
    const evidence = await kill.inject(planned(kill, ['n2']), contextOf(cluster));
    expect(evidence).toMatchObject({ state: 'skipped', summary: 'n2 already down' });
  });

  it('fails to be undone while a node does not come back, and can be undone later', async () => {
    const cluster = new FakeCluster();
    const fault = planned(kill, ['n1', 'n3']);
    await kill.inject(fault, contextOf(cluster));
    cluster.broken.add('restart');
    const failed = await kill.undo(fault, contextOf(cluster));
    expect(failed.state).toBe('failed');
    expect(failed.summary).toContain('n1, n3 did not come back: n1: restart is broken');
    cluster.broken.clear();
    expect((await kill.undo(fault, contextOf(cluster))).summary).toBe('n1, n3 restarted');
  });

  it('kills whoever leads when it fires', async () => {
    const cluster = new FakeCluster();
    await kill.inject(planned(kill, 'leader'), contextOf(cluster, 'n5'));
    expect(cluster.state('n5')).toBe('stopped');
  });
});

describe('pause', () => {
  it('does not pause what is not running, and says what it found', async () => {
    const cluster = new FakeCluster();
    cluster.crash('n4');
    const evidence = await pause.inject(planned(pause, ['n4']), contextOf(cluster));
    expect(evidence).toMatchObject({ state: 'skipped', summary: 'nothing to pause: n4 is crashed' });
  });

  it('has nothing to resume in a node that died meanwhile', async () => {
    const cluster = new FakeCluster();
    const fault = planned(pause, ['n1', 'n2']);
    await pause.inject(fault, contextOf(cluster));
    cluster.crash('n1');
    expect(await pause.undo(fault, contextOf(cluster))).toMatchObject({
      state: 'installed',
      summary: 'n2 resumed',
    });
    expect(cluster.state('n1')).toBe('crashed');
  });

  it('writes down how to resume real processes only', () => {
    const fault = { ...planned(pause, ['n1']), nodes: ['n1'] };
    const cluster = new FakeCluster();
    expect(pause.undoActions(fault, contextOf(cluster))[0]).toMatchObject({ kind: 'none' });
    cluster.pids = () => [process.pid];
    expect(pause.undoActions(fault, contextOf(cluster))).toMatchObject([
      { kind: 'signal', pid: process.pid, signal: 'SIGCONT', group: true },
    ]);
  });
});

describe('clock', () => {
  const skewsOf = (fault: PlannedFault): Record<string, ClockSkew> =>
    fault.params['skews'] as unknown as Record<string, ClockSkew>;

  it('draws an error for every target, within the bounds, in both directions', () => {
    const offsets: number[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const { nodes, params } = clock.plan('jump', {}, 'minority', nodeNames(5), Seed.of(seed).rng());
      expect(Object.keys(params['skews'] as object)).toEqual(nodes);
      for (const { offsetNs } of Object.values(params['skews'] as unknown as Record<string, ClockSkew>)) {
        offsets.push(offsetNs / 1e6);
      }
    }
    const sizes = offsets.map(Math.abs);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(288_000);
    // Log-uniform: a good part is small, a good part is large.
    expect(sizes.filter((ms) => ms < 1_000).length).toBeGreaterThan(100);
    expect(sizes.filter((ms) => ms > 20_000).length).toBeGreaterThan(50);
    expect(offsets.filter((ms) => ms < 0).length).toBeGreaterThan(150);
    expect(offsets.filter((ms) => ms > 0).length).toBeGreaterThan(150);
  });

  it('takes what is given as it is', () => {
    expect(skewsOf(planned(clock, ['n1'], 'jump', { offsetMs: -250 }))).toEqual({ n1: { offsetNs: -250e6 } });
    expect(skewsOf(planned(clock, ['n1'], 'drift', { ppm: 900 }))['n1']).toMatchObject({ driftPpm: 900 });
    expect(skewsOf(planned(clock, ['n1'], 'strobe', { deltaMs: 40, periodMs: 5 }))['n1']).toMatchObject({
      strobe: { deltaNs: 40e6, halfPeriodNs: 5e6 },
    });
  });

  it.each<[string, Record<string, Json>]>([
    ['jump', { offsetMs: 'much' }],
    ['drift', { maxPpm: 5_000_000 }],
    ['strobe', { periodMs: 0 }],
  ])('refuses wrong values for %s', (mode, params) => {
    expect(() => planned(clock, 'one', mode, params)).toThrow(UsageError);
  });

  it('keeps an error ready for every node that might lead', async () => {
    const fault = planned(clock, 'leader');
    expect(Object.keys(skewsOf(fault))).toEqual(nodeNames(5));
    const cluster = new FakeCluster();
    expect((await clock.inject(fault, contextOf(cluster, 'n3'))).measures['nodes']).toEqual(['n3']);
    expect(await cluster.clocks.read('n3')).toBe(skewsOf(fault)['n3']!.offsetNs);
  });

  it('shows a jump by reading it back', async () => {
    const cluster = new FakeCluster();
    const fault = planned(clock, ['n2'], 'jump', { offsetMs: 1500 });
    expect(await clock.inject(fault, contextOf(cluster))).toMatchObject({
      bit: true,
      summary: 'offset read back: n2 +1500 ms',
    });
    expect((await clock.undo(fault, contextOf(cluster))).summary).toBe(
      'clocks reset, until then n2 +1500 ms',
    );
  });

  it('tells the rate of a drift and the swing of a strobe, whose offset at one instant says little', async () => {
    const drift = planned(clock, ['n2'], 'drift', { ppm: -900 });
    expect((await clock.inject(drift, contextOf(new FakeCluster()))).summary).toMatch(
      /^drift n2 -900 ppm; offset read back: n2 /,
    );
    const strobe = planned(clock, ['n2'], 'strobe', { deltaMs: 40, periodMs: 5 });
    expect((await clock.inject(strobe, contextOf(new FakeCluster()))).summary).toMatch(
      /^strobe n2 \+40 ms every 5 ms; offset read back: n2 /,
    );
  });

  it('fails when something else is read back, and is skipped where no mechanism works', async () => {
    const wrong = new FakeCluster();
    wrong.clocks.read = async () => 5;
    const fault = planned(clock, ['n2'], 'jump', { offsetMs: 1500 });
    expect((await clock.inject(fault, contextOf(wrong))).state).toBe('failed');
    const none = new FakeCluster();
    none.clocksSkip = true;
    expect(await clock.inject(fault, contextOf(none))).toMatchObject({
      state: 'skipped',
      summary: 'n2: no mechanism',
    });
  });

  it('leaves alone nodes that have no process to read a clock of', async () => {
    const cluster = new FakeCluster();
    cluster.crash('n2');
    expect(await clock.inject(planned(clock, ['n2', 'n3']), contextOf(cluster))).toMatchObject({
      state: 'installed',
      measures: { nodes: ['n3'], down: ['n2'] },
    });
    expect(await clock.inject(planned(clock, ['n2']), contextOf(cluster))).toMatchObject({
      state: 'skipped',
      summary: 'no clock to change: n2 is crashed',
    });
  });

  it('accepts what drift and strobe can read as, and nothing else', () => {
    expect(explains({ offsetNs: 0, driftPpm: 100_000 }, 0.9e9, 10e9)).toBe(true);
    expect(explains({ offsetNs: 0, driftPpm: 100_000 }, 2e9, 10e9)).toBe(false);
    const strobe = { offsetNs: 0, strobe: { deltaNs: 5e9, halfPeriodNs: 1e6 } };
    expect(explains(strobe, 5e9, 0)).toBe(true);
    expect(explains(strobe, 0, 0)).toBe(true);
    expect(explains(strobe, -5e9, 0)).toBe(false);
  });
});
