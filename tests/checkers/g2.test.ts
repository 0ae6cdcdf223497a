import { expect, test } from 'vitest';
import { g2 } from '../../checkers/g2.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { suggestChecker } from '../../checkers/suggest.ts';
import { script } from './script.ts';

const insert = (first: 'ok' | 'fail' | 'info', second: 'ok' | 'fail' | 'info') =>
  script()
    .run('insert', [1, null], first, [1, null], { key: 0, process: 0 })
    .run('insert', [null, 2], second, [null, 2], { key: 0, process: 1 })
    .history();

test('two acknowledged inserts of a key are caught, whatever became of others', () => {
  const result = g2(insert('ok', 'ok'));
  expect(result.verdict).toBe('fail');
  expect(result.anomalies[0]!.kind).toBe('G2');
  expect(result.anomalies[0]!.sentence).toContain('write skew over a predicate');
  expect(result.anomalies[0]!.ops).toEqual([0, 1, 2, 3]);
  expect(g2(insert('ok', 'fail')).verdict).toBe('pass');
  expect(g2(insert('info', 'ok')).verdict).toBe('pass');
  expect(g2(insert('fail', 'fail')).verdict).toBe('vacuous');
});

test('histories of other tools name the key in the value', () => {
  const pair = (key: number, second: 'ok' | 'fail') =>
    script()
      .run('insert', [key, [1, null]], 'ok', [key, [1, null]], { process: 0 })
      .run('insert', [key, [null, 2]], second, [key, [null, 2]], { process: 1 })
      .run('insert', [key + 1, [3, null]], 'ok', [key + 1, [3, null]], { process: 0 })
      .history();
  expect(g2(pair(7, 'ok'))).toMatchObject({ verdict: 'fail', anomalies: [{ key: 7 }] });
  expect(g2(pair(7, 'fail')).verdict).toBe('pass');
  expect(suggestChecker(pair(7, 'ok'))).toEqual({ name: 'g2', options: {} });
  expect(CHECKERS.g2.check(pair(7, 'fail'), {}, { spend: () => false, reason: 'time limit' }).verdict).toBe(
    'pass',
  );
});
