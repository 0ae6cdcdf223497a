import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVectors } from '../../../checkers/clocks/compare.ts';
import { causalChain, relation } from '../../../checkers/clocks/event-graph.ts';
import { hybridClock } from '../../../checkers/clocks/hybrid-clock.ts';
import { lamportClock } from '../../../checkers/clocks/lamport-clock.ts';
import { vectorClock } from '../../../checkers/clocks/vector-clock.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { drawnEvents, reportOf, runOf } from './random-events.ts';

const less = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((x, i) => x <= b[i]!) && a.some((x, i) => x < b[i]!);

const everyPair = (n: number, test: (a: number, b: number) => boolean): boolean => {
  for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) if (a !== b && !test(a, b)) return false;
  return true;
};

const spoils = fc.array(
  fc.record({ event: fc.nat(11), entry: fc.nat(2), by: fc.integer({ min: -2, max: 2 }) }),
  {
    maxLength: 2,
  },
);

describe('happens-before', () => {
  it('is what the closure of immediate edges says', () => {
    fc.assert(
      fc.property(drawnEvents(12), (drawn) => {
        const run = runOf(drawn);
        const rows = Int32Array.from(run.vectors.flat());
        expect(
          everyPair(drawn.length, (a, b) => {
            const expected = run.past[b]![a] ? 'before' : run.past[a]![b] ? 'after' : 'concurrent';
            const compared = compareVectors(run.vectors[a]!, run.vectors[b]!);
            const chain = causalChain(run.graph, a, b);
            return (
              relation(run.graph, rows, a, b) === expected &&
              compared === expected &&
              (chain !== null) === (expected === 'before')
            );
          }),
        ).toBe(true);
      }),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('compares vectors of different lengths with absent entries as 0', () => {
    expect(compareVectors([1], [1, 0])).toBe('equal');
    expect(compareVectors([1], [1, 2])).toBe('before');
    expect(compareVectors([2], [1, 2])).toBe('concurrent');
  });
});

describe('the lamport-clock checker', () => {
  it('agrees with the clock condition over all pairs', () => {
    fc.assert(
      fc.property(drawnEvents(12), spoils, (drawn, spoiled) => {
        const run = runOf(drawn);
        const clocks = [...run.lamport];
        for (const { event, by } of spoiled) if (event < clocks.length) clocks[event]! += by;
        const holds = everyPair(clocks.length, (a, b) => !run.past[b]![a] || clocks[a]! < clocks[b]!);
        const result = lamportClock(reportOf(run, clocks));
        expect(result.verdict).toBe(holds ? 'pass' : 'fail');
      }),
      { numRuns: fuzzRuns(400) },
    );
  });

  const node = (f: string, name: string, value: Json) => ({
    process: 'cluster',
    type: 'info' as const,
    f,
    node: name,
    value,
  });
  const report = (...ops: ReturnType<typeof node>[]) =>
    historyOf(ops.map((op, index) => ({ ...op, index, time: index * 1e6 })));

  it('tells a clock lost in a restart, and passes one that was kept', () => {
    const lost = lamportClock(
      report(
        node('event', 'n1', { clock: 5 }),
        node('restarted', 'n1', null),
        node('event', 'n1', { clock: 1 }),
      ),
    );
    expect(lost.anomalies.map((a) => a.kind)).toEqual(['clock-regression-after-restart']);
    const kept = lamportClock(
      report(
        node('event', 'n1', { clock: 5 }),
        node('restarted', 'n1', null),
        node('event', 'n1', { clock: 6 }),
      ),
    );
    expect(kept.verdict).toBe('pass');
  });

  it('shows that the converse does not hold', () => {
    const result = lamportClock(
      report(
        node('event', 'n1', { clock: 1 }),
        node('event', 'n2', { clock: 1 }),
        node('event', 'n2', { clock: 2 }),
      ),
    );
    expect(result.verdict).toBe('pass');
    expect(result.stats['concurrentThoughSmaller']).toEqual([0, 2]);
  });

  it('names the message a clock ignored', () => {
    const result = lamportClock(
      report(
        node('send', 'n1', { clock: 7, message: 'm' }),
        node('receive', 'n2', { clock: 1, message: 'm' }),
      ),
    );
    expect(result).toMatchObject({ verdict: 'fail', anomalies: [{ kind: 'clock-condition', ops: [0, 1] }] });
    expect(result.anomalies[0]!.steps.at(-1)!.text).toContain('received what was sent by the send of n1');
  });
});

describe('the vector-clock checker', () => {
  it('agrees with the strong condition over all pairs', () => {
    const counts = { pass: 0, fail: 0 };
    fc.assert(
      fc.property(drawnEvents(12), spoils, fc.boolean(), (drawn, spoiled, maps) => {
        const run = runOf(drawn);
        const vectors = run.vectors.map((vector) => [...vector]);
        for (const { event, entry, by } of spoiled) {
          if (event < vectors.length) vectors[event]![entry] = Math.max(0, vectors[event]![entry]! + by);
        }
        const holds = everyPair(vectors.length, (a, b) => run.past[b]![a] === less(vectors[a]!, vectors[b]!));
        const clocks = maps ? vectors.map(([n1, n2, n3]) => ({ n1: n1!, n2: n2!, n3: n3! })) : vectors;
        // Arrays go by the nodes that report; with a silent node, only maps say whose entry is whose.
        const { verdict } = vectorClock(reportOf(run, clocks));
        expect(verdict).toBe(holds ? 'pass' : 'fail');
        counts[verdict as 'pass' | 'fail']++;
      }),
      { numRuns: fuzzRuns(400) },
    );
    expect(counts.pass).toBeGreaterThan(30);
    expect(counts.fail).toBeGreaterThan(30);
  });

  it('does not judge claims when a send is missing', () => {
    const history = historyOf(
      [
        { f: 'event', node: 'n1', value: { clock: [1, 0] } },
        { f: 'receive', node: 'n2', value: { clock: [1, 1], message: 'lost' } },
      ].map((op, index) => ({ ...op, index, time: 0, process: 'cluster', type: 'info' as const })),
    );
    expect(vectorClock(history)).toMatchObject({ verdict: 'unknown', stats: { unmatched: 1 } });
  });
});

describe('the hybrid-clock checker', () => {
  const clocksOf = (drawn: Parameters<typeof runOf>[0]) => {
    const run = runOf(drawn);
    const skew = [0, 7, -5];
    const physical = drawn.map((event, e) => 100 + 2 * e + skew[event.process]!);
    const clocks: { l: number; c: number }[] = [];
    drawn.forEach((_, e) => {
      const causes = [run.graph.previous[e]!, run.graph.sends[e]!]
        .filter((a) => a >= 0)
        .map((a) => clocks[a]!);
      const l = Math.max(physical[e]!, ...causes.map((cause) => cause.l));
      const counters = causes.filter((cause) => cause.l === l).map((cause) => cause.c + 1);
      clocks.push({ l, c: Math.max(0, ...counters) });
    });
    return { run, physical, clocks };
  };

  it('passes what the algorithm reports, and catches every single change', () => {
    fc.assert(
      fc.property(
        drawnEvents(12),
        fc.nat(11),
        fc.constantFrom(-1, 1),
        fc.constantFrom('l', 'c'),
        (drawn, at, by, part) => {
          const { run, physical, clocks } = clocksOf(drawn);
          expect(hybridClock(reportOf(run, clocks as unknown as Json[], physical)).verdict).toBe('pass');
          const event = at % clocks.length;
          const spoiled = clocks.map((clock, e) =>
            e === event ? { ...clock, [part]: clock[part as 'l' | 'c'] + by } : clock,
          );
          const grows = spoiled.every((b, e) =>
            [run.graph.previous[e]!, run.graph.sends[e]!].every((a) => {
              if (a < 0) return true;
              const before = spoiled[a]!;
              return before.l < b.l || (before.l === b.l && before.c < b.c);
            }),
          );
          const { verdict } = hybridClock(reportOf(run, spoiled as unknown as Json[], physical));
          if (!grows || by === 1) expect(verdict).toBe('fail');
        },
      ),
      { numRuns: fuzzRuns(300) },
    );
  });

  it('holds clocks to the bound it is given', () => {
    const drawn = [
      { process: 1, kind: 2, pick: 0 },
      { process: 2, kind: 1, pick: 0 },
    ];
    const { run, physical, clocks } = clocksOf(drawn);
    const history = reportOf(run, clocks as unknown as Json[], physical);
    expect(hybridClock(history, { 'max-offset': 10 }).verdict).toBe('pass');
    const beyond = hybridClock(history, { 'max-offset': 9 });
    expect(beyond.anomalies.map((a) => a.kind)).toEqual(['ahead-of-physical-clock']);
  });
});
