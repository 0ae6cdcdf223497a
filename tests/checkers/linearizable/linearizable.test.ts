import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bruteLinearizable } from '../../../checkers/linearizable/brute.ts';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import { Outcomes } from '../../../checkers/linearizable/outcomes.ts';
import { partition } from '../../../checkers/linearizable/parts.ts';
import { problemOf } from '../../../checkers/linearizable/problem.ts';
import { casRegister } from '../../../checkers/models/cas-register.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op, OpType } from '../../../harness/op.ts';
import type { Anomaly } from '../../../harness/verdict.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { drawnOps, drawnSteps, registerHistory, shapes } from './random-register.ts';

/** By trying every order of every key. */
function truth(history: History): boolean {
  const outcomes = new Outcomes(history, casRegister, 'declared');
  const parts = partition(history, casRegister);
  return parts.keys.every((_, part) => {
    const calls = parts.calls.subarray(parts.starts[part]!, parts.starts[part + 1]!);
    const problem = problemOf(history, casRegister, outcomes, calls, null);
    return bruteLinearizable(problem, problem.initial)!;
  });
}

/** The witness as a history of its own. */
function witnessHistory(history: History, anomaly: Anomaly): History {
  return historyOf(anomaly.ops.map((i, index) => ({ ...history.op(i), index })));
}

test('both engines agree with trying every order, and every witness fails by itself', () => {
  const seen = { valid: 0, invalid: 0, zones: 0, kinds: new Set<string>() };
  fc.assert(
    fc.property(drawnOps(11), drawnSteps(11), shapes, (drawn, steps, shape) => {
      const history = registerHistory(drawn, steps, shape);
      const expected = truth(history);
      seen[expected ? 'valid' : 'invalid']++;
      for (const engine of ['auto', 'search']) {
        const result = linearizable(history, { engine });
        // That nothing was acknowledged excuses no violation: a refusal may be one.
        if (result.verdict === 'vacuous' && expected) continue;
        expect(result.verdict).toBe(expected ? 'pass' : 'fail');
        if (engine === 'auto' && result.stats['engine'] === 'zones') seen.zones++;
        if (expected) continue;
        for (const anomaly of result.anomalies) {
          seen.kinds.add(anomaly.kind);
          expect(truth(witnessHistory(history, anomaly))).toBe(false);
        }
      }
    }),
    { numRuns: fuzzRuns(1500) },
  );
  expect(Math.min(seen.valid, seen.invalid, seen.zones)).toBeGreaterThan(100);
  expect([...seen.kinds]).toEqual(expect.arrayContaining(['stale-read', 'future-read', 'lost-write']));
});

test('a register is called a register, whatever else its model allows', () => {
  const half = (process: number, type: OpType, f: string, value: Json, index: number) => ({
    ...{ index, process, type, f, value, time: index * 1e6 },
  });
  const history = historyOf([
    half(0, 'invoke', 'write', 1, 0),
    half(0, 'ok', 'write', 1, 1),
    half(0, 'invoke', 'write', 2, 2),
    half(0, 'ok', 'write', 2, 3),
    half(1, 'invoke', 'read', null, 4),
    half(1, 'ok', 'read', 1, 5),
  ]);
  const [anomaly] = linearizable(history, { model: 'cas-register' }).anomalies;
  const said = [anomaly!.sentence, ...anomaly!.steps.map(({ text }) => text)].join(' ');
  expect(said).toMatch(/^The register was promised/);
  expect(said).not.toContain('cas-register');
});

let clock = 0;
interface Script {
  process: number;
  type: OpType;
  f: string;
  value: Json;
  kind?: string;
}
const line = (process: number, type: OpType, f: string, value: Json, kind?: string): Script => ({
  process,
  type,
  f,
  value,
  ...(kind === undefined ? {} : { kind }),
});
/** An operation alone in time. */
const alone = (
  f: string,
  value: Json,
  result: Json = value,
  type: OpType = 'ok',
  kind?: string,
): Script[] => {
  const process = clock++ % 1000;
  return [line(process, 'invoke', f, f === 'read' ? null : value), line(process, type, f, result, kind)];
};
const read = (value: Json): Script[] => alone('read', value);
const write = (value: Json): Script[] => alone('write', value);
const build = (...scripts: Script[][]): History =>
  historyOf(
    scripts.flat().map(({ kind, ...rest }, index): Op => {
      const op: Op = { index, time: index * 1e6, key: 7, node: 'n1', ...rest };
      if (kind !== undefined) op.error = { definite: true, kind };
      return op;
    }),
  );
const only = (history: History, options = {}): Anomaly => {
  const result = linearizable(history, options);
  expect(result.verdict).toBe('fail');
  expect(result.anomalies).toHaveLength(1);
  return result.anomalies[0]!;
};

