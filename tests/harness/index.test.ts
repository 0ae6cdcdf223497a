import { describe, expect, it } from 'vitest';
import * as faultline from '../../harness/index.ts';

describe('the package', () => {
  it('offers what its documentation names, and no more', () => {
    expect(Object.keys(faultline).sort()).toEqual([
      'History',
      'HistoryBuilder',
      'HistoryError',
      'OpFailure',
      'RunFolder',
      'Store',
      'UsageError',
      'defineConfig',
      'historyOf',
      'readHistory',
      'writeHistory',
    ]);
  });
});
