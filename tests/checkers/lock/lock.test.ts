import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lock } from '../../../checkers/lock/lock.ts';
import type { History } from '../../../harness/history/history.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { type Dice, dice, type Extra, kindsOf, type Script, script, simulate } from '../script.ts';

const judge = (s: Script, options = {}) => lock(s.history(), options);
const acquire = (s: Script, process: number, answer: Json = null, extra: Extra = {}) =>
  s.run('acquire', null, 'ok', answer, { process, ...extra });
const release = (s: Script, process: number) => s.run('release', null, 'ok', null, { process });

test('a lock granted while it is held fails; after the release it passes', () => {
  const bad = judge(release(acquire(acquire(script(), 0), 1), 0));
  expect(bad.anomalies).toMatchObject([{ kind: 'two-holders', ops: [0, 1, 2, 3, 4, 5] }]);
  expect(bad.anomalies[0]!.sentence).toBe(
    'At most one owner may hold the lock at a time, but process 0 (0.000 s) held it when it was granted to ' +
      'process 1 (0.002 s) as well; it was released only later.',
  );
  expect(judge(acquire(release(acquire(script(), 0), 0), 1)).verdict).toBe('pass');
  expect(judge(acquire(acquire(script(), 0), 0)).verdict).toBe('vacuous');
  expect(judge(acquire(acquire(script(), 0, null, { key: 'a' }), 1, null, { key: 'b' })).verdict).toBe(
    'pass',
  );
});

test('unknown acquires hold nothing, unknown releases may release, failed ones do not unless not held', () => {
  expect(judge(acquire(acquire(script().run('acquire', null, 'info'), 1), 1)).anomalies).toEqual([]);
  const after = (type: 'info' | 'fail', extra: Extra = {}) =>
    judge(acquire(acquire(script(), 0).run('release', null, type, null, { process: 0, ...extra }), 1));
  expect(after('info').verdict).toBe('pass');
  expect(after('fail').verdict).toBe('fail');
  expect(after('fail', { error: { definite: true, kind: 'not-held' } }).verdict).toBe('pass');
});

test('a renewal that is told that nothing is held ends the hold as a release would', () => {
  const after = (kind: string) =>
    judge(
      acquire(
        acquire(script(), 0).run('renew', null, 'fail', null, {
          process: 0,
          error: { definite: true, kind },
        }),
        1,
      ),
    );
  expect(after('not-held').verdict).toBe('pass');
  expect(after('expired').verdict).toBe('pass');
  expect(after('busy').verdict).toBe('fail');
});

test('a lease overlaps only while it surely lasts, skew and drift counted', () => {
  const s = (secondAt: number) =>
    acquire(
      acquire(script(), 0, { ttlMs: 100 }, { from: 0, at: 1 }),
      1,
      { ttlMs: 100 },
      { from: 50, at: secondAt },
    ).run('read', null, 'ok', null, { from: 300, at: 301 });
  expect(kindsOf(judge(s(99)))).toEqual(['lease-overlap']);
  expect(judge(s(100))).toMatchObject({ verdict: 'pass', stats: { overlapsPastExpiry: 1 } });
  expect(judge(s(99), { clockSkewMs: 1 }).verdict).toBe('pass');
  expect(judge(s(98), { clockSkewMs: 1 }).verdict).toBe('fail');
  expect(judge(s(95), { clockDrift: 0.05 }).verdict).toBe('pass');
  expect(judge(s(94), { clockDrift: 0.05 }).verdict).toBe('fail');
  const renewed = acquire(script(), 0, { ttlMs: 100 }, { from: 0, at: 1 }).run(
    'renew',
    null,
    'ok',
    { ttlMs: 100 },
    { process: 0, from: 80, at: 81 },
  );
  expect(kindsOf(judge(acquire(renewed, 1, null, { from: 150, at: 151 })))).toEqual(['lease-overlap']);
});

test('fencing tokens grow with every grant and belong to one owner', () => {
  const s = (second: Json) => judge(acquire(release(acquire(script(), 0, { token: 5 }), 0), 1, second));
  expect(kindsOf(s({ token: 4 }))).toEqual(['token-went-back']);
  expect(kindsOf(s(5))).toEqual(['token-reused']);
  expect(s(6).verdict).toBe('pass');
  expect(lock(acquire(release(acquire(script(), 0, 5), 0), 1, 4).history(), { fencing: false }).verdict).toBe(
    'pass',
  );
});

