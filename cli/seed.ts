/**
 * Where a run's seed comes from when the user gives none.
 */
import { Seed } from '../harness/random.ts';
import { wallMs } from '../harness/time.ts';

/** A seed that differs from run to run: short enough to read out, printed before anything starts. */
export function drawSeed(): number {
  return Seed.of(wallMs()).fork('seed', process.pid).rng().int(1, 999_999_999);
}
