/**
 * Values that cannot be compared: integers of 2^53 and up, which readers keep as text, and whatever else stands where
 * a number is meant. Nothing is concluded from them, and nothing is passed over.
 */
import { expect, it } from 'vitest';
import { UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS, type CheckerName } from '../../checkers/registry.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { ElectionHistory } from './election-history.ts';
import { type Script, script } from './script.ts';

const BIG = '9007199254740993';
const judge = (name: CheckerName, s: Script | ElectionHistory): CheckerResult =>
  CHECKERS[name].check('build' in s ? s.build() : s.history(), {}, UNLIMITED);

const unsettled = (result: CheckerResult): void => {
  expect(result).toMatchObject({ verdict: 'unknown', anomalies: [] });
  expect(result.note).toMatch(/would settle it$/);
};

it('adds up no balances beyond 2^53', () => {
  const bank = (...balances: Json[]) =>
    balances.reduce<Script>(
      (s, a) => s.run('read', null, 'ok', { a, b: 5 }),
      script().run('transfer', { from: 'a', to: 'b', amount: 1 }),
    );
  unsettled(judge('bank', bank(BIG, BIG)));
  unsettled(judge('bank', bank(Number.MAX_SAFE_INTEGER, 3)));
  expect(judge('bank', bank(BIG, 5, 6)).anomalies).toMatchObject([{ kind: 'wrong-total' }]);
  expect(judge('bank', bank(null)).anomalies).toMatchObject([{ kind: 'missing-balance' }]);
});

it('judges no counter that was changed by what is no number', () => {
  const counted = (amount: Json, type: 'ok' | 'fail' = 'ok') =>
    script().run('add', amount, type).run('add', 1).run('read', null, 'ok', 6);
  unsettled(judge('counter', counted(BIG)));
  unsettled(judge('counter', counted('5')));
  expect(judge('counter', counted('5', 'fail')).anomalies).toMatchObject([{ kind: 'counter-too-high' }]);
});

it('says which fencing tokens it did not compare', () => {
  const granted = (second: Json) =>
    script()
      .run('acquire', null, 'ok', { token: BIG }, { process: 0 })
      .run('release', null, 'ok', null, { process: 0 })
      .run('acquire', null, 'ok', second, { process: 1 });
  unsettled(judge('lock', granted({ token: '9007199254740992' })));
  unsettled(judge('lock', granted('9007199254740992')));
});

it('says which clocks it did not compare', () => {
  const told = script();
  for (const clock of [1, '5', '4', 6]) told.run('event', { clock }, 'ok', { clock }, { node: 'a' });
  unsettled(judge('lamport-clock', told));
});

it('reads terms that are written as text, and takes none that it cannot read for the absence of terms', () => {
  const terms = (first: Json, second: Json) =>
    new ElectionHistory()
      .poll('a', 0, 3000, { leading: true, leader: 'a', term: first })
      .poll('b', 1000, 4000, { leading: true, leader: 'b', term: second });
  expect(judge('election-safety', terms('1', '2')).verdict).toBe('pass');
  expect(judge('election-safety', terms('1', '1')).anomalies[0]).toMatchObject({
    kind: 'two-leaders-in-term',
  });
  unsettled(judge('election-safety', terms(BIG, '18014398509481985')));
});
