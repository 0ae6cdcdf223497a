/** The cycle shown for a class is the smallest there is: against all simple cycles of small graphs. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { findCycles, shapeOf } from '../../../checkers/txn/cycles.ts';
import {
  AUX,
  EdgeList,
  type Graph,
  PR,
  PREDICATE_AUX,
  PREDICATE_RW,
  RT,
  RW,
} from '../../../checkers/txn/graph.ts';
import { LEVELS, type Variant } from '../../../checkers/txn/levels.ts';
import { addListEdges } from '../../../checkers/txn/list-edges.ts';
import { ListOrders } from '../../../checkers/txn/list-orders.ts';
import { listLinks } from '../../../checkers/txn/list-reasons.ts';
import { resolveLists } from '../../../checkers/txn/lists.ts';
import { APART, levelImplies } from '../../../checkers/txn/models.ts';
import { addProcessEdges, addRealtimeEdges } from '../../../checkers/txn/order-edges.ts';
import { readTxns, type Txns } from '../../../checkers/txn/txns.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { randomHistory } from './random-txns.ts';

const seeds = fc.integer({ min: 0, max: 0x7fff_ffff });

function graphOf(seed: number): { graph: Graph; txns: Txns; links: ReturnType<typeof listLinks> } {
  const { ops } = randomHistory(seed, 'append', 7);
  const orders = new ListOrders();
  const txns = readTxns(historyOf(ops), 'lists', (t, k, l, f, n) => orders.take(t, k, l, f, n), UNLIMITED)!;
  const lists = resolveLists(txns, orders);
  const edges = new EdgeList(txns.count);
  addListEdges(lists, edges);
  addProcessEdges(txns, edges);
  addRealtimeEdges(txns, edges);
  return { graph: edges.build(), txns, links: listLinks(lists) };
}

/** Kinds of edges from each transaction to each other, virtual nodes passed through. */
function direct({ graph, txns }: { graph: Graph; txns: Txns }): Set<number>[][] {
  const to = Array.from({ length: txns.count }, () =>
    Array.from({ length: txns.count }, () => new Set<number>()),
  );
  const follow = (from: number, node: number, kind: number): void => {
    for (let e = graph.off[node]!; e < graph.off[node + 1]!; e++) {
      const next = graph.tgt[e]!;
      const by =
        kind >= 0 ? kind : ({ [AUX]: RW, [PREDICATE_AUX]: PREDICATE_RW }[graph.kind[e]!] ?? graph.kind[e]!);
      if (next < txns.count) to[from]![next]!.add(by);
      else follow(from, next, by);
    }
  };
  for (let t = 0; t < txns.count; t++) follow(t, t, -1);
  return to;
}

/** Length of the shortest simple cycle of every class, by trying all. */
function shortest(to: Set<number>[][]): Map<string, number> {
  const best = new Map<string, number>();
  const walk = (start: number, path: number[], kinds: number[]): void => {
    for (const [next, by] of to[path.at(-1)!]!.entries()) {
      if (next < start || (next !== start && path.includes(next))) continue;
      for (const kind of by) {
        if (next !== start) {
          walk(start, [...path, next], [...kinds, kind]);
          continue;
        }
        const all = [...kinds, kind];
        const variant = all.includes(RT) ? 2 : all.includes(PR) ? 1 : 0;
        const name = `${shapeOf(all)} ${variant}`;
        best.set(name, Math.min(best.get(name) ?? Infinity, all.length));
      }
    }
  };
  for (let t = 0; t < to.length; t++) walk(t, [t], []);
  return best;
}

test('no simple cycle of a class is smaller than the one shown, where no graver class is there', () => {
  let compared = 0;
  fc.assert(
    fc.property(seeds, (seed) => {
      const { graph, txns, links } = graphOf(seed);
      const { found, components } = findCycles(graph, txns, links, UNLIMITED);
      if (components === 0) return;
      const best = shortest(direct({ graph, txns }));
      const has = (level: string, variant: number): boolean => best.has(`${level} ${variant}`);
      for (const level of LEVELS.filter((each) => !APART.includes(each))) {
        for (const variant of [0, 1, 2] as Variant[]) {
          const graver = LEVELS.some((other) =>
            [0, 1, 2].some(
              (v) =>
                v <= variant &&
                (other !== level || v < variant) &&
                levelImplies(other, level, false) &&
                has(other, v),
            ),
          );
          if (graver || !has(level, variant)) continue;
          const lengths = found
            .filter((cycle) => cycle.level === level && cycle.variant === variant)
            .map((cycle) => cycle.txns.length);
          expect([level, variant, Math.min(...lengths)]).toEqual([
            level,
            variant,
            best.get(`${level} ${variant}`),
          ]);
          compared++;
        }
      }
    }),
    { numRuns: fuzzRuns(600) },
  );
  expect(compared).toBeGreaterThan(30);
});
