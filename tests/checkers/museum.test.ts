import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Budget, type Checker, UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import type { CheckerOptions } from '../../harness/contracts.ts';
import { parseJsonl } from '../../harness/history/jsonl.ts';

interface Expectation {
  checker: string;
  options: CheckerOptions;
  verdict: string;
  kinds: string[];
  why: string;
}

const folder = new URL('../museum/', import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .map((file) => file.slice(0, -'.jsonl'.length));

const budget: Budget = UNLIMITED;
const checkers: Readonly<Record<string, Checker>> = CHECKERS;

test.each(names)('%s', (name) => {
  const text = readFileSync(new URL(`${name}.expect.json`, folder), 'utf8');
  const expected = JSON.parse(text) as Expectation;
  const bytes = readFileSync(new URL(`${name}.jsonl`, folder));
  const { history } = parseJsonl(bytes, `${name}.jsonl`);
  const result = checkers[expected.checker]!.check(history, expected.options, budget);
  expect(result.verdict, expected.why).toBe(expected.verdict);
  expect([...new Set(result.anomalies.map((anomaly) => anomaly.kind))].sort()).toEqual(expected.kinds);
  for (const anomaly of result.anomalies) {
    expect(anomaly.sentence.endsWith('.'), anomaly.sentence).toBe(true);
    for (const i of anomaly.ops) expect(i).toBeLessThan(history.length);
  }
});

test('no history is without its expectation, and none without a history', () => {
  const expectations = readdirSync(folder).filter((file) => file.endsWith('.expect.json'));
  expect(expectations.map((file) => file.slice(0, -'.expect.json'.length)).sort()).toEqual([...names].sort());
  expect(names.length).toBeGreaterThan(15);
});
