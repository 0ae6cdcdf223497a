import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { integrity } from '../../checkers/integrity.ts';
import type { Json } from '../../harness/op.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { kindsOf, script } from './script.ts';

describe('integrity', () => {
  it('finds a value that nobody wrote, and says whose answer held it', () => {
    const bad = integrity(script().run('write', 1).run('read', null, 'ok', 7).history());
    expect(kindsOf(bad)).toEqual(['forged-value']);
    expect(bad.anomalies[0]!.sentence).toContain('was answered 7, which nobody ever put in');
  });

  it('takes whatever was put in, refused or unknown, of the same key alone', () => {
    const of = (key: Json, value: Json) =>
      integrity(
        script()
          .run('write', 3, 'fail', 3, { key: 1 })
          .run('read', null, 'ok', value, { key })
          .run('write', 4, 'ok', 4, { key: 2 })
          .history(),
      ).verdict;
    expect(of(1, 3)).toBe('pass');
    expect(of(2, 3)).toBe('fail');
    expect(of(2, 4)).toBe('fail');
    expect(of(1, null)).toBe('vacuous');
  });

  it('leaves counters, and values that were there before, alone', () => {
    expect(integrity(script().run('add', 2).run('add', 3).run('read', null, 'ok', 5).history()).verdict).toBe(
      'vacuous',
    );
    const before = script().run('write', 1).run('read', null, 'ok', 0).history();
    expect(integrity(before, { initial: [0] }).verdict).toBe('pass');
    expect(integrity(before).verdict).toBe('fail');
  });

  it('never blames a set that answers what it was given, and always one that answers more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1 }), fc.nat(), (values, at) => {
        const filled = () => values.reduce((s, value) => s.run('add', value, 'info'), script());
        const some = values.slice(at % values.length);
        expect(integrity(filled().run('read', null, 'ok', some).history()).verdict).toBe('pass');
        const more = filled()
          .run('read', null, 'ok', [...some, 99])
          .history();
        expect(kindsOf(integrity(more))).toEqual(['forged-value']);
      }),
      { numRuns: fuzzRuns(100) },
    );
  });
});
