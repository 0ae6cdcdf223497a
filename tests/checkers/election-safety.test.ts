import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNLIMITED } from '../../checkers/contract.ts';
import { electionSafety } from '../../checkers/election-safety.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { ElectionHistory, follows, leads } from './election-history.ts';

describe('leaders without terms, one at any instant promised', () => {
  const partitioned = () =>
    new ElectionHistory()
      .poll('n5', 0, 7000, leads())
      .poll('n4', 10, 7000, follows('n5'))
      .poll('n3', 20, 7000, follows('n5'))
      .poll('n2', 30, 3200, follows('n5'))
      .poll('n2', 3230, 6900, leads())
      .poll('n2', 6930, 8000, follows('n5'))
      .poll('n1', 3240, 6900, follows('n2'))
      .fault('partition', 3000, 7000, ['n1', 'n2'], {
        groups: [
          ['n1', 'n2'],
          ['n3', 'n4', 'n5'],
        ],
      })
      .command(1, 4000, 4010, 'n5')
      .command(2, 4020, 4030, 'n2')
      .command(3, 1000, 1010, 'n5');

  test('one answer of the second leader is enough where terms vouch for the first', () => {
    const once = (term?: number) =>
      new ElectionHistory()
        .poll('a', 0, 1900, leads(term))
        .ask('b', 1001, 1004, leads(term === undefined ? undefined : term + 1))
        .build();
    const found = CHECKERS['split-brain'].check(once(1), {}, UNLIMITED).anomalies;
    expect(found).toMatchObject([{ kind: 'split-brain', certainty: 'proved' }]);
    expect(found[0]!.sentence).toContain('a and b both led');
    expect(CHECKERS['split-brain'].check(once(), {}, UNLIMITED).verdict).not.toBe('fail');
    const before = new ElectionHistory()
      .poll('a', 2000, 3900, leads(1))
      .ask('b', 1001, 1004, leads(2))
      .build();
    expect(CHECKERS['split-brain'].check(before, {}, UNLIMITED).verdict).toBe('pass');
  });

  test('a split brain under a partition is proved and told', () => {
    const result = electionSafety(partitioned().build());
    expect(result.verdict).toBe('fail');
    expect(result.anomalies).toHaveLength(1);
    const anomaly = result.anomalies[0]!;
    expect(anomaly).toMatchObject({ kind: 'split-brain', certainty: 'proved' });
    expect(anomaly.sentence).toBe(
      'One leader at any instant was promised, but n5 and n2 both led from 3.23 s to 6.83 s ' +
        'while partition n1 n2 | n3 n4 n5 was in force.',
    );
    // As long as the moments of the sentence are apart.
    expect(anomaly.steps.map(({ text }) => text).join(' ')).toContain('both led at once for 3.6 s');
    const later = electionSafety(partitioned().poll('n2', 6890, 6895, leads()).build()).anomalies[0]!;
    expect(later.sentence).toContain('from 3.23 s to 6.89 s');
    expect(later.steps.map(({ text }) => text).join(' ')).toMatch(
      /both led at once for 3.65 s: .* In that time n5 accepted 1 command\./,
    );
    const twice = partitioned().fault('kill', 3100, 6900, ['n3'], {}).build();
    expect(electionSafety(twice).anomalies[0]!.sentence).toMatch(
      /n5 and kill \(halves\) of n3 were in force\.$/,
    );
    expect(anomaly.ops.length).toBeLessThan(50);
    const alone = electionSafety(partitioned().build().pick(Int32Array.from(anomaly.ops)));
    expect(alone.anomalies).toMatchObject([{ kind: 'split-brain', certainty: 'proved' }]);
    expect(anomaly.detail).toMatchObject({
      leaders: [
        { node: 'n5', followers: ['n4', 'n3'], commandCount: 1, commands: [1] },
        { node: 'n2', followers: ['n1'], commandCount: 1, commands: [2] },
      ],
      faults: [
        {
          id: 'partition-1',
          groups: [
            ['n1', 'n2'],
            ['n3', 'n4', 'n5'],
          ],
        },
      ],
    });
    const splitBrain = CHECKERS['split-brain'].check(partitioned().build(), {}, UNLIMITED);
    expect(splitBrain.verdict).toBe('fail');
  });

  test('a handover is legal, however closely the new leader follows the old one', () => {
    const history = new ElectionHistory()
      .poll('n1', 0, 1000, leads())
      .poll('n1', 1000, 2000, follows('n2'))
      .poll('n2', 950, 2000, leads())
      .build();
    expect(electionSafety(history, { leadership: 'exclusive' }).verdict).toBe('pass');
  });

  test('a short overlap is only suspected, and the run unknown', () => {
    const history = new ElectionHistory().poll('n1', 0, 1100, leads()).poll('n2', 850, 2000, leads()).build();
    const result = electionSafety(history);
    expect(result.verdict).toBe('unknown');
    expect(result.anomalies[0]).toMatchObject({ kind: 'split-brain', certainty: 'suspected' });
    expect(result.note).toContain('settle');
  });

  test('says how often the answers went back and forth', () => {
    const told = (n2: number): string => {
      const history = new ElectionHistory()
        .poll('n1', 0, 1100, leads())
        .poll('n2', n2, 2000, leads())
        .build();
      return electionSafety(history)
        .anomalies[0]!.steps.map(({ text }) => text)
        .join(' ');
    };
    expect(told(850)).toContain('the answers went back and forth 3 times without one denial');
    expect(told(950)).toContain('the answers went back and forth once without one denial');
  });

  test('a restart between two answers parts them', () => {
    const history = new ElectionHistory()
      .ask('n1', 0, 5, leads())
      .event('restarted', 200, 'n1')
      .ask('n1', 400, 405, leads())
      .poll('n2', 50, 350, leads(), 20)
      .build();
    expect(electionSafety(history).verdict).toBe('pass');
  });

  test('a count of its own leaderships proves a short overlap', () => {
    const history = new ElectionHistory()
      .poll('n1', 0, 1100, { leading: true, term: null, epoch: 3 })
      .poll('n2', 850, 2000, { leading: true, term: null, epoch: 1 })
      .build();
    expect(electionSafety(history).verdict).toBe('fail');
  });

  test('a node that regains leadership under one count is no longer believed to count', () => {
    const counted = { leading: true, term: null, epoch: 3 };
    const history = new ElectionHistory()
      .poll('n1', 0, 400, counted)
      .ask('n1', 400, 405, follows(null))
      .poll('n1', 500, 1100, counted)
      .poll('n2', 850, 2000, { leading: true, term: null, epoch: 1 })
      .build();
    expect(electionSafety(history).verdict).toBe('unknown');
  });
});

