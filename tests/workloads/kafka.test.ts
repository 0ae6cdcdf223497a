/**
 * The workloads that came with the Maelstrom protocol: logs, transactions on registers, and the generator that
 * both transactional workloads share.
 */
import { describe, expect, it } from 'vitest';
import { clients, Roster } from '../../harness/generator/index.ts';
import { type AnswerRule, invocations, simulate } from '../../harness/interpreter/simulate.ts';
import { Seed } from '../../harness/random.ts';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { kafka } from '../../workloads/kafka.ts';
import { transactions } from '../../workloads/transactions.ts';

type Pairs = [number, unknown][];

/** Logs that keep everything, polls that return two messages at most. */
function broker(): AnswerRule {
  const logs = new Map<string, unknown[]>();
  const committed: Record<string, number> = {};
  return (op) => {
    const answer = (value: unknown) => ({ afterNs: 10, type: 'ok' as const, value: value as never });
    if (op.f === 'send') {
      const log = logs.get(op.key as string) ?? [];
      logs.set(op.key as string, log);
      return answer(log.push(op.value) - 1);
    }
    if (op.f === 'poll') {
      const polled = Object.entries(op.value as Record<string, number>).map(([key, at]): [string, Pairs] => {
        const all: Pairs = (logs.get(key) ?? []).map((value, i) => [i, value]);
        return [key, all.slice(at, at + 2)];
      });
      return answer(Object.fromEntries(polled));
    }
    if (op.f === 'commit') Object.assign(committed, op.value);
    return answer(op.f === 'committed' ? { ...committed } : op.value);
  };
}

describe('kafka', () => {
  it('asks for committed offsets before it is assigned, and polls on from there', () => {
    const ops = load(built(kafka, { threads: 1 }), 1, 400, broker());
    expect(ops.slice(0, 2).map((op) => op.f)).toEqual(['committed', 'assign']);
    const at = new Map<string, number>();
    for (const op of ops) {
      if (op.f === 'assign') at.clear();
      if (op.f !== 'poll') continue;
      for (const [log, offset] of Object.entries(op.value as Record<string, number>)) {
        expect(offset).toBeGreaterThanOrEqual(at.get(log) ?? 0);
        at.set(log, offset);
      }
    }
    expect(Math.max(...at.values())).toBeGreaterThan(10);
    expect(ops.filter((op) => op.f === 'commit').length).toBeGreaterThan(5);
  });

  it('commits each log from one client only, and only forwards', () => {
    const ops = load(built(kafka, { threads: 3 }), 3, 900, broker());
    const owner = new Map<string, number | string>();
    const last = new Map<string, number>();
    for (const op of ops.filter((one) => one.f === 'commit')) {
      for (const [log, offset] of Object.entries(op.value as Record<string, number>)) {
        expect(owner.get(log) ?? op.thread).toBe(op.thread);
        expect(offset).toBeGreaterThan(last.get(log) ?? -1);
        owner.set(log, op.thread);
        last.set(log, offset);
      }
    }
    expect(owner.size).toBeGreaterThan(2);
  });

  it('sends every message once, to logs whose names are decimal numbers', () => {
    const sends = load(built(kafka), 5, 600, broker()).filter((op) => op.f === 'send');
    expect(new Set(sends.map((op) => op.value)).size).toBe(sends.length);
    for (const { key } of sends) expect(key).toMatch(/^\d+$/);
  });

  it('reads every log to its end when all is over', () => {
    const rule = broker();
    const given = { keys: 2, sendsPerKey: 20, quietMs: 0 };
    const workload = built(kafka, { threads: 2, given });
    const sent = load(workload, 2, 400, rule).filter((op) => op.f === 'send');
    expect(new Set(sent.map((op) => op.key)).size).toBeGreaterThan(4);
    const end = simulate(clients(workload.final!), new Roster(2), rule, 0, { maxOps: 20_000 });
    const polls = invocations(end).filter((op) => op.f === 'poll' && op.thread === 0);
    const asked = new Set(polls.flatMap((op) => Object.keys(op.value as object)));
    for (const { key } of sent) expect([...asked]).toContain(key);
    // Two messages a poll: it went on until there were none.
    expect(polls.length).toBeGreaterThan(sent.length / 8);
  });
});

describe('transactions', () => {
  const shape = { write: 'w', keys: 3, writesPerKey: 4, length: 5, reads: 0.5 };

  it('writes values once per key, in order, and retires a key after so many', () => {
    const ops = load({ generator: transactions(Seed.of(3), shape), checkers: [] }, 4, 500);
    const written = new Map<number, number[]>();
    for (const { value } of ops) {
      const mops = value as [string, number, number | null][];
      expect(mops.length).toBeGreaterThan(0);
      expect(mops.length).toBeLessThanOrEqual(5);
      for (const [f, key, v] of mops)
        if (f === 'w') written.set(key, [...(written.get(key) ?? []), v as number]);
    }
    const complete = [...written.values()].filter((values) => values.length === 4);
    expect(complete.length).toBeGreaterThan(10);
    for (const values of written.values()) expect(values).toEqual([1, 2, 3, 4].slice(0, values.length));
  });
});
