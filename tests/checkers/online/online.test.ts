import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Checker } from '../../../checkers/contract.ts';
import { linearizable } from '../../../checkers/linearizable/linearizable.ts';
import type { Model } from '../../../checkers/models/model.ts';
import { MODELS } from '../../../checkers/models/registry.ts';
import { ONLINE_FORMS } from '../../../checkers/online/forms.ts';
import { LinearizableWatch } from '../../../checkers/online/linearizable-watch.ts';
import { OnlineJudge } from '../../../checkers/online/online.ts';
import { CHECKERS } from '../../../checkers/registry.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { Seed } from '../../../harness/random.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { drawnOps, drawnSteps, registerHistory, shapes } from '../linearizable/random-register.ts';
import { randomHistory } from '../txn/random-txns.ts';

type Options = Record<string, Json>;

/** Judges a history live and afterwards; whatever was found live must stand, when it was found and in the end. */
function compare(name: string, options: Options, ops: readonly Op[]) {
  const form = ONLINE_FORMS[name]!;
  const checker = CHECKERS[name as keyof typeof CHECKERS] as Checker;
  const verdict = (length: number): string =>
    checker.check(historyOf(ops.slice(0, length)), options, { spend: () => true, reason: '' }).verdict;
  const whole = verdict(ops.length);
  const watch = form.watch(options);
  if (typeof watch === 'string') throw new Error(watch);
  const judge = new OnlineJudge([{ name, options }]);
  let alarmAt = -1;
  let foundAt = -1;
  for (const [i, op] of ops.entries()) {
    if (watch.take(op) && alarmAt < 0) alarmAt = i;
    const found = judge.take(op);
    if (found.length === 0) continue;
    expect(foundAt).toBe(-1);
    foundAt = i;
    expect(verdict(i + 1)).toBe('fail');
    for (const at of found[0]!.anomaly.ops) expect(at).toBeLessThanOrEqual(i);
  }
  const late = judge.end();
  if (late.length > 0) {
    expect(foundAt).toBe(-1);
    foundAt = ops.length;
  }
  if (foundAt >= 0) expect(whole).toBe('fail');
  return { whole, alarmAt, foundAt };
}

/** Counts how often the live form finds what the checker finds afterwards. */
class Score {
  failed = 0;
  live = 0;
  passed = 0;

  add({ whole, foundAt }: { whole: string; foundAt: number }): void {
    if (whole === 'fail') this.failed++;
    if (whole === 'pass') this.passed++;
    if (foundAt >= 0) this.live++;
  }

  say(name: string): void {
    if (process.env['FUZZ_RUNS'] === undefined) return;
    process.stdout.write(
      `${name}: live found ${this.live} of ${this.failed} failures, ${this.passed} passed\n`,
    );
  }
}

const opsOf = (history: History): Op[] => [...history.ops()];

describe('what is found live stands afterwards, and nothing is found that does not', () => {
  test('registers', () => {
    const score = new Score();
    fc.assert(
      fc.property(drawnOps(11), drawnSteps(11), shapes, (drawn, steps, shape) => {
        const result = compare(
          'linearizable',
          { model: 'cas-register' },
          opsOf(registerHistory(drawn, steps, shape)),
        );
        // Its alarm needs no second opinion.
        if (result.alarmAt >= 0) expect(result.whole).toBe('fail');
        score.add(result);
      }),
      { numRuns: fuzzRuns(600) },
    );
    score.say('linearizable');
    expect(score.live).toBeGreaterThan(score.failed * 0.98);
    expect(score.passed).toBeGreaterThan(50);
  });

  test('registers, without patience for slow answers', () => {
    const seen = { alarms: 0, failed: 0, late: 0 };
    fc.assert(
      fc.property(
        drawnOps(11),
        drawnSteps(11),
        shapes,
        fc.integer({ min: 0, max: 8 }),
        (drawn, steps, shape, ms) => {
          const history = registerHistory(drawn, steps, shape);
          const model = MODELS['cas-register'] as Model<unknown>;
          const patienceNs = ms * 1e6;
          const watch = new LinearizableWatch({ model, initial: null, failedCas: 'declared', patienceNs });
          let alarm = false;
          for (const op of history.ops()) alarm = watch.take(op) || alarm;
          alarm = watch.end() || alarm;
          const failed = linearizable(history, { model: 'cas-register' }).verdict === 'fail';
          if (alarm) expect(failed).toBe(true);
          if (alarm) seen.alarms++;
          if (failed) seen.failed++;
          if (Number(watch.stats()['late']) > 0) seen.late++;
        },
      ),
      { numRuns: fuzzRuns(500) },
    );
    if (process.env['FUZZ_RUNS'] !== undefined) process.stdout.write(`impatient: ${JSON.stringify(seen)}\n`);
    expect(seen.late).toBeGreaterThan(100);
    expect(seen.alarms).toBeGreaterThan(seen.failed / 2);
  });

  test.each(['strict-serializable', 'serializable', 'snapshot-isolation', 'read-committed'])(
    'list-append, %s',
    (consistencyModel) => {
      const score = new Score();
      fc.assert(
        fc.property(fc.nat(1e9), fc.integer({ min: 2, max: 9 }), (seed, most) => {
          const { ops } = randomHistory(seed, 'append', most);
          const result = compare('list-append', { consistencyModel }, ops);
          if (result.alarmAt >= 0 && consistencyModel === 'strict-serializable') {
            expect(result.whole).toBe('fail');
          }
          score.add(result);
        }),
        { numRuns: fuzzRuns(300) },
      );
      score.say(`list-append ${consistencyModel}`);
      expect(score.live).toBeGreaterThan(score.failed * 0.6);
      expect(score.passed).toBeGreaterThan(20);
    },
  );

  test.each([false, true])('sets, linearizable %s', (linearizable) => {
    const score = new Score();
    fc.assert(
      fc.property(fc.nat(1e9), (seed) => {
        const result = compare('set-full', { linearizable }, randomSet(seed));
        if (result.alarmAt >= 0) expect(result.whole).toBe('fail');
        score.add(result);
      }),
      { numRuns: fuzzRuns(600) },
    );
    score.say(`set-full linearizable ${linearizable}`);
    expect(score.live).toBeGreaterThan(20);
    expect(score.passed).toBeGreaterThan(20);
  });

  test.each(['auto', 'exclusive', 'per-term'])('leaders, %s', (leadership) => {
    const score = new Score();
    fc.assert(
      fc.property(fc.nat(1e9), (seed) => {
        score.add(compare('election-safety', { leadership, maxGapMs: 3 }, randomElection(seed)));
      }),
      { numRuns: fuzzRuns(300) },
    );
    score.say(`election-safety ${leadership}`);
    expect(score.live).toBeGreaterThan(20);
    expect(score.passed).toBeGreaterThan(20);
  });
});

