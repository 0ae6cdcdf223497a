import { describe, expect, it } from 'vitest';
import { Roster } from '../../../harness/generator/context.ts';
import { clients } from '../../../harness/generator/index.ts';
import { type AnswerRule, invocations, simulate } from '../../../harness/interpreter/simulate.ts';
import type { CaseOp } from '../../../harness/sim/case.ts';
import { script } from '../../../search/cluster/script.ts';

const answer: AnswerRule = (op) => ({
  afterNs: 5e6,
  type: 'ok',
  ...(op.f === 'acquire' ? { value: { token: 7 } } : {}),
});

function played(
  ops: readonly CaseOp[],
  fromNs = 0,
): { atMs: number; client: unknown; f: string; value: unknown }[] {
  const simulation = simulate(clients(script(ops, fromNs)), new Roster(3), answer, 1, { maxOps: 100 });
  return invocations(simulation).map(({ timeNs, thread, f, value }) => ({
    atMs: timeNs / 1e6,
    client: thread,
    f,
    value,
  }));
}

describe('script', () => {
  it('asks every operation of its client at its time, or once the one before has ended', () => {
    const said = played([
      { atNs: 20e6, client: 1, f: 'write', key: 1, value: 3 },
      { atNs: 10e6, client: 0, f: 'read', key: 1, value: null },
      { atNs: 22e6, client: 1, f: 'read', key: 1, value: null },
    ]);
    expect(said).toEqual([
      { atMs: 10, client: 0, f: 'read', value: null },
      { atMs: 20, client: 1, f: 'write', value: 3 },
      { atMs: 25, client: 1, f: 'read', value: null },
    ]);
  });

  it('counts from where a phase begins, and leaves nothing out that is overdue', () => {
    const said = played(
      [
        { atNs: 5e6, client: 0, f: 'read', value: null },
        { atNs: 30e6, client: 2, f: 'read', value: null },
      ],
      10e6,
    );
    expect(said.map(({ atMs }) => atMs)).toEqual([0, 20]);
  });

  it('fills in what answers gave, each client its own', () => {
    const open = { token: null, value: 1 };
    const said = played([
      { atNs: 1e6, client: 0, f: 'write', key: 'a', value: open },
      { atNs: 10e6, client: 0, f: 'write', key: 'a', value: open },
      { atNs: 12e6, client: 1, f: 'write', key: 'a', value: open },
      { atNs: 20e6, client: 0, f: 'release', key: 'a', value: { token: null } },
      { atNs: 30e6, client: 0, f: 'release', key: 'a', value: { token: null } },
    ]);
    expect(said.map(({ client, f, value }) => [client, f, (value as { token?: unknown }).token])).toEqual([
      [0, 'acquire', undefined],
      [0, 'write', 7],
      [1, 'acquire', undefined],
      [0, 'release', 7],
      [0, 'acquire', undefined],
    ]);
  });
});
