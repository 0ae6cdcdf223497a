/** A transaction that contradicts itself, where hardly anything was promised. */
import { describe, expect, it } from 'vitest';
import { UNLIMITED } from '../../../checkers/contract.ts';
import { CHECKERS } from '../../../checkers/registry.ts';
import type { Json } from '../../../harness/op.ts';
import { script } from '../script.ts';

const asked = { consistencyModel: 'read-uncommitted' };

describe.each<['list-append' | 'rw-register', Json, Json]>([
  [
    'list-append',
    [
      ['append', 1, 5],
      ['r', 1, []],
    ],
    [
      ['append', 1, 5],
      ['r', 1, [5]],
    ],
  ],
  [
    'rw-register',
    [
      ['w', 1, 5],
      ['r', 1, 4],
    ],
    [
      ['w', 1, 5],
      ['r', 1, 5],
    ],
  ],
])('%s', (name, wrong, legal) => {
  const judge = (done: Json, options: Record<string, Json>) =>
    CHECKERS[name].check(
      script()
        .run('txn', [['w', 1, 4]].slice(name === 'list-append' ? 1 : 0))
        .run('txn', done, 'ok', done)
        .history(),
      { ...asked, ...options },
      UNLIMITED,
    );

  it('fails by itself at every level when it must be coherent', () => {
    const result = judge(wrong, { coherent: true });
    expect(result.verdict).toBe('fail');
    expect(result.anomalies.map((anomaly) => anomaly.kind)).toContain('internal');
    expect(judge(wrong, {}).verdict).toBe('pass');
    expect(judge(wrong, {}).stats['anomalies']).toMatchObject({ internal: 1 });
    expect(judge(legal, { coherent: true }).verdict).toBe('pass');
  });
});
