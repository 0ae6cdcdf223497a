import { describe, expect, it } from 'vitest';
import { Violations } from '../../../harness/run/violations.ts';

describe('violations of the protocol', () => {
  it('are one note per node, with their reasons', () => {
    const violations = new Violations();
    const record = (node: string, reason: string, count: number): void =>
      violations.record({ node, kind: 'protocol-violation', detail: { reason, line: '', count } });
    record('n1', 'not JSON', 1);
    record('n1', 'unknown dest "n9"', 2);
    record('n1', 'not JSON', 100);
    record('n2', 'not JSON', 1);
    violations.record({ node: 'n3', kind: 'crashed', detail: null });
    expect(violations.notes()).toEqual([
      'n1 broke the protocol 100 times or more: not JSON, unknown dest "n9"',
      'n2 broke the protocol once: not JSON',
    ]);
  });
});
