/**
 * Every reference program where what was sent or stored is frozen: one that changes it all the same would throw
 * here, and would do in the simulator what it does nowhere else.
 */
import { describe, expect, it } from 'vitest';
import { endedByDisk } from '../../../harness/sim/refusals.ts';
import { survivedBy } from '../../../search/assumptions.ts';
import { drawScenario } from '../../../search/draw-scenario.ts';
import { searchableFaults, searchableSystems, searchableWorkloads } from '../../../search/explore.ts';
import { carryOut } from '../../../search/scenario.ts';
import { systems } from '../../../systems/index.ts';

const RUNS = 12;

describe('what was sent or stored', () => {
  it.each(searchableSystems())('is never changed by %s', (name) => {
    const system = systems[name as keyof typeof systems]!;
    const terrain = {
      system,
      bugs: [],
      workloads: searchableWorkloads(system),
      faults: survivedBy(name, searchableFaults(system)),
      settings: {},
      strategy: 'mixed' as const,
    };
    let messages = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const scenario = drawScenario(terrain, seed);
      const { run } = carryOut(scenario, { ...scenario.case, isolation: 'freeze' });
      const threw = run.crashes.filter(({ error }) => !endedByDisk(error));
      expect(threw, `seed ${seed}`).toEqual([]);
      messages += run.messages;
    }
    expect(messages).toBeGreaterThan(RUNS * 20);
  });
});
