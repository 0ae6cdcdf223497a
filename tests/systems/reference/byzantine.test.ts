/**
 * Systems that promise to survive Byzantine nodes, under the fault that makes nodes Byzantine: with f of 3f + 1 no
 * correct node decides anything else than the others, whatever the lies and the seed; with f of 3f some do.
 */
import { describe, expect, it } from 'vitest';
import { agreement } from '../../../checkers/byzantine/agreement.ts';
import type { NodeId, System } from '../../../harness/contracts.ts';
import { Seed } from '../../../harness/random.ts';
import type { Case, CaseOp } from '../../../harness/sim/case.ts';
import { simulate } from '../../../harness/sim/simulate.ts';
import type { CheckerResult } from '../../../harness/verdict.ts';
import { FAULTS } from '../../../nemesis/index.ts';
import { nodeNames } from '../../../plugins/kit/fake-cluster.ts';
import { oralMessages } from '../../../systems/oral-messages.ts';
import { pbft } from '../../../systems/pbft.ts';
import { subjectOf } from '../../../systems/subjects.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';

const SECONDS = 5;
const ROUND_MS = 250;
const CLIENTS_PER_NODE = 2;

/** Proposals round after round, by all clients, and later what became of them. */
function operations(system: System, nodes: readonly NodeId[], seed: Seed): CaseOp[] {
  const draws = seed.rng();
  const ops: CaseOp[] = [];
  for (let round = 0; round * ROUND_MS < SECONDS * 1000; round++) {
    for (let client = 0; client < CLIENTS_PER_NODE * nodes.length; client++) {
      const alone = system.name === 'oral-messages';
      const instance = alone ? `${nodes[client % nodes.length]}/${client}.${round}` : `${round}`;
      const value = alone ? draws.pick(['attack', 'retreat']) : `${client}.${round}`;
      const atNs = (round * ROUND_MS + draws.float() * 20) * 1e6;
      ops.push({ atNs: Math.round(atNs), client, f: 'propose', key: instance, value });
      const asked = alone
        ? `${nodes[(client + 1) % nodes.length]}/${(client + 1) % nodes.length}.${round}`
        : instance;
      for (const laterMs of [190, 400])
        ops.push({ atNs: Math.round(atNs + laterMs * 1e6), client, f: 'decide', key: asked, value: null });
    }
  }
  return ops.sort((a, b) => a.atNs - b.atNs);
}

/** What a run with so many nodes, lied to in this way by these, comes to. */
function trial(system: System, size: number, mode: string, number: number, liars?: NodeId[]): CheckerResult {
  const nodes = nodeNames(size);
  const seed = Seed.of(number);
  const drawn = FAULTS.byzantine.plan(mode, {}, liars, nodes, seed.fork('fault').rng());
  const c: Case = {
    version: 1,
    seed: number,
    nodes,
    workload: 'agreement',
    settings: system.byzantine!(size).settings as Case['settings'],
    bugs: [],
    ops: operations(system, nodes, seed.fork('ops')),
    faults: [
      {
        id: 'byzantine-1',
        fault: 'byzantine',
        mode,
        lane: 'byzantine',
        atNs: 2e8,
        untilNs: SECONDS * 1e9,
        ...drawn,
      },
    ],
    network: { ordered: true },
  };
  const run = simulate(subjectOf(system.name, c), c, { faults: FAULTS });
  expect(run.crashes).toEqual([]);
  const promised = system.consensus!(nodes, c.settings).validity;
  // Who lies may also propose what no client asked for.
  const validity = promised === 'anyone' ? 'none' : promised;
  return agreement(run.history(), { faulty: drawn.nodes, validity, nodes: size, repeats: 'allow' });
}

const MODES = Object.keys(FAULTS.byzantine.modes);

describe.each([pbft, oralMessages])('$name', (system) => {
  it.each(MODES)('holds with f of 3f + 1 nodes that %s', (mode) => {
    for (let seed = 0; seed < fuzzRuns(4); seed++) {
      const result = trial(system, seed % 4 === 3 ? 7 : 4, mode, seed);
      expect(result.anomalies, `seed ${seed}: ${result.anomalies[0]?.sentence}`).toEqual([]);
      expect(result.verdict).toBe('pass');
    }
  });

  it('breaks with f of 3f', () => {
    const verdicts = Array.from(
      { length: 6 },
      (_, seed) => trial(system, 3, 'equivocate', seed, ['n1']).verdict,
    );
    expect(verdicts).toContain('fail');
  });
});
