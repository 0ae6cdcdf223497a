/**
 * What the search once found in programs and checkers that are meant to be correct, reduced, stays fixed.
 */
import { describe, expect, it } from 'vitest';
import { checkRegression, regressionsIn } from '../../search/regression.ts';

const FOUND = regressionsIn('tests/regressions');

describe('found by the search in correct systems', () => {
  it('has something to carry out', () => {
    expect(FOUND.length).toBeGreaterThan(4);
  });

  it.each(FOUND)('%s stays fixed', async (path) => {
    const checked = (async () => checkRegression(path))();
    await expect(checked).resolves.toBeUndefined();
  });
});
