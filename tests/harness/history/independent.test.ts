import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import { looksIndependent } from '../../../harness/history/independent.ts';
import { readHistory } from '../../../harness/history/open.ts';
import type { Json, Op } from '../../../harness/op.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-independent-'));
afterAll(() => rmSync(folder, { recursive: true }));

const op = (index: number, type: Op['type'], f: string, value: Json, process: Op['process'] = 0): Op => ({
  index,
  time: index,
  process,
  type,
  f,
  value,
});

describe('[key value] pairs', () => {
  test('are told by reads that ask for [key nil]', () => {
    const ops = [
      op(0, 'info', 'start', null, 'nemesis'),
      op(1, 'invoke', 'write', ['a', 1]),
      op(2, 'ok', 'write', ['a', 1]),
      op(3, 'invoke', 'read', ['a', null]),
      op(4, 'ok', 'read', ['a', 1]),
    ];
    expect(looksIndependent(historyOf(ops))).toBe(true);
    expect(looksIndependent(historyOf(ops.slice(0, 3)))).toBe(false);
  });

  test.each<[string, Op[]]>([
    [
      'a cas',
      [op(0, 'invoke', 'cas', [1, null]), op(1, 'ok', 'cas', [1, null]), op(2, 'invoke', 'read', null)],
    ],
    ['two micro-operations', [op(0, 'invoke', 'txn', [['r', 1, null], null] as Json)]],
    ['an answer about another key', [op(0, 'invoke', 'read', [1, null]), op(1, 'ok', 'read', [2, 5])]],
  ])('are not seen in %s', (_, ops) => {
    expect(looksIndependent(historyOf(ops))).toBe(false);
  });

  test('have their keys lifted out when a history is read', async () => {
    const path = join(folder, 'history.edn');
    writeFileSync(
      path,
      [
        '{:type :invoke, :f :read, :value [1 nil], :process 0, :time 1}',
        '{:type :ok, :f :read, :value [1 7], :process 0, :time 2}',
      ].join('\n'),
    );
    const { history, notes } = await readHistory(path);
    expect(history.op(1)).toMatchObject({ key: 1, value: 7 });
    expect(notes).toContain('values are [key value] pairs: every key is an object of its own');
    expect((await readHistory(path, 'auto', { independent: false })).history.op(1).value).toEqual([1, 7]);
  });
});