test('a token stands for its grant, whichever process shows it', () => {
  const granted = () => acquire(script(), 0, { token: 1, ttlMs: 100 }, { from: 0, at: 1 });
  const released = (token: number, type: 'ok' | 'info', s = granted()) =>
    s.run('release', { token }, type, { token }, { process: 3, from: 2, at: 3 });
  const next = (s: Script) => acquire(s, 1, { token: 2, ttlMs: 100 }, { from: 4, at: 5 });
  expect(judge(next(released(1, 'ok'))).verdict).toBe('pass');
  expect(judge(next(released(1, 'info'))).verdict).toBe('pass');
  // A release with a token that was never given frees nothing.
  expect(kindsOf(judge(next(released(7, 'ok'))))).toEqual(['lease-overlap']);
  // One that is under way when the token is given may come after it; one that is over may not.
  const early = (over: boolean) => {
    const s = script();
    const call = s.invoke('release', { token: 1 }, { process: 3 });
    if (over) s.end(call, 'ok', null);
    acquire(s, 0, { token: 1 });
    if (!over) s.end(call, 'ok', null);
    return s;
  };
  const after = (s: Script) => acquire(s, 1, { token: 2 });
  expect(judge(after(early(false))).verdict).toBe('pass');
  expect(kindsOf(judge(after(early(true))))).toEqual(['two-holders']);
});

test('a renewal with a token is one of the owner of that token', () => {
  const s = (token: Json) =>
    acquire(script(), 0, { token: 1, ttlMs: 100 }, { from: 0, at: 1 }).run(
      'renew',
      token === null ? null : { token },
      'ok',
      { ttlMs: 100 },
      { process: 3, from: 10, at: 11 },
    );
  expect(judge(acquire(s(1), 0, { token: 1, ttlMs: 100 }, { from: 12, at: 13 })).anomalies).toEqual([]);
  expect(kindsOf(judge(s(null)))).toEqual(['lease-overlap']);
});

test('a resource that accepted a token accepts no older one', () => {
  const base = () => acquire(release(acquire(script(), 0, 1), 0), 1, 2);
  const write = (s: Script, token: number, type: 'ok' | 'fail' = 'ok') =>
    s.run('write', { token, data: 'x' }, type);
  expect(kindsOf(judge(write(write(base(), 2), 1)))).toEqual(['stale-token-accepted']);
  expect(judge(write(write(base(), 2), 1, 'fail')).verdict).toBe('pass');
  expect(judge(write(write(base(), 1), 2)).verdict).toBe('pass');
});

/** A service with tokens; broken ones grant at times what is held. */
function random(d: Dice, broken: boolean): Script {
  let holder: number | null = null;
  let token = 0;
  const held = new Set<number>();
  return simulate(d, (roll, process) => {
    if (held.has(process)) {
      held.delete(process);
      const effect = (): Json => {
        if (holder === process) holder = null;
        return null;
      };
      return { f: 'release', value: null, effect, failPercent: 0 };
    }
    const wild = broken && roll.chance(30);
    const effect = (): Json => {
      if (holder !== null && !wild) return false;
      holder = process;
      held.add(process);
      return { token: ++token };
    };
    return { f: 'acquire', value: null, effect };
  });
}

/** Holds by definition, compared in all pairs. */
function overlapping(h: History): boolean {
  const ops = [...h.ops()];
  const holds = ops
    .filter((op) => op.f === 'acquire' && op.type === 'ok' && op.value !== false)
    .map((op) => {
      const end = ops.find((r) => r.index > op.index && r.f === 'release' && r.process === op.process);
      return { op, from: op.index, to: end?.index ?? Number.POSITIVE_INFINITY };
    });
  return holds.some((a) =>
    holds.some((b) => a.op.process !== b.op.process && Math.max(a.from, b.from) < Math.min(a.to, b.to)),
  );
}

test('no real lock fails', () => {
  fc.assert(
    fc.property(dice(20, 300), (d) => {
      expect(judge(random(d, false)).anomalies).toEqual([]);
    }),
    { numRuns: fuzzRuns(1000) },
  );
});

test('it finds overlaps where a comparison of all pairs of holds does, and its witness fails by itself', () => {
  let found = 0;
  fc.assert(
    fc.property(dice(20, 300), (d) => {
      const h = random(d, true).history();
      const result = lock(h);
      expect(kindsOf(result).includes('two-holders')).toBe(overlapping(h));
      for (const anomaly of result.anomalies) {
        found++;
        expect(kindsOf(lock(h.pick(Int32Array.from(anomaly.ops))))).toContain(anomaly.kind);
      }
    }),
    { numRuns: fuzzRuns(1000) },
  );
  expect(found).toBeGreaterThan(50);
});

test('it finds stale tokens where a comparison of all pairs of writes does', () => {
  const write = fc.record({
    token: fc.nat(6),
    type: fc.constantFrom<Op['type']>('ok', 'ok', 'fail', 'info'),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 8 }), (writes) => {
      const s = script();
      for (const { token, type } of writes) s.run('write', { token }, type);
      const ok = writes.filter(({ type }) => type === 'ok').map(({ token }) => token);
      const stale = ok.filter((token, n) => ok.slice(0, n).some((earlier) => earlier > token)).length;
      expect(judge(s).anomalyCount ?? 0).toBe(stale);
    }),
    { numRuns: fuzzRuns(500) },
  );
});
