import { describe, expect, it } from 'vitest';
import { historyOf } from '../../harness/history/builder.ts';
import { assembleModel } from '../../reports/assemble.ts';
import { bullyModel, bullyParts, registerModel } from './fixtures.ts';

describe('assembleModel', () => {
  it('finds who led when, and where two led at once', () => {
    const model = bullyModel();
    const reigns = model.beliefs.filter((span) => span.leading);
    expect(reigns.map((span) => [span.node, span.term])).toEqual([
      ['n2', 2],
      ['n3', 4],
      ['n5', 1],
      ['n5', 3],
    ]);
    expect(model.overlaps).toHaveLength(2);
    const [first] = model.overlaps;
    expect(first!.leaders).toEqual([
      { node: 'n2', term: 2 },
      { node: 'n5', term: 1 },
    ]);
    expect(first!.fromNs).toBeGreaterThan(2.62e9);
    expect(first!.toNs).toBeLessThan(5.1e9);
  });

  it('puts both halves of the witness and the active fault beside each anomaly', () => {
    const [finding] = bullyModel().findings;
    expect(finding!.during).toEqual(['partition-1']);
    expect(finding!.ops.every((op) => op.completion !== null && op.outcome === 'ok')).toBe(true);
  });

  it.each([
    ['faultline check history.edn --model cas-register', 'faultline check history.edn --model cas-register'],
    ['npx faultline check last --checker set', 'npx faultline check last --checker set'],
    ['faultline run kv.yaml --seed 7', 'faultline check .faultline/demo/1'],
  ])('has what %s judged judged again in the same way', (repro, judge) => {
    const parts = bullyParts();
    const verdict = { ...(parts.verdict as object), repro };
    const { commands } = assembleModel({ ...parts, folder: '/tmp/.faultline/demo/1', verdict });
    expect(commands).toMatchObject({ again: repro, judge });
  });

  it('measures what a fault did to clients', () => {
    const model = registerModel();
    const kill = model.faults.find((fault) => fault.id === 'kill-1')!;
    expect(kill.effect!.notOk / kill.effect!.ops).toBeGreaterThan(
      kill.effect!.baselineNotOk / kill.effect!.baselineOps,
    );
    expect(model.faults.find((fault) => fault.id === 'clock-2')!.effect).toBeNull();
    expect(model.nodeSpans.map((span) => [span.node, span.state])).toContainEqual(['n2', 'down']);
  });

  it('rebuilds the fault table from the history when there is no verdict', () => {
    const parts = bullyParts();
    const model = assembleModel({ ...parts, verdict: undefined });
    expect(model.verdict).toBe('broken');
    expect(model.faults.map((fault) => [fault.id, fault.state, fault.undone])).toEqual([
      ['partition-1', 'installed', true],
      ['partition-2', 'installed', true],
    ]);
    // What its folder lacks is a note; the sentence says what that means.
    expect(model.sentence).toMatch(/^the run left no verdict: it broke off [\d.]+ s after its start/);
  });

  it('makes a model of nothing at all', () => {
    const model = assembleModel({ folder: '', history: historyOf([]), logs: [], problems: ['no run.json'] });
    expect(model.verdict).toBe('broken');
    expect(model.counts.total).toBe(0);
    expect(model.problems).toEqual(['no run.json']);
  });

  it('tolerates parts of the wrong shape', () => {
    const model = assembleModel({
      folder: 'x/y',
      run: [],
      plan: 'nonsense',
      verdict: { verdict: 'sideways', checkers: { a: 7 }, gates: [null], faults: [3], reasons: 1 },
      history: historyOf([]),
      logs: [],
      problems: [],
    });
    expect(model.checkers[0]!.verdict).toBe('broken');
    expect(model.gates[0]!.holds).toBe(false);
  });
});
