/**
 * The contract every workload must keep, as a suite: call it with a workload and the operations a system may
 * offer for it.
 */
import { describe, expect, it } from 'vitest';
import { clients, Roster } from '../../harness/generator/index.ts';
import {
  type AnswerRule,
  invocations,
  perfect,
  type SimulatedOp,
  simulate,
} from '../../harness/interpreter/simulate.ts';
import type { Json } from '../../harness/op.ts';
import { workloadOptions } from '../../harness/plan/workload-options.ts';
import { Seed } from '../../harness/random.ts';
import type { BuiltWorkload, Workload } from '../../harness/workload.ts';

const NODES = ['n1', 'n2', 'n3'];

/** A workload built for a number of threads, with defaults unless told otherwise. */
export function built(
  workload: Workload,
  {
    seed = 1,
    threads = 5,
    given = {},
    operations,
  }: { seed?: number; threads?: number; given?: Record<string, Json>; operations?: readonly string[] } = {},
): BuiltWorkload {
  return workload.build(workloadOptions(workload, given), {
    seed: Seed.of(seed),
    nodes: NODES,
    concurrency: threads,
    operations: operations ?? [...workload.needs, ...(workload.uses ?? [])],
  });
}

/** The first operations of its load in virtual time. */
export function load(
  workload: BuiltWorkload,
  threads = 5,
  maxOps = 300,
  rule: AnswerRule = perfect,
): SimulatedOp[] {
  return invocations(
    simulate(clients(workload.generator), new Roster(threads, ['nemesis:x']), rule, 1, { maxOps }),
  );
}

/** Half of the operations go wrong, one way or the other. */
const rough: AnswerRule = (_, draws) => ({
  afterNs: draws.int(1, 1000),
  type: (['ok', 'ok', 'fail', 'info'] as const)[draws.int(0, 3)]!,
});

/** Runs the contract of workloads against one of them. */
export function workloadContract(workload: Workload): void {
  const known = [...workload.needs, ...(workload.uses ?? [])];

  describe(`workload ${workload.name} keeps the contract`, () => {
    it('describes itself and its options', () => {
      expect(workload.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(workload.summary.length).toBeGreaterThan(20);
      for (const spec of Object.values(workload.options)) {
        expect(spec.summary.length).toBeGreaterThan(5);
        expect(spec.default !== null || spec.type !== undefined).toBe(true);
      }
    });

    it('asks the same for the same seed, something else for another', () => {
      const first = load(built(workload));
      expect(load(built(workload))).toEqual(first);
      expect(load(built(workload, { seed: 1 }), 5, 300, rough)).toEqual(
        load(built(workload, { seed: 1 }), 5, 300, rough),
      );
    });

    it('asks only what it says it needs or uses, and what the system offers', () => {
      for (const op of load(built(workload))) expect(known).toContain(op.f);
      for (const op of load(built(workload, { operations: workload.needs })))
        expect(workload.needs).toContain(op.f);
    });

    it('builds for one thread and for many', () => {
      for (const threads of [1, 2, 3, 7, 16]) {
        const ops = load(built(workload, { threads }), threads);
        expect(ops.length).toBe(300);
        expect(ops.every((op) => typeof op.process === 'number')).toBe(true);
      }
    });

    it('goes on when operations fail and processes crash', () => {
      expect(load(built(workload), 5, 300, rough)).toHaveLength(300);
    });

    it('asks plain JSON', () => {
      for (const op of load(built(workload))) {
        expect(JSON.parse(JSON.stringify([op.key ?? null, op.value]))).toEqual([op.key ?? null, op.value]);
      }
    });

    it('ends its final operations, whether they are answered or not', () => {
      const { final } = built(workload);
      if (final === undefined) return;
      const refused: AnswerRule = () => ({ afterNs: 10, type: 'fail' });
      for (const rule of [perfect, refused]) {
        const simulation = simulate(clients(final), new Roster(5), rule, 0, { maxOps: 20_000 });
        expect(simulation.end).toBe('done');
        const threads = new Set(invocations(simulation).map((op) => op.thread));
        expect(threads.size).toBe(5);
        for (const op of invocations(simulation)) expect(known).toContain(op.f);
      }
    });

    it('names its judges', () => {
      const { checkers } = built(workload);
      expect(checkers.length).toBeGreaterThan(0);
      expect(new Set(checkers.map((checker) => checker.name)).size).toBe(checkers.length);
      expect(JSON.parse(JSON.stringify(checkers))).toEqual(checkers);
    });
  });
}
