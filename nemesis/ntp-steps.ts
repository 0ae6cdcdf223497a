/**
 * A clock as NTP keeps it over a bad network: wrong by some tens of milliseconds, a little differently after every
 * correction, and now and then stepped by a hundred milliseconds or more, forward or back.
 */
import type { ClockSkew, Clocks, Json, NodeId, ParameterSpec } from '../harness/contracts.ts';
import type { Rng } from '../harness/random.ts';
import { every, type Timer } from '../harness/time.ts';

/** Parameters of the mode. */
export const NTP_PARAMS: Readonly<Record<string, ParameterSpec>> = {
  noiseMs: { summary: 'spread of the error after a correction', default: 30, min: 0, max: 60_000 },
  stepMs: { summary: 'least size of a step', default: 100, min: 0, max: 1e9 },
  stepChance: { summary: 'chance per correction that it is a step', default: 0.15, min: 0, max: 1 },
  periodMs: { summary: 'time between corrections', default: 500, min: 10, max: 3_600_000 },
};

/** Corrections drawn; a fault that lasts longer begins again with the first. */
const CORRECTIONS = 64;

/** The errors of one clock, correction by correction. */
export function drawNtp(params: Readonly<Record<string, Json>>, rng: Rng): ClockSkew {
  const [noise, step] = [params['noiseMs'] as number, params['stepMs'] as number];
  const offsetsNs = Array.from({ length: CORRECTIONS }, () => {
    const [sign, jump, far] = [rng.chance(0.5) ? 1 : -1, rng.float(), rng.float()];
    // The sum of three uniform draws is close to normal, and bounded.
    const error = noise * (rng.float() + rng.float() + rng.float() - 1.5) * 2;
    const stepped = jump < (params['stepChance'] as number) ? sign * step * (1 + far) : 0;
    return Math.round((error + stepped) * 1e6);
  });
  return { offsetNs: 0, steps: { periodNs: (params['periodMs'] as number) * 1e6, offsetsNs } };
}

/** Steps the clocks of nodes from now on; cancel it before they are reset. */
export function stepClocks(
  clocks: Clocks,
  skews: Readonly<Record<NodeId, ClockSkew>>,
  nodes: readonly NodeId[],
): Timer[] {
  return nodes.flatMap((node) => {
    const steps = skews[node]?.steps;
    if (steps === undefined) return [];
    let at = 0;
    const timer = every(steps.periodNs / 1e6, () => {
      at = (at + 1) % steps.offsetsNs.length;
      // A node that is down meanwhile keeps the error for its next life; that it could not be set is no news.
      clocks.set(node, { offsetNs: steps.offsetsNs[at]! }).catch(() => undefined);
    });
    return [timer];
  });
}

/** What a skew is now, as far as backends know skews: the first of its steps. */
export function atOnce(skew: ClockSkew): ClockSkew {
  return skew.steps === undefined ? skew : { offsetNs: skew.steps.offsetsNs[0]! };
}
