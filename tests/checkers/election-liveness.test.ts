import fc from 'fast-check';
import { expect, test } from 'vitest';
import { electionLiveness } from '../../checkers/election-liveness.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { ElectionHistory, follows, leads } from './election-history.ts';

/** Three nodes; n1 leads until 1 s, then nobody until `back`, then n2. A partition from 1 s to 3 s. */
function failover(back: number, until: number): ElectionHistory {
  const history = new ElectionHistory().poll('n1', 0, 1000, leads(1));
  for (const node of ['n2', 'n3']) history.poll(node, 10, 1000, follows('n1', 1));
  for (const node of ['n1', 'n2', 'n3']) history.poll(node, 1010, Math.min(back, until), follows(null, 1));
  if (back < until) {
    history.poll('n2', back + 10, until, leads(2));
    history.poll('n3', back + 20, until, follows('n2', 2));
  }
  return history.fault('partition', 1000, 3000, ['n1']);
}

test('a leader within the bound passes, and the failover is timed', () => {
  const result = electionLiveness(failover(2000, 9000).build(), { boundMs: 5000 });
  expect(result.verdict).toBe('pass');
  expect(result.stats).toMatchObject({
    leaders: ['n1', 'n2'],
    failoverMs: { partition: { count: 1 } },
    failovers: [{ from: 'n1', to: 'n2', fault: 'partition-1' }],
  });
  const { p50 } = (result.stats['failoverMs'] as { partition: { p50: number } }).partition;
  expect(p50).toBeGreaterThan(1000);
  expect(p50).toBeLessThan(1100);
});

test('no leader after the last fault fails only when the bound was watched to its end', () => {
  const never = electionLiveness(failover(1e9, 9000).build(), { boundMs: 5000 });
  expect(never.verdict).toBe('fail');
  expect(never.anomalies[0]).toMatchObject({ kind: 'no-leader-after-heal', certainty: 'proved' });
  expect(never.anomalies[0]!.sentence).toContain('over at 3.00 s, but none was agreed on until');
  expect(electionLiveness(failover(1e9, 7000).build(), { boundMs: 5000 }).verdict).toBe('unknown');
});

test('a leader after the bound fails too', () => {
  const late = electionLiveness(failover(8500, 12_000).build(), { boundMs: 5000 });
  expect(late.verdict).toBe('fail');
  expect(late.anomalies[0]!.sentence).toContain('it took until 8.5');
});

test('what nobody watched is not known to have had no leader', () => {
  const history = (gapMs: number) => {
    const all = new ElectionHistory();
    for (const node of ['n1', 'n2', 'n3']) {
      all.poll(node, 0, 3000, follows(null, 1)).poll(node, 3000 + gapMs, 20_000, follows(null, 1));
    }
    return all.build();
  };
  expect(electionLiveness(history(500))).toMatchObject({ verdict: 'fail' });
  const blind = electionLiveness(history(5000));
  expect(blind).toMatchObject({ verdict: 'unknown', anomalies: [] });
  expect(blind.note).toMatch(/between 2.9\d s and 8.00 s: .* would settle it$/);
  expect(electionLiveness(history(5000), { maxGapMs: 6000 }).verdict).toBe('fail');
});

test('without any fault time counts from the first question, and so it says', () => {
  const history = new ElectionHistory();
  for (const node of ['n1', 'n2', 'n3']) history.poll(node, 1000, 15_000, follows(null, 1));
  expect(electionLiveness(history.build()).anomalies[0]!.sentence).toContain(
    'within 10 s of the first question, asked at 1.00 s, but none',
  );
});

test('a node that does not say whom it follows leaves the one claim to count', () => {
  const history = new ElectionHistory()
    .poll('n1', 0, 3000, leads())
    .poll('n2', 10, 3000, follows(null))
    .poll('n3', 20, 3000, follows(null));
  expect(electionLiveness(history.build()).verdict).toBe('pass');
});

test('silence is no proof that nobody leads, and no observation is vacuous', () => {
  const history = new ElectionHistory().poll('n1', 0, 900, leads(1)).fault('kill', 1000, 1500, ['n1']);
  for (const node of ['n1', 'n2', 'n3']) {
    history.ask(node, 20_000, null, null);
  }
  expect(electionLiveness(history.build()).verdict).toBe('unknown');
  expect(electionLiveness(new ElectionHistory().build()).verdict).toBe('vacuous');
});

test('a fault that was never undone leaves it open', () => {
  const history = new ElectionHistory().fault('partition', 10, null, ['n1']);
  for (const node of ['n1', 'n2', 'n3']) history.poll(node, 20, 30_000, follows(null));
  const cut = electionLiveness(history.build());
  expect(cut).toMatchObject({
    verdict: 'unknown',
    note: 'partition-1 was never undone; undoing it and watching on would settle it',
  });
});

test('where one leader is named by all after the last fault within the bound, nothing ever fails', () => {
  const answers = fc.array(fc.record({ node: fc.nat(2), at: fc.nat(3000), leader: fc.nat(2) }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(answers, fc.nat(2), (noise, leader) => {
      const history = new ElectionHistory();
      const clock = [0, 0, 0];
      for (const { node, at, leader: named } of [...noise].sort((a, b) => a.at - b.at)) {
        const call = Math.max(at, clock[node]! + 1);
        clock[node] = call + 1;
        history.ask(`n${node}`, call, call + 0.5, node === named ? leads() : follows(`n${named}`));
      }
      history.fault('partition', 100, 3500, ['n1']);
      for (let node = 0; node < 3; node++) {
        history.poll(`n${node}`, 4000 + node, 8000, node === leader ? leads() : follows(`n${leader}`));
      }
      return electionLiveness(history.build(), { boundMs: 1000 }).verdict === 'pass';
    }),
    { numRuns: fuzzRuns(300) },
  );
});
