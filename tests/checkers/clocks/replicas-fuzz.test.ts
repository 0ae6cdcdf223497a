/**
 * Last write wins and siblings against their definitions on random small histories, and on stores that do as
 * they promise.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastWriteWins } from '../../../checkers/clocks/last-write-wins.ts';
import { siblings } from '../../../checkers/clocks/siblings.ts';
import { failingPart, firstFailure } from '../../../cli/witness.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op, OpType, Phase } from '../../../harness/op.ts';
import type { CheckerResult } from '../../../harness/verdict.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

async function failsAlone(
  history: History,
  name: string,
  check: (some: History) => CheckerResult,
): Promise<void> {
  const failure = firstFailure([{ name, options: {} }], [check(history)]);
  if (failure === null) return;
  const part = await failingPart(history, failure, async (some) => check(some));
  expect(check(part.history).anomalies.map((anomaly) => anomaly.kind)).toContain(failure.anomaly.kind);
  expect(part.history.length).toBeLessThanOrEqual(Math.max(failure.anomaly.ops.length + 1, 4));
}

interface Event {
  process: number;
  type: OpType;
  f: string;
  value: Json;
  phase: Phase;
}

const made = (events: readonly Event[]): History =>
  historyOf(events.map((event, index): Op => ({ ...event, index, time: index * 1e6, key: 'x' })));

describe('last write wins', () => {
  /** One write per process at most open; positions of its invocation and completion among events. */
  const writes = fc.array(fc.record({ from: fc.nat(9), length: fc.nat(4), outcome: fc.nat(9) }), {
    minLength: 1,
    maxLength: 6,
  });

  interface Write {
    value: number;
    from: number;
    to: number;
    outcome: 'ok' | 'info' | 'fail';
  }

  function historyWith(drawn: readonly Write[], read: Json): History {
    const events: { at: number; event: Event }[] = [];
    for (const { value, from, to, outcome } of drawn) {
      const event = { process: value, f: 'write', value, phase: 'load' as const };
      events.push({ at: from, event: { ...event, type: 'invoke' } });
      events.push({ at: to, event: { ...event, type: outcome } });
    }
    events.sort((a, b) => a.at - b.at);
    const final = { process: 99, f: 'read', phase: 'final' as const };
    return made([
      ...events.map(({ event }) => event),
      { ...final, type: 'invoke', value: null },
      { ...final, type: 'ok', value: read },
    ]);
  }

  /** Whether some order of the writes within their intervals ends with what was read; open ones may be left out. */
  function possible(drawn: readonly Write[], read: Json): boolean {
    const acknowledged = drawn.filter((write) => write.outcome === 'ok');
    if (read === null) return acknowledged.length === 0;
    const winner = drawn.find((write) => write.value === read);
    if (winner === undefined) return true;
    if (winner.outcome !== 'ok') return true;
    return acknowledged.every((write) => write === winner || write.from < winner.to);
  }

  it('loses no write to an older one, by definition', async () => {
    const counts = { fail: 0, other: 0 };
    await fc.assert(
      fc.asyncProperty(writes, fc.nat(6), async (drawn, pick) => {
        const all = drawn.map(
          ({ from, length, outcome }, i): Write => ({
            value: i + 1,
            // Every instant is another one.
            from: from * 20 + i,
            to: (from + length) * 20 + 10 + i,
            outcome: outcome < 7 ? 'ok' : outcome < 9 ? 'info' : 'fail',
          }),
        );
        const read =
          pick === 0 ? null : pick <= all.length && all[pick - 1]!.outcome !== 'fail' ? pick : null;
        const history = historyWith(all, read);
        const { verdict } = lastWriteWins(history);
        expect(verdict === 'fail').toBe(!possible(all, read));
        counts[verdict === 'fail' ? 'fail' : 'other']++;
        await failsAlone(history, 'last-write-wins', lastWriteWins);
      }),
      { numRuns: fuzzRuns(500) },
    );
    expect(Math.min(counts.fail, counts.other)).toBeGreaterThan(50);
  });
});

