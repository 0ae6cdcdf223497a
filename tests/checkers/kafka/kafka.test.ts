import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kafka } from '../../../checkers/kafka/kafka.ts';
import type { Json, OpType } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { type Dice, dice, fewDice, kindsOf, type Script, script, simulate, tampered } from '../script.ts';

const judge = (s: Script, options = {}) => kafka(s.history(), options);
const send = (s: Script, value: number, offset: number, process = 0, type: OpType = 'ok') =>
  s.run('send', [['send', 'k', value]], type, type === 'ok' ? [['send', 'k', [offset, value]]] : undefined, {
    process,
  });
const poll = (s: Script, pairs: [number, number][], process = 1) =>
  s.run('poll', [['poll']], 'ok', [['poll', { k: pairs }]], { process });
const three = () => send(send(send(script(), 10, 0), 11, 1), 12, 2);

test('an acknowledged value passed over by all polls is lost; behind them it is only unseen', () => {
  const bad = judge(
    poll(three(), [
      [0, 10],
      [2, 12],
    ]),
    { skips: false },
  );
  expect(bad.anomalies).toMatchObject([{ kind: 'lost-write', ops: [2, 3, 4, 5, 6, 7] }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'An acknowledged send must be polled, but 11, at offset 1 of log "k" for process 0 (0.002 s), never was, ' +
      'though process 1 (0.006 s) polled offset 2.',
  );
  expect(
    kindsOf(
      judge(
        poll(three(), [
          [0, 10],
          [2, 12],
        ]),
      ),
    ),
  ).toEqual(['lost-write', 'poll-skip']);
  expect(
    judge(
      poll(three(), [
        [0, 10],
        [1, 11],
      ]),
    ),
  ).toMatchObject({ verdict: 'pass', stats: { unseen: 1 } });
  expect(
    judge(
      poll(three(), [
        [0, 10],
        [1, 11],
      ]),
      { unseen: true },
    ).verdict,
  ).toBe('unknown');
  const hidden = poll(three(), [
    [0, 10],
    [2, 12],
  ]).run('poll', [['poll']], 'info');
  expect(judge(hidden, { skips: false }).verdict).toBe('unknown');
});

test('one value per offset, one offset per value, nothing from failed sends or from nowhere', () => {
  expect(
    kindsOf(
      judge(
        poll(three(), [
          [0, 10],
          [1, 11],
          [2, 11],
        ]),
      ),
    ),
  ).toContain('duplicate-message');
  expect(kindsOf(judge(poll(poll(three(), [[0, 10]]), [[0, 11]], 2)))).toContain('inconsistent-offset');
  expect(
    kindsOf(
      judge(
        poll(send(three(), 13, 3, 5, 'fail'), [
          [0, 10],
          [1, 11],
          [2, 12],
          [3, 13],
        ]),
      ),
    ),
  ).toEqual(['aborted-read']);
  expect(
    kindsOf(
      judge(
        poll(three(), [
          [0, 10],
          [1, 11],
          [2, 12],
          [3, 99],
        ]),
      ),
    ),
  ).toEqual(['phantom-message']);
  const all = poll(send(three(), 13, 3, 5, 'info'), [
    [0, 10],
    [1, 11],
    [2, 12],
    [3, 13],
  ]);
  expect(judge(all).verdict).toBe('pass');
});

test('polls go forward without gaps until the process is assigned anew; gaps nobody saw filled are none', () => {
  const rest = (s: Script) =>
    poll(
      s,
      [
        [0, 10],
        [1, 11],
        [2, 12],
      ],
      9,
    );
  expect(
    kindsOf(
      judge(
        rest(
          poll(
            poll(three(), [
              [0, 10],
              [1, 11],
            ]),
            [[1, 11]],
          ),
        ),
      ),
    ),
  ).toEqual(['nonmonotonic-poll']);
  expect(kindsOf(judge(rest(poll(poll(three(), [[0, 10]]), [[2, 12]]))))).toEqual(['poll-skip']);
  for (const f of ['assign', 'subscribe']) {
    const again = poll(three(), [
      [0, 10],
      [1, 11],
    ]).run(f, ['k'], 'ok', ['k'], { process: 1 });
    expect(judge(rest(poll(again, [[1, 11]]))).verdict, f).toBe('pass');
  }
  const markers = send(send(script(), 10, 0), 12, 5);
  expect(
    judge(
      poll(markers, [
        [0, 10],
        [5, 12],
      ]),
    ).verdict,
  ).toBe('pass');
});

test('offsets of sends grow within a process; lone operations with a key are read too', () => {
  expect(
    kindsOf(
      judge(
        poll(send(send(script(), 11, 1), 10, 0), [
          [0, 10],
          [1, 11],
        ]),
      ),
    ),
  ).toEqual(['nonmonotonic-send']);
  const lone = script()
    .run('send', 10, 'ok', 0, { key: 'k' })
    .run('poll', null, 'ok', { k: [[0, 10]] });
  expect(judge(lone)).toMatchObject({ verdict: 'pass', stats: { seen: 1 } });
  expect(judge(script()).verdict).toBe('vacuous');
});

test('committed offsets are remembered, and only committed ones are read', () => {
  const commit = (s: Script, offset: number, type: OpType = 'ok') => s.run('commit', { k: offset }, type);
  const committed = (s: Script, answer: Json) => s.run('committed', ['k'], 'ok', answer);
  expect(judge(committed(commit(commit(script(), 3), 5), { k: 3 })).anomalies).toMatchObject([
    { kind: 'lost-commit', ops: [0, 1, 2, 3, 4, 5] },
  ]);
  expect(kindsOf(judge(committed(commit(script(), 3), {})))).toEqual(['lost-commit']);
  expect(kindsOf(judge(committed(commit(script(), 3), { k: 4 })))).toEqual(['phantom-commit']);
  expect(judge(committed(commit(commit(script(), 3), 5), { k: 5 })).verdict).toBe('pass');
  expect(judge(committed(commit(commit(script(), 3, 'info'), 5), { k: 3 })).verdict).toBe('pass');
});

function random(d: Dice): Script {
  const log: number[] = [];
  const next = new Map<number, number>();
  const committed = { k: -1 };
  let value = 100;
  return simulate(d, (roll, process) => {
    const kind = roll.roll(10);
    if (kind < 4) {
      const v = value++;
      const effect = (): Json => {
        log.push(v);
        return [['send', 'k', [log.length - 1, v]]];
      };
      return { f: 'send', value: [['send', 'k', v]], effect };
    }
    if (kind < 8) {
      const effect = (): Json => {
        const from = next.get(process) ?? 0;
        const to = Math.min(log.length, from + 2);
        next.set(process, to);
        return [['poll', { k: log.slice(from, to).map((v, n): Json => [from + n, v]) }]];
      };
      return { f: 'poll', value: [['poll']], effect };
    }
    if (kind === 8) {
      const offset = value++;
      return { f: 'commit', value: { k: offset }, effect: () => (committed.k = offset) };
    }
    return { f: 'committed', value: ['k'], effect: (): Json => (committed.k < 0 ? {} : { ...committed }) };
  });
}

type Pairs = [number, number][];
const pairsOf = (v: Json): Pairs => (v as [string, { k: Pairs }][])[0]![1].k ?? [];

test('no history of a real log fails, and what is dropped, moved or changed is found', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(60, 200), fewDice(), fc.nat(2), (d, after, how) => {
      const s = random(d);
      const before = judge(s);
      expect(before.anomalies).toEqual([]);
      let touched = 0;
      const h = tampered(s, after, 'poll', (v) => {
        const pairs = pairsOf(v);
        if (pairs.length < 2) return v;
        touched++;
        if (how === 0) return [['poll', { k: [...pairs].reverse() }]];
        if (how === 1) return [['poll', { k: [[pairs[0]![0], pairs[1]![1]], pairs[1]!] }]];
        return [['poll', { k: [pairs[0]!, [pairs[1]![0], 7]] }]];
      }).history();
      const result = kafka(h);
      const kinds = kindsOf(result);
      const expected = ['nonmonotonic-poll', 'duplicate-message', 'phantom-message'][how]!;
      expect(kinds.includes(expected)).toBe(touched > 0);
      for (const anomaly of result.anomalies) {
        found++;
        expect(kindsOf(kafka(h.pick(Int32Array.from(anomaly.ops))))).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(500) },
  );
  expect(found).toBeGreaterThan(50);
});
