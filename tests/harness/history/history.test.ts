import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import { History, INVOKE, NONE } from '../../../harness/history/history.ts';
import type { Op } from '../../../harness/op.ts';
import { ops } from './arbitraries.ts';

/** Pairs by walking back and forth over objects: slow and obviously right. */
function naivePairs(list: readonly Op[]): number[] {
  return list.map((op, i) => {
    if (op.type === 'invoke') {
      const next = list.findIndex((other, j) => j > i && other.process === op.process);
      return next;
    }
    for (let j = i - 1; j >= 0; j--) if (list[j]!.process === op.process) return j;
    return NONE;
  });
}

const write = (process: number, type: Op['type'], value: number): Op => ({
  index: 0,
  time: 0,
  process,
  type,
  f: 'write',
  value,
});

describe('History', () => {
  it('gives back the operations it was built from', () => {
    fc.assert(
      fc.property(ops, (list) => {
        expect([...historyOf(list).ops()]).toEqual(list);
      }),
    );
  });

  it('pairs like the naive model, and leaves open invocations indeterminate', () => {
    fc.assert(
      fc.property(ops, (list) => {
        const history = historyOf(list);
        expect([...history.columns.pairs]).toEqual(naivePairs(list));
        list.forEach((op, i) => {
          if (op.type !== 'invoke') {
            expect(() => history.outcome(i)).toThrow(RangeError);
            return;
          }
          const pair = naivePairs(list)[i]!;
          expect(history.outcome(i)).toBe(pair === NONE ? 'info' : list[pair]!.type);
        });
      }),
    );
  });

  it('crosses threads unchanged, shared or copied, twice over', () => {
    fc.assert(
      fc.property(ops, fc.boolean(), (list, shared) => {
        const once = History.fromTransfer(structuredClone(historyOf(list).toTransfer(shared)));
        const twice = History.fromTransfer(structuredClone(once.toTransfer(shared)));
        expect([...once.ops()]).toEqual(list);
        expect([...twice.ops()]).toEqual(list);
        for (const op of list) {
          expect(once.values.get(once.values.find(op.value))).toEqual(op.value);
          expect(twice.values.intern(op.value)).toBe(once.values.find(op.value));
        }
      }),
    );
  });

  it('selects what a filter over objects selects', () => {
    fc.assert(
      fc.property(ops, fc.nat(59), (list, at) => {
        const like = list[at % Math.max(1, list.length)];
        if (like === undefined) return;
        const history = historyOf(list);
        const where = (test: (op: Op) => boolean): number[] => list.filter(test).map((op) => op.index);
        const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
        expect([...history.select({ process: like.process })]).toEqual(
          where((op) => op.process === like.process),
        );
        expect([...history.select({ f: like.f, type: 'invoke' })]).toEqual(
          where((op) => op.f === like.f && op.type === 'invoke'),
        );
        expect([...history.select({ fromNs: like.time, by: 'clients' })]).toEqual(
          where((op) => op.time >= like.time && typeof op.process === 'number'),
        );
        expect([...history.select({ toNs: like.time })]).toEqual(where((op) => op.time < like.time));
        if (like.key !== undefined) {
          expect([...history.select({ key: like.key })].includes(like.index)).toBe(true);
          expect(where((op) => same(op.key, like.key)).every((i) => same(history.key(i), like.key))).toBe(
            true,
          );
        }
        if (like.node !== undefined) {
          expect([...history.select({ node: like.node })]).toEqual(where((op) => op.node === like.node));
        }
        if (like.phase !== undefined) {
          expect([...history.select({ phase: like.phase })]).toEqual(where((op) => op.phase === like.phase));
        }
      }),
    );
  });

  it('selects nothing for names and keys it never saw', () => {
    const history = historyOf([write(1, 'invoke', 3)]);
    expect(history.select({ f: 'nope' })).toHaveLength(0);
    expect(history.select({ process: 'cluster' })).toHaveLength(0);
    expect(history.select({ key: 'nope' })).toHaveLength(0);
    expect(history.select({ node: 'n9' })).toHaveLength(0);
  });

  it('partitions into disjoint ascending lists that cover everything', () => {
    fc.assert(
      fc.property(ops, (list) => {
        const history = historyOf(list);
        for (const [partition, column] of [
          [history.byKey(), history.columns.keys],
          [history.byProcess(), history.columns.processes],
          [history.byF(), history.columns.fs],
          [history.byNode(), history.columns.nodes],
        ] as const) {
          expect(new Set(partition.ids).size).toBe(partition.ids.length);
          partition.lists.forEach((positions, g) => {
            expect(positions.length).toBeGreaterThan(0);
            expect([...positions]).toEqual([...positions].sort((a, b) => a - b));
            for (const i of positions) expect(column[i]).toBe(partition.ids[g]);
          });
          const all = partition.lists.flatMap((positions) => [...positions]);
          expect(all.sort((a, b) => a - b)).toEqual(list.map((op) => op.index));
        }
      }),
    );
  });

  it('partitions a subset, and sparse ids', () => {
    const history = historyOf([
      write(2_000_000_000, 'invoke', 1),
      write(3, 'invoke', 2),
      write(2_000_000_000, 'ok', 1),
      write(3, 'ok', 2),
    ]);
    const { ids, lists } = history.byProcess(history.indexesWhere((i) => i !== 1));
    expect([...ids]).toEqual([2_000_000_000, 3]);
    expect(lists.map((list) => [...list])).toEqual([[0, 2], [3]]);
  });

  it('picks operations with their pairs, and unpairs halves', () => {
    const history = historyOf([
      write(0, 'invoke', 1),
      write(1, 'invoke', 2),
      write(1, 'ok', 2),
      write(0, 'ok', 1),
    ]);
    const picked = history.pick(Int32Array.of(1, 2, 3));
    expect([...picked.columns.pairs]).toEqual([1, 0, NONE]);
    expect(picked.op(2).value).toBe(1);
    expect(picked.columns.types[0]).toBe(INVOKE);
  });

  it('refuses positions outside', () => {
    expect(() => historyOf([]).op(0)).toThrow(RangeError);
  });
});
