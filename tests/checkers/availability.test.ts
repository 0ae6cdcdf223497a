/**
 * Who was served: shares, and what a majority owes under partitions, against a slow reading of the definition.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availabilityChecker } from '../../checkers/availability.ts';
import { UNLIMITED } from '../../checkers/contract.ts';
import type { CheckerOptions } from '../../harness/contracts.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, Op } from '../../harness/op.ts';

const judge = (history: History, options: CheckerOptions) =>
  availabilityChecker.check(history, options, UNLIMITED);

interface Asked {
  node: string;
  fromMs: number;
  toMs: number;
  ok: boolean;
}

interface Cut {
  groups: readonly (readonly string[])[] | null;
  fromMs: number;
  toMs: number;
  clients?: boolean;
}

/** Operations and faults as a history, in order of time. */
function historyFrom(asked: readonly Asked[], cuts: readonly Cut[]): History {
  const events: [number, Omit<Op, 'index' | 'time'>][] = [];
  asked.forEach(({ node, fromMs, toMs, ok }, process) => {
    events.push([fromMs, { process, type: 'invoke', f: 'read', value: null, node }]);
    events.push([toMs, { process, type: ok ? 'ok' : 'info', f: 'read', value: null, node }]);
  });
  cuts.forEach(({ groups, fromMs, toMs, clients }, i) => {
    const value: Json = {
      id: `partition-${i}`,
      fault: 'partition',
      mode: 'halves',
      nodes: [],
      target: [],
      params: { groups: groups as Json, clientsFrom: clients === true ? ['n1'] : null },
    };
    const lane = `nemesis:partition-${i}`;
    for (const [at, type, f] of [
      [fromMs, 'invoke', 'inject-partition'],
      [fromMs, 'ok', 'inject-partition'],
      [toMs, 'invoke', 'undo-partition'],
      [toMs, 'ok', 'undo-partition'],
    ] as const)
      events.push([at, { process: lane, type, f, value }]);
  });
  events.sort((a, b) => a[0] - b[0]);
  return historyOf(events.map(([ms, op], index) => ({ index, time: ms * 1e6, ...op }) as Op));
}

const served = (n: number, of: number): History =>
  historyFrom(
    Array.from({ length: of }, (_, i) => ({ node: 'n1', fromMs: 2 * i, toMs: 2 * i + 1, ok: i < n })),
    [],
  );

describe('availability', () => {
  it('holds the share of served operations against what was demanded', () => {
    expect(judge(served(100, 100), { demand: 'total' }).verdict).toBe('pass');
    expect(judge(served(99, 100), { demand: 'total' }).verdict).toBe('fail');
    expect(judge(served(99, 100), { demand: 0.99 }).verdict).toBe('pass');
    expect(judge(served(98, 100), { demand: 0.99 }).verdict).toBe('fail');
    expect(judge(served(0, 0), {}).verdict).toBe('vacuous');
    const [anomaly] = judge(served(98, 100), { demand: 0.99 }).anomalies;
    expect(anomaly!.sentence).toContain('2 operations of 100 were not (98.00 % served)');
    expect(anomaly!.steps).toHaveLength(2);
  });

  it('refuses a demand that is none', () => {
    expect(() => judge(served(1, 1), { demand: 'most' })).toThrow(/total, majority or a share/);
    expect(() => judge(served(1, 1), { demand: 2 })).toThrow(/from 0 to 1/);
  });

  const cut: Cut = { groups: [['n1'], ['n2', 'n3']], fromMs: 10_000, toMs: 30_000 };
  const at = (node: string, fromMs: number, ok = false): Asked => ({ node, fromMs, toMs: fromMs + 100, ok });

  it.each([
    ['at the side of the majority, long after', at('n2', 16_000), [cut], 'fail'],
    ['at the minority', at('n1', 16_000), [cut], 'vacuous'],
    ['at the side of the majority, at once', at('n2', 12_000), [cut], 'vacuous'],
    ['before any fault', at('n1', 3_000), [cut], 'fail'],
    ['long after the end', at('n1', 36_000), [cut], 'fail'],
    ['soon after the end', at('n1', 33_000), [cut], 'vacuous'],
    ['where clients were cut off', at('n2', 16_000), [{ ...cut, clients: true }], 'vacuous'],
    ['under a cut without sides', at('n2', 16_000), [{ ...cut, groups: null }], 'vacuous'],
    [
      'on one majority, not on the other',
      at('n2', 16_000),
      [cut, { ...cut, groups: [['n2'], ['n1', 'n3']] }],
      'vacuous',
    ],
    ['where no side is a majority', at('n2', 16_000), [{ ...cut, groups: [['n1'], ['n2']] }], 'vacuous'],
  ] as const)('owes a majority service: %s', (_, asked, cuts, verdict) => {
    expect(judge(historyFrom([asked], cuts), { demand: 'majority' }).verdict).toBe(verdict);
    expect(judge(historyFrom([{ ...asked, ok: true }], cuts), { demand: 'majority' }).verdict).toBe(
      verdict === 'fail' ? 'pass' : verdict,
    );
  });

  it('agrees with the definition on random histories', () => {
    const node = fc.constantFrom('n1', 'n2', 'n3');
    const span = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 20 }));
    const op = fc.record({ node, span, ok: fc.boolean() });
    const fault = fc.record({ alone: node, span });
    fc.assert(
      fc.property(fc.array(op, { maxLength: 8 }), fc.array(fault, { maxLength: 3 }), (ops, faults) => {
        // Odd times for operations, even ones for faults: nothing happens at one instant.
        const asked = ops.map(
          ({ node: at, span: [a, n], ok }): Asked => ({
            node: at,
            fromMs: 20 * a + 1,
            toMs: 20 * (a + n) + 1,
            ok,
          }),
        );
        const cuts = faults.map(
          ({ alone, span: [a, n] }): Cut => ({
            groups: [[alone], ['n1', 'n2', 'n3'].filter((one) => one !== alone)],
            fromMs: 20 * a,
            toMs: 20 * (a + n),
          }),
        );
        const owed = asked.filter(({ node: at, fromMs, toMs }) =>
          cuts.every((c) => {
            const apart = c.toMs <= fromMs - 100 || c.fromMs >= toMs;
            return apart || (c.fromMs <= fromMs - 100 && c.toMs >= toMs && !c.groups![0]!.includes(at));
          }),
        );
        const missed = owed.filter(({ ok }) => !ok).length;
        const result = judge(historyFrom(asked, cuts), { demand: 'majority', graceMs: 100 });
        expect(result.stats).toMatchObject({ asked: owed.length, served: owed.length - missed });
        expect(result.verdict).toBe(owed.length === 0 ? 'vacuous' : missed > 0 ? 'fail' : 'pass');
      }),
    );
  });
});