describe('leaders with terms', () => {
  test('two leaders in one term fail, whatever is promised of time', () => {
    const history = new ElectionHistory().ask('n1', 0, 5, leads(4)).ask('n2', 5000, 5005, leads(4)).build();
    const result = electionSafety(history, { leadership: 'per-term' });
    expect(result.verdict).toBe('fail');
    expect(result.anomalies[0]).toMatchObject({
      kind: 'two-leaders-in-term',
      certainty: 'proved',
      ops: [0, 1, 2, 3],
    });
    expect(result.anomalies[0]!.sentence).toContain('in term 4 n1 said it leads at 0.01 s and n2');
  });

  test('overlapping leaders of different terms are legal per term and counted', () => {
    const build = () =>
      new ElectionHistory().poll('n1', 0, 3000, leads(1)).poll('n2', 1050, 4000, leads(2)).build();
    const perTerm = electionSafety(build());
    expect(perTerm.verdict).toBe('pass');
    expect(perTerm.stats['staleLeadership']).toMatchObject({ count: 1 });
    expect(electionSafety(build(), { leadership: 'exclusive' }).verdict).toBe('fail');
  });

  test('a command accepted by a deposed leader fails only when it was invoked after the newer answer', () => {
    const base = () =>
      new ElectionHistory()
        .poll('n1', 0, 3000, leads(1))
        .poll('n2', 1050, 4000, leads(2))
        .command(1, 1200, 1210, 'n2', 2);
    expect(electionSafety(base().command(2, 1205, 1300, 'n1', 1).build()).verdict).toBe('pass');
    const result = electionSafety(base().command(2, 1215, 1300, 'n1', 1).build());
    expect(result.verdict).toBe('fail');
    expect(result.anomalies[0]).toMatchObject({ kind: 'stale-leader-accepted', certainty: 'proved' });
    expect(result.anomalies[0]!.ops).toHaveLength(4);
  });
});

test('a node that only passes commands on claims nothing', () => {
  const history = new ElectionHistory().ask('n1', 0, 5, leads(4)).passedOn(1, 100, 110, 'n2', 4);
  expect(electionSafety(history.build()).verdict).toBe('pass');
  const signed = new ElectionHistory().ask('n1', 0, 5, leads(4)).command(1, 100, 110, 'n2', 4);
  expect(electionSafety(signed.build()).verdict).toBe('fail');
});

test('no observation, or no leader ever, proves nothing', () => {
  expect(electionSafety(new ElectionHistory().build()).verdict).toBe('vacuous');
  const leaderless = new ElectionHistory().poll('n1', 0, 1000, follows(null)).build();
  expect(electionSafety(leaderless)).toMatchObject({ verdict: 'vacuous' });
});

