import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Outcome, rule } from '../../../harness/run/reasons.ts';
import type { CheckerReport, FaultReport, RunCounts } from '../../../harness/store/files.ts';
import type { Verdict } from '../../../harness/verdict.ts';

const counts: RunCounts = {
  invoked: 40,
  ok: 40,
  fail: 0,
  info: 0,
  operations: 90,
  byF: {},
  errors: {},
  processes: 5,
  keys: 1,
  observations: 0,
};
const checker = (verdict: Verdict, extra: Partial<CheckerReport> = {}): CheckerReport => ({
  verdict,
  anomalies: [],
  stats: {},
  millis: 1,
  options: {},
  ...extra,
});
const outcome = (extra: Partial<Outcome> = {}): Outcome => ({
  system: 'raft',
  workload: 'register',
  checkers: { linearizable: checker('pass') },
  gates: [],
  faults: [],
  counts,
  ...extra,
});
const gate = {
  name: 'operations',
  claim: 'enough was acknowledged',
  holds: false,
  value: 1,
  threshold: 10,
  hint: 'only 1',
};

describe('rule', () => {
  it('says what a pass established', () => {
    expect(rule(outcome())).toEqual({
      verdict: 'pass',
      sentence: 'register on raft held (linearizable): 40 operations acknowledged under no faults',
      reasons: [],
    });
  });

  it('counts in thousands as the report does', () => {
    const { counts } = outcome();
    expect(rule(outcome({ counts: { ...counts, ok: 1_234_567 } })).sentence).toContain(
      ': 1 234 567 operations',
    );
  });

  it('puts a violation before a broken teardown and a failed gate', () => {
    const anomaly = {
      kind: 'stale-read',
      sentence: 'key 3 went back',
      certainty: 'proved' as const,
      ops: [],
      steps: [],
    };
    const ruling = rule(
      outcome({
        checkers: {
          a: checker('unknown', { note: 'out of time' }),
          b: checker('fail', { anomalies: [anomaly] }),
        },
        broken: { source: 'teardown', message: 'n3 would not die' },
        gates: [gate],
      }),
    );
    expect(ruling.verdict).toBe('fail');
    expect(ruling.sentence).toBe('key 3 went back');
    expect(ruling.reasons.map((reason) => reason.verdict)).toEqual(['fail', 'broken', 'unknown']);
  });

  it('calls a pass that proved too little vacuous, and names the gate', () => {
    const ruling = rule(outcome({ gates: [gate] }));
    expect(ruling.verdict).toBe('vacuous');
    expect(ruling.sentence).toContain('enough was acknowledged');
    const early = rule(outcome({ gates: [gate], interruptedBy: 'SIGINT' }));
    expect(early.sentence).toMatch(/^the load was ended early by SIGINT; it proved too little: /);
  });

  it('is broken when a fault could not be undone', () => {
    const undo = { state: 'failed' as const, bit: null, summary: 'n2 would not resume', measures: {} };
    const fault = { id: 'pause-1', fault: 'pause', state: 'installed', undo } as FaultReport;
    const ruling = rule(outcome({ faults: [fault] }));
    expect(ruling.verdict).toBe('broken');
    expect(ruling.sentence).toBe('pause-1 could not be undone: n2 would not resume');
  });

  it('never lets anything hide a failure', () => {
    const verdicts = fc.array(fc.constantFrom<Verdict>('pass', 'unknown', 'vacuous', 'broken'), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(verdicts, fc.boolean(), (others, isBroken) => {
        const checkers = Object.fromEntries(others.map((verdict, i) => [`c${i}`, checker(verdict)]));
        const extra = isBroken ? { broken: { source: 'setup', message: 'no' } } : {};
        const ruling = rule(
          outcome({ checkers: { ...checkers, last: checker('fail') }, gates: [gate], ...extra }),
        );
        expect(ruling.verdict).toBe('fail');
      }),
    );
  });
});
