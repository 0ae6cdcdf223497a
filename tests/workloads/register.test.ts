import { describe, expect, it } from 'vitest';
import { Roster } from '../../harness/generator/index.ts';
import { invocations, simulate } from '../../harness/interpreter/simulate.ts';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { register } from '../../workloads/register.ts';

describe('register', () => {
  it('never gives a key the same value twice', () => {
    const seen = new Set<string>();
    for (const op of load(built(register), 5, 2000)) {
      if (op.f === 'read') continue;
      const value = op.f === 'cas' ? (op.value as number[])[1] : op.value;
      const id = `${op.key}=${value}`;
      expect(seen.has(id)).toBe(false);
      seen.add(id);
    }
    expect(seen.size).toBeGreaterThan(500);
  });

  it('expects of compare-and-set a value it wrote to the key before', () => {
    const written = new Map<unknown, Set<unknown>>();
    let compared = 0;
    for (const op of load(built(register), 5, 2000)) {
      const values = written.get(op.key) ?? new Set();
      written.set(op.key, values);
      if (op.f === 'write') values.add(op.value);
      if (op.f !== 'cas') continue;
      const [from, to] = op.value as number[];
      expect(values.has(from)).toBe(true);
      values.add(to);
      compared++;
    }
    expect(compared).toBeGreaterThan(150);
  });

  it('keeps to its shares', () => {
    const ops = load(built(register, { given: { readers: 0, reads: 0.5, cas: 0.25 } }), 5, 4000);
    const share = (f: string) => ops.filter((op) => op.f === f).length / ops.length;
    expect(share('read')).toBeCloseTo(0.5, 1);
    expect(share('cas')).toBeCloseTo(0.25, 1);
    const given = { readers: 0, reads: 1 };
    expect(load(built(register, { given })).filter((op) => op.f === 'cas')).toEqual([]);
  });

  it('writes and reads every key through every node, half of the clients only reading', () => {
    const writing = new Map<unknown, Set<number>>();
    const reading = new Map<unknown, Set<number>>();
    const writers = new Set<unknown>();
    for (const op of load(built(register, { threads: 12 }), 12, 3000)) {
      const nodes = op.f === 'read' ? reading : writing;
      nodes.set(op.key, (nodes.get(op.key) ?? new Set()).add((op.thread as number) % 3));
      if (op.f !== 'read') writers.add(op.thread);
    }
    // Two groups of six: three write, one through each node, and three read.
    expect(reading.size).toBe(10);
    expect(writing.size).toBe(10);
    for (const nodes of [...reading.values(), ...writing.values()]) expect(nodes.size).toBe(3);
    expect([...writers].sort((a, b) => Number(a) - Number(b))).toEqual([0, 1, 2, 6, 7, 8]);
  });

  it('has one client do everything when there is only one', () => {
    const ops = load(built(register, { threads: 1 }), 1, 400);
    expect(new Set(ops.map((op) => op.f))).toEqual(new Set(['read', 'write', 'cas']));
  });

  it('moves on to fresh keys where a key is bounded, as with few values', () => {
    const counts = new Map<unknown, number>();
    for (const op of load(built(register, { given: { values: 'few' } }), 5, 3000)) {
      counts.set(op.key, (counts.get(op.key) ?? 0) + 1);
      if (op.f === 'write') expect(op.value).toBeLessThan(5);
    }
    expect(counts.size).toBeGreaterThan(10);
    expect(Math.max(...counts.values())).toBeLessThan(400);
    const endless = load(built(register, { given: { values: 'few', opsPerKey: 0 } }), 5, 3000);
    expect(new Set(endless.map((op) => op.key)).size).toBe(5);
  });

  it('reads every first key through every client at the end', () => {
    const { final } = built(register);
    const reads = invocations(simulate(final!, new Roster(5)));
    expect(reads).toHaveLength(25);
    expect(new Set(reads.map((op) => op.key))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  it('is judged as a register where the system has no compare-and-set', () => {
    expect(built(register).checkers[0]).toEqual({ name: 'linearizable', options: { model: 'cas-register' } });
    const plain = built(register, { operations: ['read', 'write'] });
    expect(plain.checkers[0]).toEqual({ name: 'linearizable', options: { model: 'register' } });
    expect(load(plain).some((op) => op.f === 'cas')).toBe(false);
  });
});
