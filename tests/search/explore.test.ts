import { describe, expect, it } from 'vitest';
import { promisedBy, survivedBy } from '../../search/assumptions.ts';
import { drawScenario } from '../../search/draw-scenario.ts';
import { evidenceText, isThin, noEvidence } from '../../search/evidence.ts';
import {
  explore,
  type Search,
  searchableFaults,
  searchableSystems,
  searchableWorkloads,
  surveyFor,
} from '../../search/explore.ts';
import { exploreAll } from '../../search/explore-all.ts';
import { carryOut, PROGRAM_CHECKER } from '../../search/scenario.ts';
import { STRATEGIES, type Terrain, type TerrainSpec, terrainOf } from '../../search/terrain.ts';
import { systems } from '../../systems/index.ts';
import { PROGRAMS } from '../../systems/reference/programs.ts';

function terrain(name: string, bugs: string[], more: Partial<Terrain> = {}): Terrain {
  const system = systems[name]!;
  const base = { system, bugs, settings: {}, strategy: 'mixed' } as const;
  return {
    ...base,
    workloads: searchableWorkloads(system),
    faults: survivedBy(name, searchableFaults()),
    ...more,
  };
}

/** Faults after which a program may do anything. */
const LIES = ['byzantine', 'forge', 'replay', 'eavesdrop'];
const limits = { budgetMs: 600_000, maxRuns: 100, firstSeed: 1 };

describe('drawScenario', () => {
  it.each(STRATEGIES)('%s draws the same scenario from the same seed, another from another', (strategy) => {
    const raft = terrain('raft', [], { strategy });
    expect(drawScenario(raft, 5)).toEqual(drawScenario(raft, 5));
    expect(drawScenario(raft, 5).case.ops).not.toEqual(drawScenario(raft, 7).case.ops);
  });

  it('draws what the simulator can carry out, for every system and workload', () => {
    for (const name of searchableSystems()) {
      for (const workload of searchableWorkloads(systems[name]!)) {
        const scenario = drawScenario(terrain(name, [], { workloads: [workload] }), 3);
        const { run, findings } = carryOut(scenario, scenario.case);
        expect(
          findings.filter(({ checker }) => checker === PROGRAM_CHECKER),
          `${name} ${workload}`,
        ).toEqual([]);
        expect(run.ops.length, `${name} ${workload}`).toBeGreaterThan(0);
        expect(scenario.checkers.length, `${name} ${workload}`).toBeGreaterThan(0);
      }
    }
  });
});

describe('what is promised', () => {
  it('names systems, faults and workloads that exist', () => {
    for (const name of ['bully', 'ring', 'lww']) {
      const faults = survivedBy(name, searchableFaults());
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.length).toBeLessThan(searchableFaults().length);
    }
    const left = searchableFaults().filter((fault) => !LIES.includes(fault));
    expect(survivedBy('raft', searchableFaults())).toEqual(left);
    expect(promisedBy('bully', searchableWorkloads(systems['bully']!))).toEqual(['leader']);
  });
});

