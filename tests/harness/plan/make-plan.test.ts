import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { System } from '../../../harness/contracts.ts';
import { Roster } from '../../../harness/generator/index.ts';
import { invocations, simulate } from '../../../harness/interpreter/simulate.ts';
import { describePlan } from '../../../harness/plan/describe-plan.ts';
import { loadGenerator } from '../../../harness/plan/load.ts';
import { buildWorkload, makePlan } from '../../../harness/plan/make-plan.ts';
import { type Plan, renderPlan } from '../../../harness/plan/plan.ts';
import { UsageError } from '../../../harness/registry.ts';
import { FAULTS } from '../../../nemesis/index.ts';
import { WORKLOADS } from '../../../workloads/index.ts';
import { EVERYTHING, input, spec } from './input.ts';

const anyInput = fc
  .record({
    seed: fc.maxSafeNat(),
    nodes: fc.integer({ min: 1, max: 7 }),
    concurrency: fc.integer({ min: 1, max: 20 }),
    rate: fc.option(fc.integer({ min: 1, max: 5000 })),
    timeLimitMs: fc.integer({ min: 100, max: 60_000 }),
    workload: fc.constantFrom('register', 'set', 'leader'),
    nemesis: fc.uniqueArray(fc.constantFrom(...Object.keys(FAULTS)), { maxLength: 5 }),
    intervalMs: fc.integer({ min: 0, max: 10_000 }),
    durationMs: fc.integer({ min: 1, max: 10_000 }),
  })
  .map((r) =>
    input({
      seed: r.seed,
      nodes: Array.from({ length: r.nodes }, (_, i) => `n${i + 1}`),
      concurrency: r.concurrency,
      ratePerSecond: r.rate,
      timeLimitMs: r.timeLimitMs,
      workload: WORKLOADS[r.workload]!,
      nemesis: r.nemesis.map((name) => spec(name, { intervalMs: r.intervalMs, durationMs: r.durationMs })),
    }),
  );

