/**
 * Every anomaly of the kafka checker against its definition, tried on all pairs, over histories drawn at random:
 * few logs, offsets and values, so that everything goes wrong often, and right often enough.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { kafka } from '../../../checkers/kafka/kafka.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { kindsOf, Script } from '../script.ts';

type Pair = [offset: number, value: number];
type Drawn =
  | { f: 'send'; process: number; value: number; offset: number; type: 'ok' | 'fail' | 'info'; late: boolean }
  | { f: 'poll'; process: number; pairs: Pair[]; type: 'ok' | 'info' }
  | { f: 'assign' | 'subscribe'; process: number }
  | { f: 'commit'; offset: number; type: 'ok' | 'fail' | 'info'; late: boolean }
  | { f: 'committed'; offset: number | null };

const process = fc.nat(1);
const pair = fc.tuple(fc.nat(4), fc.integer({ min: 10, max: 14 })) as fc.Arbitrary<Pair>;
const outcome = fc.constantFrom('ok', 'ok', 'ok', 'fail', 'info') as fc.Arbitrary<'ok' | 'fail' | 'info'>;
const late = fc.constantFrom(false, false, false, true);

/** Pairs of one true log more often than any. */
const likely = fc.oneof(
  { weight: 3, arbitrary: fc.nat(4).map((offset): Pair => [offset, 10 + offset]) },
  { weight: 1, arbitrary: pair },
);
const drawn: fc.Arbitrary<Drawn> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        f: fc.constant('send' as const),
        process,
        at: likely,
        type: outcome,
        late,
      })
      .map(({ at: [offset, value], ...rest }) => ({ ...rest, offset, value })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      f: fc.constant('poll' as const),
      process,
      pairs: fc.array(likely, { maxLength: 3 }),
      type: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'info') as fc.Arbitrary<'ok' | 'info'>,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ f: fc.constantFrom('assign' as const, 'subscribe' as const), process }),
  },
);
const commits: fc.Arbitrary<Drawn> = fc.oneof(
  fc.record({ f: fc.constant('commit' as const), offset: fc.nat(3), type: outcome, late }),
  fc.record({ f: fc.constant('committed' as const), offset: fc.option(fc.nat(3)) }),
);

/** Late completions come at the very end; what ends unknown is of a process of its own. */
function written(all: readonly Drawn[]): Op[] {
  const s = new Script();
  const open: (() => void)[] = [];
  for (const d of all) {
    if (d.f === 'send') {
      const own = d.type === 'ok' && !d.late ? { process: d.process } : {};
      const call = s.invoke('send', [['send', 'k', d.value]], own);
      const answer: Json = d.type === 'ok' ? [['send', 'k', [d.offset, d.value]]] : call.value;
      const end = () => void s.end(call, d.type, answer);
      if (d.late) open.push(end);
      else end();
    } else if (d.f === 'poll') {
      const own = d.type === 'ok' ? { process: 10 + d.process } : {};
      s.run('poll', [['poll']], d.type, d.type === 'ok' ? [['poll', { k: d.pairs }]] : [['poll']], own);
    } else if (d.f === 'commit') {
      const call = s.invoke('commit', { k: d.offset });
      const end = () => void s.end(call, d.type);
      if (d.late) open.push(end);
      else end();
    } else if (d.f === 'committed') {
      s.run('committed', ['k'], 'ok', d.offset === null ? {} : { k: d.offset });
    } else s.run(d.f, ['k'], 'ok', ['k'], { process: 10 + d.process });
  }
  for (const end of open) end();
  return s.ops;
}

interface Done {
  call: number;
  ret: number;
  process: number;
  op: Op;
  answer: Op;
}

interface Sight {
  call: number;
  process: number;
  offset: number;
  value: number;
}

function operations(ops: readonly Op[], f: string): Done[] {
  return ops.flatMap((op, call) => {
    if (op.type !== 'invoke' || op.f !== f) return [];
    const ret = ops.findIndex((end, i) => i > call && end.type !== 'invoke' && end.process === op.process);
    return [{ call, ret, process: op.process as number, op, answer: ops[ret]! }];
  });
}

const pairsOf = (done: Done): Pair[] =>
  done.answer.type === 'ok' ? (done.answer.value as [string, { k: Pair[] }][])[0]![1].k : [];

