/**
 * What happens in a system while nothing is wrong: a few runs without faults show which probes are reached and
 * which messages are sent, and how often. Faults can then be made to wait for such moments.
 */
import type { Moment } from '../harness/sim/triggers.ts';
import { drawScenario } from './draw-scenario.ts';
import type { SeenMoment, Survey } from './moments.ts';
import { carryOut } from './scenario.ts';
import type { Terrain } from './terrain.ts';

/** Runs per workload. Their seeds are none of a search's own. */
const RUNS = 2;
const FIRST_SEED = 900_000_001;

/** Looks at every workload of a terrain. The same terrain gives the same survey, wherever it is made. */
export function survey(terrain: Terrain): Survey {
  const moments: Record<string, SeenMoment[]> = {};
  for (const workload of terrain.workloads) {
    const seen = new Map<string, SeenMoment>();
    const count = (on: Moment, name: string, times: number): void => {
      const key = `${on} ${name}`;
      const before = seen.get(key);
      if (before === undefined) seen.set(key, { on, name, times });
      else before.times += times;
    };
    for (let i = 0; i < RUNS; i++) {
      const quiet = { ...terrain, workloads: [workload], strategy: 'quiet' } as const;
      const scenario = drawScenario(quiet, FIRST_SEED + i);
      const { run } = carryOut({ ...scenario, checkers: [] }, scenario.case, {
        onMessage(_, __, link, { body }) {
          if (link.from.endpoint !== 'clients') count('sent', body.type, 1);
          if (link.to.endpoint !== 'clients') count('received', body.type, 1);
        },
      });
      for (const [name, times] of run.reached) count('reached', name, times);
    }
    moments[workload] = [...seen.values()]
      .map((one) => ({ ...one, times: Math.ceil(one.times / RUNS) }))
      .sort((a, b) => compare(a.on, b.on) || compare(a.name, b.name));
  }
  return { moments };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
