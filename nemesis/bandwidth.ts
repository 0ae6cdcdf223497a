/**
 * Narrows links: at most so many bytes per second, the rest waits in line, or is dropped where the line
 * is short. Default: Jepsen's megabit.
 */
import { LINK_PARAMS, linkFault } from './link-quality.ts';

/** The bandwidth fault, one lane. Whatever had to wait counts as delayed. */
export const bandwidth = linkFault({
  name: 'bandwidth',
  summary: 'Limits how many bytes per second a link carries.',
  capability: 'link.rate',
  modes: {
    limit: {
      summary: 'a fixed rate',
      params: {
        bytesPerSecond: { summary: 'rate of each link', default: 125_000, min: 1, max: 1e12 },
        ...LINK_PARAMS,
      },
    },
    congestion: {
      summary: 'a fixed rate, and a line so short that what finds it full is dropped',
      params: {
        bytesPerSecond: { summary: 'rate of each link', default: 20_000, min: 1, max: 1e12 },
        queueBytes: { summary: 'bytes that may wait', default: 2_000, min: 0, max: 1e12 },
        ...LINK_PARAMS,
      },
    },
  },
  defaultMode: 'limit',
  colour: 9,
  rule: (_mode, params) => ({
    rate: params['bytesPerSecond'] as number,
    ...(typeof params['queueBytes'] === 'number' ? { queueBytes: params['queueBytes'] } : {}),
  }),
  hits: (during, mode) => during.delayed + (mode === 'congestion' ? during.dropped : 0),
  verb: 'delayed or dropped',
  alsoNeeds: (mode) => (mode === 'congestion' ? ['link.loss'] : []),
});
