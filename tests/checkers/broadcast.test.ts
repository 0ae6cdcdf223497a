import fc from 'fast-check';
import { expect, test } from 'vitest';
import { broadcast } from '../../checkers/broadcast.ts';
import type { Json, OpType, Phase } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { Dice, fewDice, kindsOf, Script, script } from './script.ts';

const send = (s: Script, value: Json, type: OpType = 'ok') =>
  s.run('broadcast', value, type, value, { node: 'n1' });
const read = (s: Script, list: Json[], node = 'n1', phase?: Phase) =>
  s.run('read', null, 'ok', list, phase === undefined ? { node } : { node, phase });
const judge = (s: Script, options = {}) => broadcast(s.history(), options);

test('a value missing from the last read of one node is lost; everywhere it passes, and lateness is measured', () => {
  const bad = judge(read(read(send(send(script(), 1), 2), [1, 2]), [1], 'n2'));
  expect(bad.anomalies).toMatchObject([
    { kind: 'lost-value', ops: [2, 3, 6, 7], detail: { value: 2, node: 'n2' } },
  ]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'An acknowledged value must reach every node, but 2, broadcast by process 1001 at n1 (0.002 s), was ' +
      'missing from the last read of process 1003 at n2 (0.006 s).',
  );
  // What never was everywhere took no time to be there.
  expect(bad.stats).toMatchObject({ acknowledged: 2, timeToEverywhereMs: { count: 1, max: 0 } });
  const late = judge(read(read(read(send(send(script(), 1), 2), [1, 2]), [1], 'n2'), [2, 1], 'n2'));
  expect(late).toMatchObject({
    verdict: 'pass',
    stats: { nodes: 2, timeToEverywhereMs: { count: 2, max: 3 } },
  });
});

test('without a read at the end, or after the acknowledgement, nothing is settled', () => {
  expect(judge(read(send(script(), 1), [], 'n1', 'load')).verdict).toBe('unknown');
  expect(judge(send(read(send(script(), 1), [1]), 2)).verdict).toBe('unknown');
  expect(judge(read(send(script(), 1), [1], 'n2')).verdict).toBe('unknown');
  expect(judge(read(send(script(), 1, 'info'), [])).verdict).toBe('vacuous');
  expect(judge(read(send(send(script(), 1, 'info'), 2), [2])).verdict).toBe('pass');
});

test('duplicates, phantoms and failed broadcasts fail', () => {
  expect(kindsOf(judge(read(send(script(), 1), [1, 1])))).toEqual(['duplicated-value']);
  expect(kindsOf(judge(read(send(script(), 1), [1, 9])))).toEqual(['phantom-value']);
  expect(kindsOf(judge(read(send(send(script(), 1), 2, 'fail'), [1, 2])))).toEqual(['aborted-read']);
});

test('messages per operation are told, and judged where a limit is given', () => {
  const s = () => read(send(script(), 1), [1]);
  expect(judge(s(), { messages: 5 })).toMatchObject({ verdict: 'pass', stats: { messagesPerOp: 2.5 } });
  expect(kindsOf(judge(s(), { messages: 5, maxMessagesPerOp: 2 }))).toEqual(['too-many-messages']);
  expect(judge(s(), { messages: 4, maxMessagesPerOp: 2 }).verdict).toBe('pass');
});

test('it finds exactly the pairs of value and node that miss each other at the end', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(9999), { minLength: 10, maxLength: 60 }), fewDice(), (rolls, after) => {
      const d = new Dice(rolls);
      const s = new Script();
      const acked: number[] = [];
      const sent: number[] = [];
      while (d.left) {
        const value = sent.length;
        if (d.chance(50)) {
          const type = d.pick<OpType>(['ok', 'ok', 'info']);
          send(s, value, type);
          sent.push(value);
          if (type === 'ok') acked.push(value);
        } else
          read(
            s,
            sent.filter(() => d.chance(60)),
            d.pick(['n1', 'n2']),
            'load',
          );
      }
      let missing = 0;
      for (const node of ['n1', 'n2']) {
        const list = sent.filter((value) => acked.includes(value) && !after.chance(20));
        missing += acked.length - list.length;
        read(s, list, node, 'final');
      }
      const h = s.history();
      const result = broadcast(h);
      expect(result.anomalyCount ?? 0).toBe(missing);
      for (const anomaly of result.anomalies) {
        found++;
        expect(kindsOf(broadcast(h.pick(Int32Array.from(anomaly.ops))))).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(500) },
  );
  expect(found).toBeGreaterThan(50);
});