describe('explore', () => {
  it('finds a planted bug, says after how many runs, and finds the same again', () => {
    const bugged = terrain('queue', ['late-removal'], { workloads: ['queue'] });
    const search = explore(bugged, { ...limits, until: {} });
    const [found] = search.found;
    expect(found!.signature.checker).toBe('queue');
    expect(found!.afterRuns).toBe(search.runs);
    expect(carryOut(found!.scenario, found!.scenario.case).findings[0]!.kind).toBe(found!.signature.kind);
    const again = explore(bugged, { ...limits, until: {} });
    expect(again.found[0]!.scenario).toEqual(found!.scenario);
  });

  it('finds nothing where nothing is', () => {
    const search = explore(terrain('queue', []), { ...limits, maxRuns: 20 });
    expect(search).toMatchObject({ found: [], runs: 20, clean: 20 });
  });

  it('says what its runs are worth', () => {
    const search = explore(terrain('lww', [], { workloads: ['last-write'] }), { ...limits, maxRuns: 20 });
    const { evidence, runs } = search;
    expect(evidence.succeeded).toBe(20);
    expect(evidence.ok).toBeGreaterThan(evidence.operations / 2);
    expect(evidence.bitten).toBeGreaterThan(15);
    expect(isThin(evidence, runs)).toBe(false);
    expect(isThin(evidence, 0)).toBe(true);
    expect(evidenceText(evidence, runs)).toMatch(/^operations succeeded in 100 % of the runs/);
    expect(isThin({ ...noEvidence(), vacuous: 20 }, 20)).toBe(true);
  });

  it('carries every run out twice when asked, and names where they part', () => {
    const raft = terrain('raft', []);
    expect(explore(raft, { ...limits, maxRuns: 10, twice: true })).toMatchObject({ twice: 10, diverged: [] });
    let starts = 0;
    const { create } = PROGRAMS['raft']!;
    const unclean: typeof create = (config) => {
      const program = create(config);
      const { init } = program;
      program.init = (node) => {
        // What no program may do: remember something between its lives.
        node.setTimer('heartbeat', 1 + starts++ / 1_000);
        init.call(program, node);
      };
      return program;
    };
    PROGRAMS['raft']!.create = unclean;
    try {
      const { diverged } = explore(raft, { ...limits, maxRuns: 1, twice: true });
      expect(diverged).toHaveLength(1);
      expect(diverged[0]!.divergence.first).toMatch(/ ms: timer of n\d$/);
    } finally {
      PROGRAMS['raft']!.create = create;
    }
  });
});

describe('faults that wait', () => {
  it('find a planted bug, the same with any number of workers', async () => {
    const spec: TerrainSpec = {
      ...terrain('raft', ['two-votes'], { workloads: ['leader'], strategy: 'trigger' }),
      system: 'raft',
    };
    const few = { ...limits, maxRuns: 24 };
    const [one, two] = [await exploreAll(spec, few, 1), await exploreAll(spec, few, 2)];
    const told = ({ found, reached, runs, events }: Search) => ({
      ...{ reached, runs, events },
      found: found.map(({ signature, afterRuns, times, scenario }) => ({
        signature,
        afterRuns,
        times,
        scenario,
      })),
    });
    expect(told(two)).toEqual(told(one));
    expect(one.runs).toBe(24);
    expect(one.reached['became-leader']!.runs).toBeGreaterThan(20);
    expect(
      drawScenario(terrainOf(spec), 3, surveyFor(terrainOf(spec))).case.faults.some(({ when }) => when),
    ).toBe(true);
  });

  it('may set any clock wrong: a correct system with wrong clocks stays correct', () => {
    const clocks = { faults: ['clock', 'kill'], strategy: 'trigger' } as const;
    const { found, runs, clean } = explore(terrain('dynamo', [], clocks), { ...limits, maxRuns: 20 });
    expect(found).toEqual([]);
    expect(clean).toBe(runs);
  });

  it('hit the node at which their moment came, when it came', () => {
    const { scenario } = explore(terrain('queue', ['late-removal'], { workloads: ['queue'] }), {
      ...limits,
      until: {},
    }).found[0]!;
    const raft = drawScenario(terrain('raft', [], { workloads: ['leader'] }), 1);
    const when = { on: 'reached', name: 'became-leader', nth: 1, afterNs: 0, byNs: 4e9 } as const;
    const fault = {
      ...scenario.case.faults[0]!,
      id: 't1',
      fault: 'kill',
      mode: 'kill',
      lane: 'kill',
      params: {},
    };
    const waiting = { ...fault, atNs: 0, untilNs: 2e8, target: 'one' as const, nodes: [], when };
    const { run } = carryOut(raft, { ...raft.case, faults: [waiting] });
    const injected = run.ops.filter(({ f, type }) => f === 'inject-kill' && type === 'ok');
    expect(injected).toHaveLength(1);
    expect((injected[0]!.value as { nodes: string[] }).nodes).toHaveLength(1);
  });
});