describe('siblings', () => {
  interface Put {
    value: number;
    context: number[];
    outcome: 'ok' | 'info' | 'fail';
  }

  const drawnPuts = fc.array(fc.record({ context: fc.nat(255), outcome: fc.nat(9) }), {
    minLength: 1,
    maxLength: 7,
  });

  const putsOf = (drawn: readonly { context: number; outcome: number }[]): Put[] => {
    const puts: Put[] = [];
    drawn.forEach(({ context, outcome }, i) => {
      const readable = puts.filter((put) => put.outcome !== 'fail');
      puts.push({
        value: i + 1,
        context: readable.filter((_, j) => context & (1 << j)).map((put) => put.value),
        outcome: outcome < 7 ? 'ok' : outcome < 9 ? 'info' : 'fail',
      });
    });
    return puts;
  };

  const historyWith = (puts: readonly Put[], found: readonly number[]): History => {
    const events: Event[] = [];
    for (const { value, context, outcome } of puts) {
      const event = { process: value, f: 'put', value: { value, context }, phase: 'load' as const };
      events.push({ ...event, type: 'invoke' }, { ...event, type: outcome });
    }
    const final = { process: 99, f: 'get', phase: 'final' as const };
    events.push({ ...final, type: 'invoke', value: null }, { ...final, type: 'ok', value: [...found] });
    return made(events);
  };

  /** newer[a][b]: value b was superseded by a. Warshall over contexts. */
  const superseding = (puts: readonly Put[]): boolean[][] => {
    const newer = Array.from({ length: puts.length + 2 }, () =>
      new Array<boolean>(puts.length + 2).fill(false),
    );
    for (const { value, context } of puts) for (const old of context) newer[value]![old] = true;
    for (let k = 0; k < newer.length; k++) {
      for (const row of newer) if (row[k]) for (let b = 0; b < row.length; b++) row[b] ||= newer[k]![b]!;
    }
    return newer;
  };

  function kindsByDefinition(puts: readonly Put[], found: readonly number[]): string[] {
    const newer = superseding(puts);
    const kinds = new Set<string>();
    const stored = puts.filter((put) => put.outcome === 'ok').map((put) => put.value);
    const real = found.filter((value) => puts.some((put) => put.value === value && put.outcome !== 'fail'));
    if (real.length < found.length) kinds.add('phantom-value');
    const returned: number[] = [];
    const beaten = (value: number, by: readonly number[]): boolean =>
      by.some((other) => newer[other]![value]);
    for (const value of found) {
      if (!puts.some((put) => put.value === value)) continue;
      if (beaten(value, found)) kinds.add('false-sibling');
      else if (beaten(value, stored)) {
        kinds.add('resurrected-value');
        returned.push(value);
      }
    }
    for (const value of stored) {
      const gone = !found.includes(value) && !beaten(value, [...found, ...stored]);
      if (gone && !returned.some((old) => newer[value]![old])) kinds.add('lost-write');
    }
    return [...kinds].sort();
  }

  it('are judged as the definitions say, each kind by its name', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(drawnPuts, fc.nat(511), async (drawn, picked) => {
        const puts = putsOf(drawn);
        const found = [...puts.map((put) => put.value), puts.length + 1].filter((_, i) => picked & (1 << i));
        const history = historyWith(puts, found);
        const { anomalies } = siblings(history);
        const kinds = [...new Set(anomalies.map((anomaly) => anomaly.kind))].sort();
        expect(kinds).toEqual(kindsByDefinition(puts, found));
        for (const kind of kinds) seen.set(kind, (seen.get(kind) ?? 0) + 1);
        await failsAlone(history, 'siblings', siblings);
      }),
      { numRuns: fuzzRuns(500) },
    );
    expect([...seen.keys()].sort()).toEqual([
      'false-sibling',
      'lost-write',
      'phantom-value',
      'resurrected-value',
    ]);
  });

  it('pass what a store with version vectors ends with, whatever became of open puts', () => {
    fc.assert(
      fc.property(drawnPuts, fc.nat(255), (drawn, applied) => {
        const puts = putsOf(drawn);
        const stored = puts.filter(
          (put, i) => put.outcome === 'ok' || (put.outcome === 'info' && applied & (1 << i)),
        );
        // Nobody can have read what was never stored.
        const known = new Set(stored.map((put) => put.value));
        const honest = puts.map((put) => ({ ...put, context: put.context.filter((old) => known.has(old)) }));
        const newer = superseding(honest);
        const found = stored
          .map((put) => put.value)
          .filter((v) => !stored.some((put) => newer[put.value]![v]));
        expect(siblings(historyWith(honest, found)).verdict).toBe('pass');
      }),
      { numRuns: fuzzRuns(500) },
    );
  });
});
