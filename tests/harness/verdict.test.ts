import { describe, expect, it } from 'vitest';
import { EXIT_CODE, joinVerdicts } from '../../harness/verdict.ts';

describe('joinVerdicts', () => {
  it('never hides a failure', () => {
    expect(joinVerdicts(['pass', 'broken', 'unknown', 'fail', 'vacuous'])).toBe('fail');
  });
  it('orders broken over unknown over vacuous over pass', () => {
    expect(joinVerdicts(['unknown', 'broken'])).toBe('broken');
    expect(joinVerdicts(['vacuous', 'unknown'])).toBe('unknown');
    expect(joinVerdicts(['pass', 'vacuous'])).toBe('vacuous');
    expect(joinVerdicts([])).toBe('pass');
  });
  it('keeps the documented exit codes', () => {
    expect(EXIT_CODE).toEqual({ pass: 0, fail: 1, unknown: 2, vacuous: 3, broken: 4 });
  });
});
