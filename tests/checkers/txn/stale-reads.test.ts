/**
 * Stores that are serializable and no more: readers see old states, so order in time has circles everywhere and
 * the order of reads and writes has none.
 */
import { expect, test } from 'vitest';
import { listAppend } from '../../../checkers/txn/list-append.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json, Op } from '../../../harness/op.ts';

/** One transaction after the other: appends to fifty keys in turn, and reads that miss the last twenty. */
function staleReads(size: number): Op[] {
  const ops: Op[] = [];
  const lists = new Map<number, number[]>();
  for (let n = 0; n < size; n++) {
    const key = (n >> 1) % 50;
    const list = lists.get(key) ?? [];
    lists.set(key, list);
    const read = n % 2 === 1;
    const old = (k: number): Json => lists.get(k % 50)?.slice(0, -20) ?? [];
    const done: Json = read
      ? [
          ['r', key, old(key)],
          ['r', (key + 7) % 50, old(key + 7)],
        ]
      : [
          ['r', key, [...list]],
          ['append', key, n],
        ];
    const asked: Json = read
      ? [
          ['r', key, null],
          ['r', (key + 7) % 50, null],
        ]
      : [
          ['r', key, null],
          ['append', key, n],
        ];
    if (!read) list.push(n);
    const process = n % 10;
    ops.push({ index: 2 * n, time: 2 * n, process, type: 'invoke', f: 'txn', value: asked });
    ops.push({ index: 2 * n + 1, time: 2 * n + 1, process, type: 'ok', f: 'txn', value: done });
  }
  return ops;
}

test('where nothing but time makes circles, searching them for special ones costs nothing', () => {
  let steps = 0;
  const counting = {
    reason: 'none',
    spend(more: number) {
      steps += more;
      return true;
    },
  };
  const history = historyOf(staleReads(1500));
  expect(listAppend(history, { consistencyModel: 'serializable' }, counting).verdict).toBe('pass');
  // Some 250 steps for each transaction; walking from every read of the circle-free part takes four times that.
  expect(steps).toBeLessThan(600_000);
});

test('reads of old states refute every order in time, and leave serializability decided', () => {
  const history = historyOf(staleReads(6000));
  expect(listAppend(history, { consistencyModel: 'strict-serializable' }).verdict).toBe('fail');
  const result = listAppend(history, { consistencyModel: 'serializable' });
  expect(result).toMatchObject({ verdict: 'pass', stats: { components: 1 } });
  expect(result.stats['undecided']).not.toContain('serializable');
});
