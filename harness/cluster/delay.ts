/**
 * How long one delivery takes beyond the base: a draw from a link's delay layers. Every layer draws from a
 * stream of its own, so that installing one fault does not change what another does.
 */
import type { Delay } from '../contracts.ts';
import type { Rng, Seed } from '../random.ts';
import type { LayeredDelay } from './link-rules.ts';

/** One draw in milliseconds, never negative. Jitter is a half width (uniform) or a standard deviation (normal). */
export function drawDelayMs(delay: Delay, rng: Pick<Rng, 'float' | 'exponential'>): number {
  const jitter = delay.jitterMs ?? 0;
  const shape = delay.distribution ?? (jitter > 0 ? 'uniform' : 'constant');
  switch (shape) {
    case 'constant':
      return delay.ms;
    case 'uniform':
      return Math.max(0, delay.ms + jitter * (2 * rng.float() - 1));
    case 'normal': {
      // Box-Muller; 1 - float() keeps the logarithm finite.
      const radius = Math.sqrt(-2 * Math.log(1 - rng.float()));
      return Math.max(0, delay.ms + jitter * radius * Math.cos(2 * Math.PI * rng.float()));
    }
    case 'exponential':
      return rng.exponential(delay.ms);
  }
}

/** The sum over all layers, in nanoseconds, for the delivery that `seed` addresses. */
export function drawDelaysNs(delays: readonly LayeredDelay[], seed: Seed): number {
  let ms = 0;
  for (const delay of delays) ms += drawDelayMs(delay, seed.fork('delay', delay.fault).rng());
  return Math.round(ms * 1e6);
}