/** The kinds of anomalies there are, straight from what each means. */
function kindsByDefinition(ops: readonly Op[], skips: boolean): string[] {
  const found = new Set<string>();
  const sends = operations(ops, 'send').map((s) => ({
    ...s,
    value: (s.op.value as [string, string, number][])[0]![2],
  }));
  const polls = operations(ops, 'poll');
  const sent: Sight[] = sends
    .filter((s) => s.answer.type === 'ok')
    .map((s) => {
      const [offset, value] = (s.answer.value as [string, string, Pair][])[0]![2];
      return { call: s.call, process: s.process, offset, value };
    });
  const polled: Sight[] = polls.flatMap((p) =>
    pairsOf(p).map(([offset, value]) => ({ call: p.call, process: p.process, offset, value })),
  );
  const sights = [...sent, ...polled];
  const possible = (value: number) => sends.filter((s) => s.value === value && s.answer.type !== 'fail');
  for (const a of sights) {
    for (const b of sights) {
      if (a.offset === b.offset && a.value !== b.value) found.add('inconsistent-offset');
      if (a.value === b.value && a.offset !== b.offset && possible(a.value).length <= 1) {
        found.add('duplicate-message');
      }
    }
  }
  const told = new Set<number>();
  for (const p of polls) {
    for (const [, value] of pairsOf(p)) {
      if (told.has(value) || possible(value).some((s) => s.call < p.ret)) continue;
      told.add(value);
      const aborted = sends.some((s) => s.value === value && s.answer.type === 'fail' && s.call < p.ret);
      found.add(aborted ? 'aborted-read' : 'phantom-message');
    }
  }
  const resets = [...operations(ops, 'assign'), ...operations(ops, 'subscribe')];
  const subscribed = (process: number, before: number) =>
    operations(ops, 'subscribe').some((s) => s.process === process && s.call < before);
  const offsets = new Set(sights.map(({ offset }) => offset));
  for (const who of new Set(polls.map((p) => p.process))) {
    const own = polled.filter((s) => s.process === who && !subscribed(who, s.call));
    own.forEach((b, i) => {
      const a = own[i - 1];
      if (a === undefined) return;
      if (resets.some((r) => r.process === who && r.call > a.call && r.call < b.call)) return;
      if (b.offset <= a.offset) found.add('nonmonotonic-poll');
      else if (skips && [...offsets].some((o) => o > a.offset && o < b.offset)) found.add('poll-skip');
    });
  }
  for (const who of new Set(sent.map((s) => s.process))) {
    const own = sent.filter((s) => s.process === who);
    own.forEach((b, i) => {
      if (i > 0 && b.offset <= own[i - 1]!.offset) found.add('nonmonotonic-send');
    });
  }
  const furthest = Math.max(-1, ...polled.map(({ offset }) => offset));
  const unknown = polls.some((p) => p.answer.type === 'info');
  for (const { value, offset } of sent) {
    if (unknown || polled.some((s) => s.value === value)) continue;
    // Of several places the first that was told counts.
    const place = sent.find((s) => s.value === value)!;
    if (place.offset === offset && offset < furthest) found.add('lost-write');
  }
  return [...found].sort();
}

function commitKinds(ops: readonly Op[]): string[] {
  const found = new Set<string>();
  const made = operations(ops, 'commit').filter((c) => c.answer.type !== 'fail');
  const offsetOf = (done: Done) => (done.op.value as { k: number }).k;
  for (const read of operations(ops, 'committed')) {
    const told = (read.answer.value as { k?: number }).k;
    const fitting = made.filter((c) => offsetOf(c) === told && c.call < read.ret);
    if (told !== undefined && fitting.length === 0) {
      found.add('phantom-commit');
      continue;
    }
    const forgotten = made.some(
      (last) =>
        last.answer.type === 'ok' &&
        last.ret < read.call &&
        fitting.every((c) => c.answer.type === 'ok' && c.ret < last.call),
    );
    if (forgotten) found.add('lost-commit');
  }
  return [...found].sort();
}

test('messages: it finds exactly the kinds that trying all pairs finds, and each in its witness alone', () => {
  const counts = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 2, maxLength: 10 }), fc.boolean(), (all, skips) => {
      const s = new Script();
      s.ops.push(...written(all));
      const history = s.history();
      const result = kafka(history, { skips });
      const kinds = kindsByDefinition(s.ops, skips);
      expect(kindsOf(result)).toEqual(kinds);
      if (kinds.length > 0) expect(result.verdict).toBe('fail');
      for (const kind of kinds.length === 0 ? ['none'] : kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
      for (const { kind, ops } of result.anomalies) {
        const pairs = new Set(ops.flatMap((i) => (history.pair(i) >= 0 ? [i, history.pair(i)] : [i])));
        const part = history.pick(Int32Array.from(pairs).sort());
        expect(kindsOf(kafka(part, { skips }))).toContain(kind);
      }
    }),
    { numRuns: fuzzRuns(1500) },
  );
  for (const kind of [
    'lost-write',
    'duplicate-message',
    'aborted-read',
    'phantom-message',
    'poll-skip',
    'none',
  ]) {
    expect(counts.get(kind), kind).toBeGreaterThan(10);
  }
});

test('commits: it finds exactly what trying all pairs finds', () => {
  const counts = { clean: 0, broken: 0 };
  fc.assert(
    fc.property(fc.array(commits, { minLength: 2, maxLength: 8 }), (all) => {
      const s = new Script();
      s.ops.push(...written(all));
      const history = s.history();
      const result = kafka(history);
      const kinds = commitKinds(s.ops);
      expect(kindsOf(result)).toEqual(kinds);
      counts[kinds.length > 0 ? 'broken' : 'clean']++;
      for (const { kind, ops } of result.anomalies) {
        expect(kindsOf(kafka(history.pick(Int32Array.from(ops))))).toContain(kind);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(Math.min(counts.clean, counts.broken)).toBeGreaterThan(100);
});
