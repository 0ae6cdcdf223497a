/**
 * Slows links down: every message arrives later by a delay drawn for it. The default is Jepsen's 50 ms give or
 * take 10, normally distributed, on every link; with a target, only around those nodes.
 */
import type { Delay, ParameterSpec } from '../harness/contracts.ts';
import { LINK_PARAMS, linkFault } from './link-quality.ts';

const MEAN: ParameterSpec = { summary: 'mean extra delay', default: 50, min: 0, max: 600_000 };
const JITTER: ParameterSpec = { summary: 'spread of the delay', default: 10, min: 0, max: 600_000 };

/** The latency fault, one lane; modes are the distributions of the delay. */
export const latency = linkFault({
  name: 'latency',
  summary: 'Delays messages.',
  capability: 'link.latency',
  modes: {
    normal: {
      summary: 'around the mean, as on most networks',
      params: { ms: MEAN, jitterMs: JITTER, ...LINK_PARAMS },
    },
    constant: { summary: 'always the same', params: { ms: MEAN, ...LINK_PARAMS } },
    uniform: {
      summary: 'anything within the spread, equally likely',
      params: { ms: MEAN, jitterMs: JITTER, ...LINK_PARAMS },
    },
    exponential: { summary: 'mostly short, sometimes very long', params: { ms: MEAN, ...LINK_PARAMS } },
  },
  defaultMode: 'normal',
  colour: 4,
  rule(mode, params) {
    const delay: Delay = {
      ms: params['ms'] as number,
      distribution: mode as NonNullable<Delay['distribution']>,
    };
    const jitter = params['jitterMs'];
    return { delay: typeof jitter === 'number' ? { ...delay, jitterMs: jitter } : delay };
  },
  hits: (during) => during.delayed,
  verb: 'delayed',
});
