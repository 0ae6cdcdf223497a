import { describe, expect, it } from 'vitest';
import type { PlannedFault } from '../../harness/contracts.ts';
import type { Plan } from '../../harness/plan/plan.ts';
import type { RunMeta } from '../../harness/store/files.ts';
import { pinned } from '../../search/case-parts.ts';
import { scenarioOfRun, storedScenario } from '../../search/run-scenario.ts';
import { carryOut } from '../../search/scenario.ts';
import { staleReads } from './scenarios.ts';

describe('scenarioOfRun', () => {
  const scenario = staleReads(42);
  const { run } = carryOut(scenario, scenario.case);
  const meta = {
    backend: 'sim',
    system: 'raft',
    bugs: ['stale-read'],
    command: 'faultline run raft',
  } as RunMeta;
  const plan = {
    seed: 42,
    nodes: scenario.case.nodes,
    workload: 'register',
    concurrency: 5,
    opTimeoutMs: 300,
    config: { set: { electionTimeoutMs: 300, unknown: 1 } },
  } as unknown as Plan;

  it('takes operations, faults, settings and bugs from the run', () => {
    const { case: c, program } = scenarioOfRun({ meta, plan, history: run.history() }, scenario.checkers);
    expect(program).toBe('raft');
    expect(c).toMatchObject({ bugs: ['stale-read'], settings: { electionTimeoutMs: 300 }, opTimeoutMs: 300 });
    const asked = run.ops.filter((op) => op.type === 'invoke' && typeof op.process === 'number');
    expect(c.ops.map((op) => op.atNs)).toEqual(asked.map((op) => op.time));
    const planned = pinned(scenario.case).ops;
    for (const op of c.ops) {
      const { f, key, value, client, node } = op;
      expect(planned).toContainEqual({ atNs: expect.any(Number), f, key, value, client, node });
    }
    // A fault that aimed at the leader while nobody led was never in force, and so never ended.
    const ended = new Set(
      run.ops.flatMap(({ f, value }) => (f.startsWith('undo-') ? [(value as { id: string }).id] : [])),
    );
    expect(ended.size).toBeGreaterThan(3);
    const times = (faults: readonly PlannedFault[]) =>
      faults.filter(({ id }) => ended.has(id)).map(({ id, atNs, untilNs }) => [id, atNs, untilNs]);
    expect(times(c.faults)).toEqual(times(scenario.case.faults));
  });

  it("names a user's module by its whole path, from wherever it was run", () => {
    const own = {
      meta: { ...meta, system: 'module', bugs: [], cwd: '/home/me' } as unknown as RunMeta,
      plan: { ...plan, config: { set: { module: './node.ts' } } } as unknown as Plan,
      history: run.history(),
    };
    const { program, case: c } = scenarioOfRun(own, []);
    expect([program, c.settings]).toEqual(['module', { module: '/home/me/node.ts' }]);
  });

  it('refuses a system that is no reference program, and prefers the scenario a run carries', () => {
    const own = { meta: { ...meta, system: 'my-store' } as RunMeta, plan, history: run.history() };
    expect(() => scenarioOfRun(own, [])).toThrow(/no program of my-store/);
    expect(storedScenario(plan)).toBeNull();
    expect(storedScenario({ ...plan, config: { scenario } } as unknown as Plan)).toEqual(scenario);
  });
});