describe('a plan', () => {
  it('is the same, byte for byte, for the same configuration and seed', () => {
    fc.assert(
      fc.property(anyInput, (from) => {
        const text = renderPlan(makePlan(from));
        expect(renderPlan(makePlan({ ...from }))).toBe(text);
        // Plain data all through: it survives the disk.
        expect(renderPlan(JSON.parse(text) as Plan)).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it('differs with the seed', () => {
    const texts = [1, 2, 3].map((seed) =>
      renderPlan(makePlan(input({ seed, nemesis: [spec('partition')] }))),
    );
    expect(new Set(texts).size).toBe(3);
  });

  it('keeps every fault inside the load, lanes free of overlap, and accounts for every request', () => {
    fc.assert(
      fc.property(anyInput, (from) => {
        const plan = makePlan(from);
        const endOf = new Map<string, number>();
        for (const fault of plan.faults) {
          expect(fault.atNs).toBeGreaterThanOrEqual(endOf.get(fault.lane) ?? 0);
          expect(fault.untilNs).toBeLessThanOrEqual(plan.timeLimitMs * 1e6);
          expect(fault.untilNs).toBeGreaterThanOrEqual(fault.atNs);
          expect(plan.lanes).toContain(fault.lane);
          endOf.set(fault.lane, fault.untilNs);
        }
        expect(new Set(plan.faults.map((fault) => fault.id)).size).toBe(plan.faults.length);
        for (const asked of from.nemesis) {
          const fires = plan.faults.some((fault) => fault.fault === asked.fault);
          const said = plan.leftOut.some(({ what }) => what === asked.fault);
          expect(fires || said).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('previews exactly the operations its workload will ask', () => {
    const from = input({ ratePerSecond: 500 });
    const plan = makePlan(from);
    const workload = buildWorkload(plan, from.workload, from.system);
    const run = simulate(loadGenerator(plan, workload.generator), new Roster(5), undefined, 0, {
      maxOps: 200,
    });
    const asked = invocations(run).map(({ f, key, value }) => ({ f, key, value }));
    expect(asked).toEqual(plan.operations.first.map(({ f, key, value }) => ({ f, key, value })));
    expect(plan.operations.sampled).toBe(2000);
    expect(Object.values(plan.operations.counts).reduce((a, b) => a + b)).toBe(2000);
    expect(plan.operations.digest).toMatch(/^[0-9a-f]{16}$/);
  });

  it('previews a short load to its end', () => {
    const { operations } = makePlan(input({ timeLimitMs: 1_000 }));
    expect(operations.complete).toBe(true);
    expect(operations.sampled).toBeGreaterThan(60);
    expect(operations.sampled).toBeLessThan(140);
  });

  it('is not shifted in one lane by adding another', () => {
    const alone = makePlan(input({ nemesis: [spec('partition')] }));
    const more = makePlan(input({ nemesis: [spec('clock:jump'), spec('partition'), spec('latency')] }));
    expect(more.faults.filter((fault) => fault.lane === 'partition')).toEqual(alone.faults);
    expect(more.operations).toEqual(alone.operations);
  });
});

describe('what is left out is said', () => {
  it('faults this cluster cannot do, with the reason and the fix', () => {
    const plan = makePlan(
      input({
        nemesis: [spec('clock:jump'), spec('partition')],
        offers: new Set(EVERYTHING.filter((capability) => capability !== 'clock.skew')),
        missing: [{ capability: 'clock.skew', reason: 'only on Linux', fix: 'run it on Linux' }],
      }),
    );
    expect(plan.leftOut).toEqual([
      {
        what: 'clock:jump',
        fault: 'clock',
        why: 'needs clock.skew: only on Linux',
        fix: 'run it on Linux',
      },
    ]);
    expect(plan.lanes).toEqual(['partition']);
  });

  it('faults that are impossible with so few nodes', () => {
    const plan = makePlan(input({ nodes: ['n1'], nemesis: [spec('partition:halves')] }));
    expect(plan.faults).toEqual([]);
    expect(plan.leftOut[0]).toMatchObject({ what: 'partition:halves' });
  });

  it('faults for which the load is too short', () => {
    const nemesis = ['partition:halves', 'partition:one', 'partition:bridge'].map((text) => spec(text));
    const plan = makePlan(input({ timeLimitMs: 2_000, nemesis }));
    expect(plan.faults.length).toBeGreaterThan(0);
    expect(plan.leftOut.map(({ what }) => what)).toContain('partition:bridge');
    expect(plan.leftOut[0]!.why).toMatch(/no time for it in lane partition/);
  });

  it('faults at the leader of a system nobody can ask', () => {
    const { observe: _, ...mute } = input().system;
    const plan = makePlan(input({ system: mute, nemesis: [spec('partition:isolate-leader')] }));
    expect(plan.leftOut[0]!.why).toMatch(/no way to ask who leads/);
  });

  it('but draws again where only a drawn target would be the leader nobody can ask for', () => {
    const system = { name: 'mute', workloads: { register: ['read', 'write', 'cas'] } };
    for (let seed = 0; seed < 40; seed++) {
      const plan = makePlan(input({ seed, system, nemesis: [spec('kill')] }));
      expect(plan.leftOut).toEqual([]);
      expect(plan.faults.map((fault) => fault.target)).not.toContain('leader');
    }
  });

  it('operations the system lacks', () => {
    const system = { name: 'toy', workloads: { register: ['read', 'write'] } };
    const plan = makePlan(input({ system }));
    expect(plan.leftOut).toEqual([{ what: 'operation cas', why: 'toy does not offer it for register' }]);
    expect(plan.operations.counts['cas']).toBeUndefined();
  });
});

describe('what a system promises', () => {
  const { system } = input();
  const workloads = { queue: ['enqueue', 'dequeue'] };
  const promises: System['promises'] = (workload, { careful }) =>
    workload === 'queue' && careful !== true ? { delivery: 'at-least-once' } : undefined;
  const deliveryOf = (more: Parameters<typeof input>[0]) => {
    const own = { ...system, workloads, promises };
    const plan = makePlan(input({ workload: WORKLOADS['queue']!, system: own, ...more }));
    const options = plan.checkers.find(({ name }) => name === 'queue')?.options;
    return [plan.workloadOptions['delivery'], options];
  };
  it('is what its workloads are judged by, unless something else is given', () => {
    expect(deliveryOf({})).toEqual(['at-least-once', { delivery: 'at-least-once' }]);
    expect(deliveryOf({ config: { name: 'test', set: { careful: true } } })[0]).toBe('exactly-once');
    expect(deliveryOf({ workloadOptions: { delivery: 'at-most-once' } })[0]).toBe('at-most-once');
  });
});

describe('the schedule', () => {
  it('lets every request of a lane fire once before any fires again', () => {
    const nemesis = ['partition:halves', 'partition:one', 'partition:bridge'].map((text) =>
      spec(text, { intervalMs: 500, durationMs: 1000 }),
    );
    const { faults } = makePlan(input({ nemesis }));
    expect(new Set(faults.slice(0, 3).map((fault) => fault.mode))).toEqual(
      new Set(['halves', 'one', 'bridge']),
    );
    expect(faults.length).toBeGreaterThan(6);
  });

  it('leaves a warm-up and a quiet tail', () => {
    const { faults } = makePlan(input({ nemesis: [spec('kill'), spec('partition'), spec('clock:jump')] }));
    expect(Math.min(...faults.map((fault) => fault.atNs))).toBeGreaterThanOrEqual(3e9);
    expect(Math.max(...faults.map((fault) => fault.untilNs))).toBeLessThanOrEqual(25.5e9);
  });

  it('keeps lanes that exclude each other apart on a node', () => {
    for (let seed = 0; seed < 20; seed++) {
      const nemesis = [spec('kill', { intervalMs: 500 }), spec('pause', { intervalMs: 500 })];
      const { faults } = makePlan(input({ seed, nemesis }));
      for (const kill of faults.filter((fault) => fault.fault === 'kill')) {
        for (const pause of faults.filter((fault) => fault.fault === 'pause')) {
          if (kill.atNs >= pause.untilNs || pause.atNs >= kill.untilNs) continue;
          expect(kill.nodes.filter((node) => pause.nodes.includes(node))).toEqual([]);
        }
      }
    }
  });

  it('places every kind once on nodes it knows, out of the way of lanes that exclude it', () => {
    const kinds = ['partition', 'kill', 'pause', 'clock', 'rolling'];
    for (let seed = 0; seed < 20; seed++) {
      for (const timeLimitMs of [10_000, 60_000]) {
        const ms = { intervalMs: timeLimitMs / 6, durationMs: timeLimitMs / 6 };
        const nemesis = kinds.map((kind) => spec(kind, ms));
        const { faults, leftOut } = makePlan(input({ seed, timeLimitMs, nemesis }));
        expect(leftOut).toEqual([]);
        for (const kind of kinds) {
          const own = faults.filter((fault) => fault.fault === kind);
          expect(own.some(({ nodes }) => nodes.length > 0)).toBe(true);
        }
        const exclusive = faults.filter(({ lane }) => ['kill', 'pause', 'rolling'].includes(lane));
        for (const [i, one] of exclusive.entries()) {
          for (const other of exclusive.slice(i + 1)) {
            if (one.atNs >= other.untilNs || other.atNs >= one.untilNs) continue;
            // Whoever leads by then may be among the nodes of the other.
            for (const { nodes } of [one, other]) expect(nodes).not.toEqual([]);
            expect(one.nodes.filter((node) => other.nodes.includes(node))).toEqual([]);
          }
        }
      }
    }
  });

  it('becomes inject and undo operations on its lane, at their times', () => {
    const from = input({ nemesis: [spec('partition')], timeLimitMs: 10_000 });
    const plan = makePlan(from);
    const run = simulate(loadGenerator(plan, null), new Roster(5, ['nemesis:partition']));
    const [fault] = plan.faults;
    expect(invocations(run).slice(0, 2)).toMatchObject([
      {
        timeNs: fault!.atNs,
        process: 'nemesis:partition',
        f: 'inject-partition',
        value: { id: 'partition-1', mode: 'halves', nodes: fault!.nodes },
      },
      {
        timeNs: fault!.untilNs,
        process: 'nemesis:partition',
        f: 'undo-partition',
        value: { id: 'partition-1' },
      },
    ]);
  });
});

describe('bad input is refused with what is valid', () => {
  const refusal = (more: Parameters<typeof input>[0]): UsageError => {
    try {
      makePlan(input(more));
    } catch (error) {
      if (error instanceof UsageError) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  };

  it('names: fault, mode, parameter, workload option', () => {
    expect(refusal({ nemesis: [spec('partitoin')] }).format()).toMatch(
      /no fault "partitoin"[\s\S]*did you mean "partition"/,
    );
    expect(refusal({ nemesis: [spec('partition:halfs')] }).format()).toMatch(/halfs[\s\S]*halves/);
    expect(refusal({ nemesis: [spec('partition', { params: { sides: 3 } })] }).message).toMatch(
      /no parameter "sides"/,
    );
    expect(refusal({ workloadOptions: { key: 3 } }).format()).toMatch(/no option "key"[\s\S]*keysPerGroup/);
  });

  it('values: options, numbers', () => {
    expect(refusal({ workloadOptions: { values: 'many' } }).message).toMatch(
      /must be one of "unique", "few", not "many"/,
    );
    expect(refusal({ workloadOptions: { reads: 2 } }).message).toMatch(/at most 1, not 2/);
    expect(refusal({ workloadOptions: { reads: '2' } }).message).toMatch(/a number, not "2"/);
    expect(refusal({ concurrency: 0 }).message).toMatch(/whole number above 0, not 0/);
    expect(refusal({ nodes: ['n1', 'n1'] }).message).toMatch(/must differ/);
    expect(refusal({ timeLimitMs: 0 }).message).toMatch(/above 0 ms/);
    expect(refusal({ ratePerSecond: 0 }).message).toMatch(/above 0 per second/);
    expect(refusal({ seed: -1 }).message).toMatch(/whole number from 0/);
  });

  it('workloads the system does not speak', () => {
    expect(refusal({ workload: WORKLOADS['echo']! }).format()).toMatch(
      /does not speak workload echo[\s\S]*register, leader, set/,
    );
    const system = { name: 'toy', workloads: { register: ['read'] } };
    expect(refusal({ system }).message).toMatch(/needs write, which toy does not offer/);
  });
});

describe('checkers', () => {
  it('of the configuration join those of the workload, options on top', () => {
    const plan = makePlan(
      input({
        checkers: [
          { name: 'linearizable', options: { maxStates: 5 } },
          { name: 'logs', options: {} },
        ],
      }),
    );
    expect(plan.checkers).toEqual([
      { name: 'linearizable', options: { model: 'cas-register', maxStates: 5 } },
      { name: 'stats', options: {} },
      { name: 'logs', options: {} },
    ]);
  });
});

describe('describePlan', () => {
  it('says in a few lines what will happen and what will not', () => {
    const plan = makePlan(
      input({ nemesis: [spec('partition'), spec('clock:jump')], offers: new Set(['link.cut'] as const) }),
    );
    const text = describePlan(plan).join('\n');
    expect(text).toContain('seed      7');
    expect(text).toContain('register: 5 clients on 5 nodes, 100 operations per second, for 30.0 s');
    expect(text).toContain('checkers  linearizable, stats');
    expect(text).toMatch(/partition-1 +halves on n/);
    expect(text).toMatch(/left out {2}clock:jump: needs clock.skew/);
    const calm = describePlan(makePlan(input({ ratePerSecond: null })));
    expect(calm).toContain('faults    none');
  });
});