/** A random truth: tenures in order, each of another node than the one before, and questions sampling it. */
const truth = fc.record({
  tenures: fc.array(
    fc.record({
      node: fc.nat(2),
      gap: fc.nat(40),
      length: fc.integer({ min: 1, max: 1500 }),
      linger: fc.nat(900),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  questions: fc.array(
    fc.record({ node: fc.nat(2), wait: fc.nat(200), before: fc.nat(30), after: fc.nat(30) }),
    { minLength: 5, maxLength: 120 },
  ),
});

interface Tenure {
  node: number;
  term: number;
  from: number;
  to: number;
}

function tenuresOf(
  drawn: { node: number; gap: number; length: number; linger: number }[],
  minimumMs: number,
  lingering: boolean,
): Tenure[] {
  const tenures: Tenure[] = [];
  let at = 0;
  let last = -1;
  for (const [i, { node, gap, length, linger }] of drawn.entries()) {
    const chosen = node === last ? (node + 1) % 3 : node;
    const from = at + gap + 0.5;
    const to = from + minimumMs + length;
    tenures.push({ node: chosen, term: i + 1, from, to: lingering ? to + linger : to });
    at = to;
    last = chosen;
  }
  return tenures;
}

function sample(
  tenures: Tenure[],
  questions: { node: number; wait: number; before: number; after: number }[],
  withTerms: boolean,
): ElectionHistory {
  const history = new ElectionHistory();
  const clock = [0, 0, 0];
  questions.forEach(({ node, wait, before, after }, i) => {
    const call = clock[node]! + wait + i * 1e-5;
    const instant = call + before;
    const ret = instant + after + 0.001;
    clock[node] = ret + 0.001;
    const holding = tenures.filter((held) => held.node === node && held.from <= instant && instant < held.to);
    const newest = holding.at(-1);
    const answer = newest === undefined ? follows(null) : leads(withTerms ? newest.term : undefined);
    history.ask(`n${node}`, call, ret, answer);
  });
  return history;
}

test('no sampling of a correct exclusive truth ever fails, with terms or without', () => {
  fc.assert(
    fc.property(truth, fc.boolean(), ({ tenures, questions }, withTerms) => {
      // Without terms a node must not be able to lose and regain leadership within the gap.
      const held = tenuresOf(tenures, withTerms ? 0 : 500, false);
      const history = sample(held, questions, withTerms).build();
      const result = electionSafety(history, { leadership: 'exclusive', maxGapMs: withTerms ? 1e6 : 500 });
      return result.anomalies.length === 0;
    }),
    { numRuns: fuzzRuns(500) },
  );
});

test('no sampling of leaders that linger after their term ever fails per term', () => {
  fc.assert(
    fc.property(truth, ({ tenures, questions }) => {
      const history = sample(tenuresOf(tenures, 0, true), questions, true).build();
      return electionSafety(history, { leadership: 'per-term' }).verdict !== 'fail';
    }),
    { numRuns: fuzzRuns(500) },
  );
});

test('two claims of a term are found exactly when a comparison of all pairs finds them', () => {
  const claim = fc.record({ node: fc.nat(2), term: fc.nat(4), leading: fc.boolean() });
  fc.assert(
    fc.property(fc.array(claim, { maxLength: 12 }), (claims) => {
      const history = new ElectionHistory();
      claims.forEach(({ node, term, leading }, i) => {
        history.ask(`n${node}`, i * 10, i * 10 + 5, leading ? leads(term) : follows(null, term));
      });
      const expected = claims.some((a) =>
        claims.some((b) => a.leading && b.leading && a.term === b.term && a.node !== b.node),
      );
      const result = electionSafety(history.build(), { leadership: 'per-term' });
      return (result.verdict === 'fail') === expected;
    }),
    { numRuns: fuzzRuns(500) },
  );
});

test('stale acceptance is found exactly when a comparison of all pairs finds it', () => {
  const command = fc.record({ term: fc.nat(4), call: fc.nat(100), length: fc.integer({ min: 1, max: 60 }) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 10 }), (drawn) => {
      const commands = drawn.map(({ term, call, length }, i) => ({
        term,
        call: call + i / 1000,
        ret: call + length + 0.5 + i / 1000,
      }));
      const history = new ElectionHistory();
      for (const [i, { term, call, ret }] of commands.entries())
        history.command(i, call, ret, `n${term}`, term);
      const expected = commands.some((a) => commands.some((b) => a.ret < b.call && a.term > b.term));
      return (electionSafety(history.build()).verdict === 'fail') === expected;
    }),
    { numRuns: fuzzRuns(500) },
  );
});
