import { describe, expect, it } from 'vitest';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { lastWrite } from '../../workloads/last-write.ts';

describe('last-write', () => {
  it('never writes a value twice', () => {
    const written = load(built(lastWrite), 5, 1000)
      .filter((op) => op.f === 'write')
      .map((op) => op.value);
    expect(new Set(written).size).toBe(written.length);
    expect(written.length).toBeGreaterThan(700);
  });
});