/** Adds and reads of one set, some of them wrong: elements go missing, come twice, or come from nowhere. */
function randomSet(seed: number): Op[] {
  const rng = Seed.of(seed).fork('set').rng();
  const wrong = rng.pick([0, 0, 0.05, 0.2]);
  const ops: Op[] = [];
  const log = (process: number, type: Op['type'], f: string, value: Json): void => {
    ops.push({ index: ops.length, time: ops.length * 1e6, process, type, f, value });
  };
  const open: ({ f: string; value: number } | null)[] = [null, null, null];
  const ids = [0, 1, 2];
  let state: number[] = [];
  let next = 1;
  for (let turn = 0; turn < rng.int(6, 40); turn++) {
    const thread = rng.int(0, 2);
    const call = open[thread];
    const process = ids[thread]!;
    if (!call) {
      const f = rng.chance(0.5) ? 'add' : 'read';
      const value = rng.chance(0.05) ? rng.int(1, next) : next++;
      open[thread] = { f, value };
      log(process, 'invoke', f, f === 'add' ? value : null);
      if (f === 'add' && rng.chance(0.5)) state = [...new Set([...state, value])];
      continue;
    }
    open[thread] = null;
    const { f, value } = call;
    const roll = rng.float();
    if (f === 'read') {
      let seen = [...state];
      if (rng.chance(wrong)) seen = seen.slice(1);
      if (rng.chance(wrong)) seen.push(rng.int(1, next + 1));
      log(process, roll < 0.9 ? 'ok' : 'fail', f, roll < 0.9 ? seen : null);
      continue;
    }
    const type = roll < 0.7 ? 'ok' : roll < 0.85 ? 'info' : 'fail';
    if (type === 'ok' && !rng.chance(wrong)) state = [...new Set([...state, value])];
    if (type === 'fail' && !rng.chance(wrong)) state = state.filter((one) => one !== value);
    log(process, type, f, value);
    if (type === 'info') ids[thread]! += 3;
  }
  return ops;
}

/** Answers of three nodes about leadership, and commands, with or without terms; now and then two lead. */
function randomElection(seed: number): Op[] {
  const rng = Seed.of(seed).fork('election').rng();
  const wrong = rng.pick([0, 0, 0.1]);
  const terms = rng.pick(['all', 'all', 'none', 'some']);
  const ops: Op[] = [];
  const log = (process: Op['process'], type: Op['type'], f: string, value: Json, node?: string): void => {
    const op: Op = { index: ops.length, time: ops.length * 1e6, process, type, f, value };
    ops.push(node === undefined ? op : { ...op, node });
  };
  let term = 1;
  let leader = 0;
  let old = -1;
  const length = rng.int(4, 60);
  for (let turn = 0; turn < length; turn++) {
    if (rng.chance(0.1)) {
      old = rng.chance(wrong * 4) ? leader : -1;
      term++;
      leader = rng.int(0, 2);
    }
    const named = terms === 'all' || (terms === 'some' && rng.chance(0.5));
    if (rng.chance(0.2)) {
      const stale = rng.chance(wrong);
      log(turn, 'invoke', 'command', turn);
      const answer = { command: turn, by: `n${leader}`, ...(named ? { term: stale ? term - 1 : term } : {}) };
      log(turn, rng.chance(0.8) ? 'ok' : 'info', 'command', answer);
      continue;
    }
    const node = rng.int(0, 2);
    log(`observer:n${node}`, 'invoke', 'leader', null, `n${node}`);
    const leading = node === leader || node === old;
    const behind = node === old && rng.chance(0.5) ? 1 : 0;
    const answer = { leading, ...(named ? { term: term - behind } : {}) };
    log(`observer:n${node}`, rng.chance(0.9) ? 'ok' : 'info', 'leader', answer, `n${node}`);
  }
  return ops;
}
