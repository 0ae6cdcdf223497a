/**
 * Keys judged by several threads: the verdict is the one a single thread gives, however the work was divided.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Budget } from '../../../checkers/contract.ts';
import { Board } from '../../../checkers/linearizable/board.ts';
import { linearizable, linearizableChecker } from '../../../checkers/linearizable/linearizable.ts';
import { checkerWorkerUrl } from '../../../checkers/worker-url.ts';
import type { CheckerOptions } from '../../../harness/contracts.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import { judge } from '../../../harness/judge/judge.ts';
import type { Op } from '../../../harness/op.ts';
import type { CheckerResult } from '../../../harness/verdict.ts';
import { hardRegisters, registers } from '../../kits/big-histories.ts';

/** What one operation is, drawn at random. */
interface Draw {
  key: number;
  process: number;
  write: boolean;
  value: number;
  outcome: number;
}

const draws = fc.array(
  fc.record({
    key: fc.nat(6),
    process: fc.nat(5),
    write: fc.boolean(),
    value: fc.nat(3),
    outcome: fc.nat(9),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Overlapping operations on a few keys, padded with other functions' halves to be worth sharing. */
function historyFrom(drawn: readonly Draw[], unique: boolean): History {
  const ops: Op[] = [];
  const push = (op: Omit<Op, 'index' | 'time'>): void => {
    ops.push({ ...op, index: ops.length, time: ops.length * 1000 });
  };
  const open = new Map<number, Op>();
  const state = new Map<number, number>();
  let fresh = 10;
  const end = (thread: number): void => {
    const { process, f, key, value } = open.get(thread)!;
    open.delete(thread);
    if (f === 'write') state.set(key as number, value as number);
    push({
      process,
      type: 'ok',
      f,
      key: key!,
      value: f === 'read' ? (state.get(key as number) ?? null) : value,
    });
  };
  for (const { key, process, write, value, outcome } of drawn) {
    if (open.has(process)) end(process);
    const own = unique ? fresh++ : value;
    if (outcome === 0) {
      // A read of something that may never have been there.
      push({ process: fresh + 100, type: 'invoke', f: 'read', key, value: null });
      push({ process: fresh++ + 100, type: 'ok', f: 'read', key, value: own });
    }
    push({ process, type: 'invoke', f: write ? 'write' : 'read', key, value: write ? own : null });
    open.set(process, ops.at(-1)!);
  }
  for (const thread of [...open.keys()]) end(thread);
  while (ops.length < 20_000) {
    push({ process: 1000, type: 'invoke', f: 'read', key: 99, value: null });
    push({ process: 1000, type: 'ok', f: 'read', key: 99, value: null });
  }
  return historyOf(ops);
}

/** Two threads on one board: the second does all it can while the first is at its step number `at`. */
function together(history: History, options: CheckerOptions, at: number): CheckerResult {
  const shares: unknown[] = [];
  let calls = 0;
  const second = linearizableChecker.share!(history, options, { spend: () => true, reason: 'none' })!;
  const interrupting: Budget = {
    reason: 'none',
    spend: () => {
      if (calls++ === at) shares.push(second.work(board));
      return true;
    },
  };
  const first = linearizableChecker.share!(history, options, interrupting)!;
  const board = new SharedArrayBuffer(first.boardBytes);
  shares.push(first.work(board));
  return first.merge(shares);
}

test('two threads come to the verdict, the anomalies and the figures of one', () => {
  let failed = 0;
  let passed = 0;
  fc.assert(
    fc.property(draws, fc.boolean(), fc.nat(14), (drawn, unique, at) => {
      const history = historyFrom(drawn, unique);
      const options = { model: 'register', engine: unique ? 'auto' : 'search' };
      const alone = linearizable(history, options);
      if (linearizableChecker.share!(history, options, { spend: () => true, reason: '' }) === null) return;
      expect(together(history, options, at)).toEqual(alone);
      if (alone.verdict === 'fail') failed++;
      if (alone.verdict === 'pass') passed++;
    }),
    { numRuns: 40 },
  );
  expect(failed).toBeGreaterThan(5);
  expect(passed).toBeGreaterThan(5);
});

test('a limit of steps leaves the same keys open, and the same one is named', () => {
  const history = hardRegisters(20_000, 12);
  const options = { model: 'register', engine: 'search', maxSteps: 500 };
  const alone = linearizable(history, options);
  expect(alone.verdict).toBe('unknown');
  for (const at of [0, 5, 13, 20]) expect(together(history, options, at)).toEqual(alone);
});

test('workers of the judge share keys and agree with one worker', async () => {
  for (const [history, options] of [
    [hardRegisters(30_000, 9), { model: 'register', engine: 'search' }],
    [hardRegisters(30_000, 9, true), { model: 'register', engine: 'search' }],
    [registers(120_000, 40, 50), { model: 'register' }],
  ] as const) {
    const request = {
      history,
      specs: [{ name: 'linearizable', options }],
      workerUrl: checkerWorkerUrl(),
      limits: { shareAfterMs: 0 },
    };
    const [one, several] = [
      await judge({ ...request, parallel: 1 }),
      await judge({ ...request, parallel: 3 }),
    ];
    const { millis: _, ...alone } = one['linearizable']!;
    expect(several['linearizable']).toEqual({ ...alone, millis: expect.any(Number) });
    expect(alone).toEqual(linearizable(history, options));
  }
});

test('a board hands out every key once a round, and only those whose round before has ended', () => {
  const board = new Board(3, new SharedArrayBuffer(Board.bytes(3)));
  expect([board.claim(0), board.claim(0), board.claim(0), board.claim(0)]).toEqual([0, 1, 2, -1]);
  expect(board.next(0, 0)).toBe(false);
  board.end(1);
  expect([board.claim(1), board.claim(1)]).toEqual([0, -1]);
  // Round 1 has passed key 2 by: whoever ends its round 0 goes on with it.
  expect(board.next(2, 0)).toBe(true);
  expect(board.stopRound).toBeGreaterThan(1e9);
  board.stopAfter(3);
  board.stopAfter(5);
  expect(board.stopRound).toBe(3);
  board.stopAfter(1);
  expect(board.stopRound).toBe(1);
});
