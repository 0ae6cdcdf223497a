/**
 * One text for many runs: equal wherever the same seeds are carried out, whatever the process, the thread and the
 * state of the compiler.
 */
import { createHash } from 'node:crypto';
import { drawScenario } from '../../search/draw-scenario.ts';
import { correctTerrain } from '../../search/explore.ts';
import { carryOut } from '../../search/scenario.ts';

/** SHA-256 over events, operations and verdicts of the scenarios of these seeds, 16 hexadecimal digits. */
export function digestOf(system: string, seeds: number): string {
  const terrain = correctTerrain(system);
  const hash = createHash('sha256');
  for (let seed = 1; seed <= seeds; seed++) {
    const scenario = drawScenario(terrain, seed);
    const { run, verdicts } = carryOut(scenario, scenario.case);
    hash.update(`${seed} ${run.events} ${run.traceHash} ${run.historyHash()} ${verdicts.join()}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
