/**
 * Runs that must fail: for each checker a planted bug of a reference system that it finds in one short simulated run.
 * A night in which one of them passes proves nothing.
 */
import type { Canary } from '../../harness/campaign/plan.ts';
import type { CampaignConfig, Scenario } from '../../harness/campaign/types.ts';
import { nodesOf } from '../../harness/config/resolve.ts';
import { workloadOptions } from '../../harness/plan/index.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { spokenAs } from '../../harness/workload.ts';
import { SYSTEMS, WORKLOADS } from '../registries.ts';

/** By checker: the quickest of the bugs it finds with the first seed, and for how long it has to run for that. */
const CANARIES: Readonly<Record<string, { system: string; bug: string; timeLimit?: string }>> = {
  'election-safety': { system: 'ring', bug: 'sticky-leader' },
  'election-liveness': { system: 'lease', bug: 'no-expiry' },
  'last-write-wins': { system: 'lww', bug: 'no-anti-entropy' },
  linearizable: { system: 'quorum', bug: 'volatile-replica', timeLimit: '5s' },
  'set-full': { system: 'raft', bug: 'ack-before-quorum' },
  lock: { system: 'lease', bug: 'no-fencing' },
  siblings: { system: 'dynamo', bug: 'no-dots', timeLimit: '3s' },
  'eventual-set': { system: 'dynamo', bug: 'one-sibling', timeLimit: '3s' },
  broadcast: { system: 'gossip', bug: 'push-once', timeLimit: '3s' },
  counter: { system: 'crdt', bug: 'sum-on-merge', timeLimit: '3s' },
  queue: { system: 'queue', bug: 'no-dedupe', timeLimit: '3s' },
  'list-append': { system: 'two-phase-commit', bug: 'dirty-read', timeLimit: '3s' },
  agreement: { system: 'oral-messages', bug: 'one-round', timeLimit: '3s' },
  equivocation: { system: 'oral-messages', bug: 'shared-order', timeLimit: '5s' },
};

/** The canaries of a campaign, and the checkers it relies on that have none. */
export function canariesOf(
  given: CampaignConfig['canaries'],
  scenarios: readonly Scenario[],
): { canaries: Canary[]; without: string[] } {
  if (Array.isArray(given)) {
    const canaries = given.map(({ system, bug }) => ({
      ...{ system, bug, checker: SYSTEMS[system]!.bugs[bug]!.checker },
    }));
    return { canaries, without: [] };
  }
  if (given === false) return { canaries: [], without: [] };
  const used = [...new Set(scenarios.flatMap(checkersOf))].sort();
  return {
    canaries: used.flatMap((checker) => {
      const canary = CANARIES[checker];
      return canary === undefined ? [] : [{ ...canary, checker }];
    }),
    without: used.filter((checker) => CANARIES[checker] === undefined),
  };
}

/** The checkers with a canary. */
export function canaryTable(): typeof CANARIES {
  return CANARIES;
}

/** The checkers that will judge a scenario, as its workload and its configuration name them. */
function checkersOf({ config }: Scenario): string[] {
  const { workload: given, system: name, checkers = [] } = config;
  const named = checkers.map((checker) => (typeof checker === 'string' ? checker : checker.name));
  if (given === undefined) return named;
  const { name: workloadName, ...options } = typeof given === 'string' ? { name: given } : given;
  const workload = WORKLOADS[workloadName]!;
  const system = name === undefined ? undefined : SYSTEMS[name];
  const nodes = nodesOf(config.nodes ?? 5);
  try {
    const built = workload.build(workloadOptions(workload, options), {
      seed: Seed.of(0),
      nodes,
      concurrency: 2 * nodes.length,
      operations: system?.workloads[spokenAs(workload, system) ?? workloadName] ?? [
        ...workload.needs,
        ...(workload.uses ?? []),
      ],
      ...(system?.leadership === undefined ? {} : { leadership: system.leadership }),
      ...(system?.consensus === undefined ? {} : { consensus: system.consensus(nodes, config.set ?? {}) }),
    });
    return [...built.checkers.map((checker) => checker.name), ...named];
  } catch (error) {
    // What is wrong with its options is said where the run is made.
    if (error instanceof UsageError) return named;
    throw error;
  }
}
