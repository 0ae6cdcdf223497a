import { expect, test } from 'vitest';
import { OnlineJudge } from '../../../checkers/online/online.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { Seed } from '../../../harness/random.ts';

/** A register with few values under ten processes, some of them without an answer; the last read is impossible. */
function hardHistory(): Op[] {
  const rng = Seed.of(3).fork('hard').rng();
  const ops: Op[] = [];
  const log = (process: number, type: Op['type'], f: string, value: Json): void => {
    ops.push({ index: ops.length, time: ops.length * 1e5, process, type, f, value });
  };
  const ids = Array.from({ length: 10 }, (_, i) => i);
  const open: ({ f: string; value: Json; done: boolean } | undefined)[] = [];
  let state: Json = null;
  while (ops.length < 20_000) {
    const thread = rng.int(0, 9);
    const call = open[thread];
    if (call === undefined) {
      const f = rng.chance(0.5) ? 'read' : 'write';
      open[thread] = { f, value: f === 'write' ? rng.int(0, 2) : null, done: false };
      log(ids[thread]!, 'invoke', f, open[thread]!.value);
    } else if (!call.done) {
      call.done = true;
      if (call.f === 'write') state = call.value;
      else call.value = state;
    } else {
      const lost = rng.chance(0.002);
      log(ids[thread]!, lost ? 'info' : 'ok', call.f, lost && call.f === 'read' ? null : call.value);
      if (lost) ids[thread]! += 10;
      open[thread] = undefined;
    }
  }
  for (const [thread, call] of open.entries()) {
    if (call !== undefined)
      log(ids[thread]!, 'ok', call.f, call.done || call.f === 'write' ? call.value : state);
  }
  log(999, 'invoke', 'read', null);
  log(999, 'ok', 'read', 7);
  return ops;
}

test('a violation is confirmed in time where values repeat and answers are missing', () => {
  const judge = new OnlineJudge([{ name: 'linearizable', options: { model: 'register' } }]);
  const ops = hardHistory();
  const found = ops.flatMap((op) => judge.take(op).map(({ anomaly }) => ({ at: op.index, anomaly })));
  expect(found).toMatchObject([{ at: ops.length - 1, anomaly: { kind: 'garbage-read' } }]);
  expect(judge.reports()[0]!.stats).toMatchObject({ asked: 1, unconfirmed: 0, keysGivenUp: 0 });
});

test('each checker is told of once, and one without a live form says why', () => {
  const judge = new OnlineJudge([
    { name: 'unique-ids', options: {} },
    { name: 'election-liveness', options: {} },
    { name: 'list-append', options: { consistencyModel: 'read-uncommitted' } },
    { name: 'linearizable', options: { model: './mine.js' } },
  ]);
  expect(judge.watching).toEqual(['unique-ids']);
  const ops = [1, 2, 1, 1].flatMap((value, i): Op[] => [
    { index: 2 * i, time: i, process: i, type: 'invoke', f: 'generate', value: null },
    { index: 2 * i + 1, time: i, process: i, type: 'ok', f: 'generate', value },
  ]);
  const found = ops.map((op) => judge.take(op).map(({ anomaly }) => anomaly.kind));
  expect(found.map((kinds) => kinds.length)).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
  expect(judge.end()).toEqual([]);
  expect(judge.reports().map(({ checker, why }) => [checker, why])).toEqual([
    ['unique-ids', null],
    ['election-liveness', 'it judges whole histories only'],
    ['list-append', 'read-uncommitted promises too little to be judged live'],
    ['linearizable', 'models of your own judge whole histories'],
  ]);
});
