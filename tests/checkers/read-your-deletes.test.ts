import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readYourDeletes } from '../../checkers/read-your-deletes.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, OpType } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from './script.ts';

const op = (s: Script, f: string, value: Json, process: number, type: OpType = 'ok') =>
  s.run(f, value, type, value, { process });
const read = (s: Script, list: Json[], process: number) => s.run('read', null, 'ok', list, { process });
const judge = (s: Script, scope = 'process') => readYourDeletes(s.history(), { scope });
const deleted = () => op(op(script(), 'add', 1, 0), 'delete', 1, 0);

test('a process that reads what it deleted fails; others may lag unless the scope is global', () => {
  const bad = judge(read(deleted(), [1], 0));
  expect(bad.anomalies).toMatchObject([{ kind: 'deleted-element-returned', ops: [0, 1, 2, 3, 4, 5] }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'What was deleted must stay away, but 1, deleted by process 0 (0.002 s), was in the read of process 0 ' +
      '(0.004 s), and nobody had added it again.',
  );
  expect(judge(read(deleted(), [], 0)).verdict).toBe('pass');
  expect(judge(read(deleted(), [1], 1)).verdict).toBe('vacuous');
  expect(judge(read(deleted(), [1], 1), 'global').verdict).toBe('fail');
});

test('another add that may have come later clears it', () => {
  for (const type of ['ok', 'info'] as const) {
    expect(judge(read(op(deleted(), 'add', 1, 1, type), [1], 0)).verdict).toBe('pass');
    expect(judge(read(op(deleted(), 'add', 1, 1, type), [1], 0), 'global').verdict).toBe('pass');
  }
  expect(judge(read(op(deleted(), 'add', 1, 1, 'fail'), [1], 0)).verdict).toBe('fail');
});

test('a delete binds what its process knew to be there, and only when it was acknowledged', () => {
  const foreign = () => op(script(), 'add', 1, 1, 'info');
  expect(judge(read(op(foreign(), 'delete', 1, 0), [1], 0)).verdict).toBe('pass');
  expect(judge(read(op(read(foreign(), [1], 0), 'delete', 1, 0), [1], 0)).verdict).toBe('fail');
  expect(judge(read(op(read(foreign(), [1], 3), 'delete', 1, 0), [1], 0), 'global').verdict).toBe('fail');
  expect(judge(read(op(op(script(), 'add', 1, 0), 'delete', 1, 0, 'fail'), [1], 0)).verdict).toBe('vacuous');
  expect(judge(read(op(op(script(), 'add', 1, 0), 'delete', 1, 0, 'info'), [1], 4), 'global').verdict).toBe(
    'vacuous',
  );
});

function random(d: Dice): Script {
  const state = new Set<number>();
  return simulate(d, (roll) => {
    if (roll.chance(40)) return { f: 'read', value: null, effect: () => [...state] };
    const value = roll.roll(5);
    if (roll.chance(50)) return { f: 'add', value, effect: () => state.add(value).size };
    return { f: 'delete', value, effect: () => state.delete(value) };
  });
}

/** Elements read in the global scope although a delete lies between every add and the read: all tuples tried. */
function returned(h: History): number {
  const calls = [...h.indexesWhere((i) => h.type(i) === 'invoke')];
  const reads = calls.filter((c) => h.f(c) === 'read' && h.outcome(c) === 'ok');
  const has = (r: number, value: Json): boolean => (h.value(h.pair(r)) as Json[]).includes(value);
  let count = 0;
  for (const r of reads) {
    for (const value of [0, 1, 2, 3, 4].filter((v) => has(r, v))) {
      const adds = calls.filter(
        (c) => h.f(c) === 'add' && h.value(c) === value && h.outcome(c) !== 'fail' && c < h.pair(r),
      );
      const deletes = calls.filter(
        (c) => h.f(c) === 'delete' && h.value(c) === value && h.outcome(c) === 'ok' && h.pair(c) < r,
      );
      const over = (a: number, by: number): boolean =>
        (h.outcome(a) === 'ok' && h.pair(a) < by) ||
        (adds.length === 1 && reads.some((seen) => h.pair(seen) < by && has(seen, value)));
      if (adds.length > 0 && deletes.some((del) => adds.every((a) => over(a, del)))) count++;
    }
  }
  return count;
}

test('it finds what trying all tuples finds, and nothing in a real set', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(60, 200), fewDice(), fc.nat(4), (d, after, value) => {
      const s = random(d);
      expect(judge(s).anomalies).toEqual([]);
      expect(judge(s, 'global').anomalies).toEqual([]);
      const h = tampered(s, after, 'read', (v) => [...new Set([...(v as number[]), value])]).history();
      const result = readYourDeletes(h, { scope: 'global' });
      expect(result.anomalyCount ?? 0).toBe(returned(h));
      for (const anomaly of result.anomalies) {
        found++;
        const alone = readYourDeletes(h.pick(Int32Array.from(anomaly.ops)), { scope: 'global' });
        expect(kindsOf(alone)).toEqual([anomaly.kind]);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(20);
});
