/**
 * A phase that waits: as long as answers come, and not longer than a silence.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Patience } from '../../../harness/run/patience.ts';

describe('Patience', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('lasts as long as answers come, and ends with the first silence', () => {
    const patience = new Patience(1000, new AbortController().signal);
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(999);
      expect(patience.signal.aborted).toBe(false);
      patience.answered();
    }
    vi.advanceTimersByTime(1000);
    expect(patience.signal.aborted).toBe(true);
    patience.answered();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with its parent, whatever is answered after that', () => {
    const parent = new AbortController();
    const patience = new Patience(1000, parent.signal);
    parent.abort();
    expect(patience.signal.aborted).toBe(true);
    const timers = vi.getTimerCount();
    patience.answered();
    expect(vi.getTimerCount()).toBe(timers);
  });
});
