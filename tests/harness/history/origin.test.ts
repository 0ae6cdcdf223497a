/**
 * Histories that remember where they come from.
 */
import { expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import { originOf, withOrigin } from '../../../harness/history/origin.ts';

it('belongs to one history and is asked when it is needed', () => {
  let asked = 0;
  const history = withOrigin(historyOf([]), () => {
    asked++;
    return ['seed 7'];
  });
  expect(asked).toBe(0);
  expect(originOf(history)).toEqual(['seed 7']);
  expect(originOf(historyOf([]))).toEqual([]);
});
