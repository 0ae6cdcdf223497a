/**
 * Every workload that comes along keeps the contract of `faultline/kit`, and what plug-ins need not: enough to ask for any
 * number of threads, and a summary that fits in with the others.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { clients, Roster } from '../../harness/generator/index.ts';
import { type AnswerRule, invocations, perfect, simulate } from '../../harness/interpreter/simulate.ts';
import type { Workload } from '../../harness/workload.ts';
import { built, load, rough } from '../../plugins/kit/built-workload.ts';
import { workloadKit } from '../../plugins/kit/workload-kit.ts';

/** Their load is the same whatever the seed: unique values, in the order they are asked. */
const SEEDLESS: ReadonlySet<string> = new Set(['leader', 'unique-ids']);

/** Runs the contract of workloads against one of them. */
export function workloadContract(workload: Workload): void {
  describe(`workload ${workload.name} keeps the contract`, () => {
    for (const { name, run } of workloadKit(workload)) it(name, () => expect(run()).resolves.toBeUndefined());

    it('describes itself and its options at length', () => {
      expect(workload.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(workload.summary.length).toBeGreaterThan(20);
      for (const spec of Object.values(workload.options)) expect(spec.summary.length).toBeGreaterThan(5);
    });

    it('asks something else for another seed, where it draws at all', () => {
      const same = isDeepStrictEqual(load(built(workload, { seed: 2 })), load(built(workload)));
      expect(same).toBe(SEEDLESS.has(workload.name));
    });

    it('goes on for one thread and for many, also when operations fail and processes crash', () => {
      for (const threads of [1, 2, 3, 7, 16]) {
        const ops = load(built(workload, { threads }), threads);
        expect(ops.length).toBe(300);
        expect(ops.every((op) => typeof op.process === 'number')).toBe(true);
      }
      expect(load(built(workload), 5, 300, rough)).toHaveLength(300);
    });

    // A test only where it applies: not every workload has something to ask when all is calm.
    if (built(workload).final !== undefined) {
      it('asks its final operations of every thread, whether they are answered or not', () => {
        const refused: AnswerRule = () => ({ afterNs: 10, type: 'fail' });
        for (const rule of [perfect, refused]) {
          const { final } = built(workload);
          const asked = invocations(simulate(clients(final!), new Roster(5), rule, 0, { maxOps: 20_000 }));
          expect(new Set(asked.map((op) => op.thread)).size).toBe(5);
        }
      });
    }

    it('names each of its judges once', () => {
      const { checkers } = built(workload);
      expect(new Set(checkers.map((checker) => checker.name)).size).toBe(checkers.length);
    });
  });
}