describe.each(['auto', 'search'])('planted violations, engine %s', (engine) => {
  const kind = (...scripts: Script[][]): string => only(build(...scripts), { engine }).kind;
  const passes = (...scripts: Script[][]): void => {
    expect(linearizable(build(...scripts), { engine }).verdict).toBe('pass');
  };

  test('a stale read', () => {
    const history = build(write(1), write(2), read(2), read(1));
    const anomaly = only(history, { engine });
    expect(anomaly).toMatchObject({ kind: 'stale-read', certainty: 'proved', key: 7 });
    expect(anomaly.sentence).toMatch(
      /^Key 7 was promised to be linearizable, but process \d+ at n1 read 1, when it could only hold 2 \(0.006 s to 0.007 s\)\.$/,
    );
    expect(anomaly.ops.length).toBeLessThanOrEqual(6);
    passes(write(1), write(2), read(2), read(2));
  });

  test('a lost write', () => {
    expect(kind(write(1), write(2), read(1))).toBe('lost-write');
    passes(write(1), alone('write', 2, 2, 'info'), read(1));
    passes(write(1), alone('write', 2, 2, 'info'), read(2));
  });

  test('garbage, aborted and future reads', () => {
    expect(kind(write(1), read(9))).toBe('garbage-read');
    expect(kind(write(1), alone('write', 9, 9, 'fail'), read(9))).toBe('aborted-read');
    expect(kind(write(1), read(9), write(9))).toBe('future-read');
    passes(read(null), write(9), read(9));
  });

  test('two cas from one value', () => {
    expect(kind(write(1), alone('cas', [1, 2]), alone('cas', [1, 3]), read(3))).toBe('lost-cas');
    passes(write(1), alone('cas', [1, 2]), alone('cas', [2, 3]), read(3));
  });

  test('a cas refused although its value was there, and only where the error says so', () => {
    const refused = (error?: string) => build(write(1), alone('cas', [1, 2], [1, 2], 'fail', error), read(1));
    expect(linearizable(refused('precondition-failed'), { engine }).verdict).toBe('fail');
    expect(linearizable(refused('timeout'), { engine }).verdict).toBe('pass');
    expect(linearizable(refused(), { engine }).verdict).toBe('pass');
    expect(linearizable(refused(), { engine, failedCas: 'observation' }).verdict).toBe('fail');
    expect(linearizable(refused('precondition-failed'), { engine, failedCas: 'ignore' }).verdict).toBe(
      'pass',
    );
  });

  test('a resurrected value after a chain of cas', () => {
    const chain = [write(0), ...[1, 2, 3, 4, 5].map((to) => alone('cas', [to - 1, to]))];
    expect(kind(...chain, read(5), read(2))).toBe('stale-read');
    passes(...chain, read(5));
  });
});

test('the engine used is said, and unique values need no search', () => {
  const unique = build(write(1), write(2), read(2));
  expect(linearizable(unique).stats).toMatchObject({ engine: 'zones', fastKeys: 1 });
  expect(linearizable(unique, { engine: 'search' }).stats).toMatchObject({ engine: 'search' });
  expect(linearizable(build(write(1), write(1), read(1))).stats).toMatchObject({ engine: 'search' });
});

test('a refusal that no state explains is a violation, whatever else was acknowledged', () => {
  const refused = (from: Json) => build(alone('cas', [from, 1], [from, 1], 'fail', 'precondition-failed'));
  for (const engine of ['auto', 'search', 'configurations']) {
    expect(linearizable(refused(null), { engine }).verdict).toBe('fail');
    expect(linearizable(refused(7), { engine }).verdict).toBe('vacuous');
  }
});

test('functions the model lacks are named, and an empty history is vacuous', () => {
  const result = linearizable(build(write(1), alone('cas', [1, 2])), { model: 'register' });
  expect(result).toMatchObject({ verdict: 'broken' });
  expect(result.note).toContain('does not understand cas (1 times); it understands read, write');
  expect(linearizable(build()).verdict).toBe('vacuous');
  expect(linearizable(build(alone('write', 1, 1, 'info'))).verdict).toBe('vacuous');
  expect(() => linearizable(build(write(1)), { model: 'heap' })).toThrow(/expected one of register/);
});

test('a late violation in a long history of few values has a small witness', () => {
  const scripts: Script[][] = [];
  for (let i = 0; i < 3000; i++) scripts.push(write(i % 3), read(i % 3));
  const anomaly = only(build(...scripts, write(1), read(1), read(2), write(0)));
  expect(anomaly.kind).toBe('stale-read');
  expect(anomaly.ops.length).toBeLessThanOrEqual(8);
});

test('what a budget cuts short is unknown and says what would settle it', () => {
  const scripts: Script[][] = [];
  for (let i = 0; i < 4000; i++) scripts.push(write(i % 3), read(i % 3));
  let spent = 0;
  const budget = { spend: (steps: number) => (spent += steps) < 9000, reason: 'time limit of 1 s' };
  const result = linearizable(build(...scripts), { engine: 'search' }, budget);
  expect(result.verdict).toBe('unknown');
  expect(result.note).toMatch(
    /1 of 1 keys stayed open at the time limit of 1 s; .*key 7, has 8000 operations/,
  );
});

test('indeterminate writes of few values leave a history decidable', () => {
  const scripts: Script[][] = [];
  for (let i = 0; i < 400; i++) {
    scripts.push(
      i % 4 === 0 ? alone('write', i % 3, i % 3, 'info') : write(i % 3),
      ...(i % 4 === 0 ? [] : [read(i % 3)]),
    );
  }
  expect(linearizable(build(...scripts)).verdict).toBe('pass');
  expect(linearizable(build(...scripts, read(8))).verdict).toBe('fail');
});
