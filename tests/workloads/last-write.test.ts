import { describe, expect, it } from 'vitest';
import { lastWrite } from '../../workloads/last-write.ts';
import { built, load, workloadContract } from '../kits/workload.ts';

workloadContract(lastWrite);

describe('last-write', () => {
  it('never writes a value twice', () => {
    const written = load(built(lastWrite), 5, 1000)
      .filter((op) => op.f === 'write')
      .map((op) => op.value);
    expect(new Set(written).size).toBe(written.length);
    expect(written.length).toBeGreaterThan(700);
  });
});
