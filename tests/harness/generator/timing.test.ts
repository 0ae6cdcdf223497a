import { describe, expect, it } from 'vitest';
import {
  any,
  at,
  clients,
  cycleTimes,
  delay,
  eachThread,
  limit,
  nemesis,
  repeat,
  schedule,
  stagger,
  timeLimit,
  until,
} from '../../../harness/generator/index.ts';
import { invocations, simulate } from '../../../harness/interpreter/simulate.ts';
import { Seed } from '../../../harness/random.ts';
import { ALONE, alone, names, ROSTER, taking, view } from './view.ts';

describe('stagger', () => {
  it('keeps the mean rate, with gaps up to twice the mean', () => {
    const ops = invocations(
      simulate(clients(limit(2000, stagger(Seed.of(1), 1000, repeat({ f: 'a' })))), ROSTER, taking(10)),
    );
    const gaps = ops.slice(1).map((op, i) => op.timeNs - ops[i]!.timeNs);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    expect(mean).toBeGreaterThan(950);
    expect(mean).toBeLessThan(1050);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2000);
  });

  it('does not burst after a long stall', () => {
    const stalled = (_: unknown, __: unknown, n: number) => ({
      afterNs: n === 0 ? 10e9 : 10,
      type: 'ok' as const,
    });
    const ops = invocations(
      simulate(limit(2000, stagger(Seed.of(1), 1e6, repeat({ f: 'a' }))), ALONE, stalled),
    );
    const burst = ops.filter((op) => op.timeNs > 1e9 && op.timeNs < 10e9 + 1e6).length;
    // 100 ms of lost operations are made up for, not ten seconds of them.
    expect(burst).toBeGreaterThan(50);
    expect(burst).toBeLessThan(200);
  });
});

describe('delay', () => {
  it('spaces evenly, and catches up unless told not to', () => {
    const slowFirst = (_: unknown, __: unknown, n: number) => ({
      afterNs: n === 0 ? 35 : 1,
      type: 'ok' as const,
    });
    expect(
      view(alone(limit(5, delay(10, repeat({ f: 'a' }))), slowFirst)).map((line) => line.split(' ')[0]),
    ).toEqual(['0', '35', '36', '37', '40']);
    expect(
      view(alone(limit(4, delay(10, repeat({ f: 'a' }), false)), slowFirst)).map(
        (line) => line.split(' ')[0],
      ),
    ).toEqual(['0', '35', '45', '55']);
  });

  it('runs per thread inside each-thread', () => {
    const everyTen = clients(eachThread(limit(2, delay(10, repeat({ f: 'a' })))));
    expect(view(simulate(everyTen, ROSTER, taking(1)))).toEqual([
      '0 0 a',
      '0 1 a',
      '0 2 a',
      '10 0 a',
      '10 1 a',
      '10 2 a',
    ]);
  });
});

describe('absolute times', () => {
  it('at and schedule wait for their moment, late ones go at once', () => {
    const lane = schedule([
      { atNs: 30, of: { f: 'inject' } },
      { atNs: 60, of: { f: 'undo' } },
    ]);
    expect(view(simulate(nemesis(lane), ROSTER, taking(5)))).toEqual([
      '30 nemesis:partition inject',
      '60 nemesis:partition undo',
    ]);
    expect(view(simulate(nemesis(lane), ROSTER, taking(50)))).toEqual([
      '30 nemesis:partition inject',
      '80 nemesis:partition undo',
    ]);
    expect(names(alone(at(0, { f: 'a' })))).toEqual(['a']);
  });

  it('until ends at its moment, even while its part waits', () => {
    expect(names(alone(until(35, repeat({ f: 'a' }))))).toHaveLength(4);
    expect(alone(until(35, at(1000, { f: 'a' }))).timeNs).toBe(35);
    expect(names(alone(until(1000, at(1000, { f: 'a' }))))).toEqual([]);
    // A part that waits for a thread that never comes free must not hold the run beyond the end.
    const both = any(clients({ f: 'a', thread: 0 }), until(50, clients({ f: 'b', thread: 0 })));
    const simulation = simulate(both, ROSTER, taking(200));
    expect(names(simulation)).toEqual(['a']);
    expect(simulation.timeNs).toBe(200);
  });

  it('time-limit counts from the first operation', () => {
    const ops = view(alone(timeLimit(25, at(100, repeat({ f: 'a' })))));
    expect(ops).toEqual(['100 0 a', '110 0 a', '120 0 a']);
    expect(names(alone(timeLimit(0, { f: 'a' })))).toEqual([]);
  });
});

describe('cycle-times', () => {
  it('gives each part the floor for its span and keeps its state', () => {
    const counted = limit(3, repeat({ f: 'b' }));
    const ops = view(alone(cycleTimes([20, repeat({ f: 'a' })], [20, counted]), taking(10), { maxOps: 8 }));
    expect(ops).toEqual(['0 0 a', '10 0 a', '20 0 b', '30 0 b', '40 0 a', '50 0 a', '60 0 b', '80 0 a']);
  });

  it('has quiet periods, and ends when all parts have ended', () => {
    const simulation = alone(cycleTimes([10, null], [10, limit(2, repeat({ f: 'a' }))]), taking(10));
    expect(view(simulation)).toEqual(['10 0 a', '30 0 a']);
    expect(simulation.end).toBe('done');
  });

  it('refuses spans that are not above 0', () => {
    expect(() => cycleTimes([0, { f: 'a' }])).toThrow(/spans above 0/);
    expect(() => cycleTimes()).toThrow(/spans above 0/);
  });
});
