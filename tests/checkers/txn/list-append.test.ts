import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { findCycles } from '../../../checkers/txn/cycles.ts';
import { EdgeList } from '../../../checkers/txn/graph.ts';
import { LEVELS, VARIANTS, type Variant } from '../../../checkers/txn/levels.ts';
import { listAppend } from '../../../checkers/txn/list-append.ts';
import { addListEdges } from '../../../checkers/txn/list-edges.ts';
import { ListOrders } from '../../../checkers/txn/list-orders.ts';
import { listLinks } from '../../../checkers/txn/list-reasons.ts';
import { resolveLists } from '../../../checkers/txn/lists.ts';
import { addProcessEdges, addRealtimeEdges } from '../../../checkers/txn/order-edges.ts';
import { readTxns } from '../../../checkers/txn/txns.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { appendRelations, breaksCausality, classes, serializable } from './oracle.ts';
import { randomHistory } from './random-txns.ts';

const seeds = fc.integer({ min: 0, max: 0x7fff_ffff });

describe('against oracles', () => {
  test('it accepts exactly what some serial order explains', () => {
    let refused = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const { ops, txns } = randomHistory(seed, 'append');
        if (!txns.some((t) => t.type === 'ok')) return;
        const history = historyOf(ops);
        for (const [model, strict] of [
          ['strict-serializable', true],
          ['serializable', false],
        ] as const) {
          const result = listAppend(history, { consistencyModel: model });
          const want = serializable(txns, 'append', strict) ? 'pass' : 'fail';
          if (want === 'fail') refused++;
          expect([result.verdict, result.note]).toEqual([want, undefined]);
          if (want === 'fail') expect(result.anomalies.length).toBeGreaterThan(0);
        }
      }),
      // The last one was once denied by the second judge.
      { numRuns: fuzzRuns(1000), examples: [[816708463]] },
    );
    expect(refused).toBeGreaterThan(0);
  });

  test('it finds exactly the classes of cycles that matrices show', () => {
    const found = new Set<string>();
    fc.assert(
      fc.property(seeds, (seed) => {
        const { ops, txns } = randomHistory(seed, 'append', 8);
        const relations = appendRelations(txns);
        if (relations === null) return;
        const orders = new ListOrders();
        const columns = readTxns(
          historyOf(ops),
          'lists',
          (t, k, l, f, n) => orders.take(t, k, l, f, n),
          UNLIMITED,
        )!;
        const lists = resolveLists(columns, orders);
        const edges = new EdgeList(columns.count);
        addListEdges(lists, edges);
        addProcessEdges(columns, edges);
        addRealtimeEdges(columns, edges);
        const cycles = findCycles(edges.build(), columns, listLinks(lists), UNLIMITED);
        for (let v = 0; v < VARIANTS.length; v++) {
          const want = classes(relations, v as Variant);
          const got = Object.fromEntries(LEVELS.map((level) => [level, cycles.exists(level, v as Variant)]));
          // With a circle of dependencies a transaction follows itself, whatever it saw first.
          if (want['G1c']) got['G-monotonic'] = want['G-monotonic'] = true;
          expect(got).toEqual(want);
          for (const level of LEVELS) if (want[level]) found.add(`${level}-${v}`);
        }
      }),
      { numRuns: fuzzRuns(1500) },
    );
    expect(found.size).toBe(LEVELS.length * VARIANTS.length);
  });

  test('it finds exactly the histories in which a causal past is missed', () => {
    let broken = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const { ops, txns } = randomHistory(seed, 'append', 8);
        const relations = appendRelations(txns);
        if (relations === null || !txns.some((t) => t.type === 'ok')) return;
        const want = breaksCausality(txns, relations);
        if (want) broken++;
        const { stats } = listAppend(historyOf(ops), { consistencyModel: 'causal' });
        expect('causal-violation' in (stats['anomalies'] as object)).toBe(want);
        if (want) expect(stats['refuted']).toContain('causal');
      }),
      { numRuns: fuzzRuns(1000) },
    );
    expect(broken).toBeGreaterThan(0);
  });
});
