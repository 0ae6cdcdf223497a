/**
 * Delivers messages out of order at random: each message on the links is hit independently, with the same probability.
 */
import { LINK_PARAMS, linkFault } from './link-quality.ts';

/** The reorder fault, one lane. */
export const reorder = linkFault({
  name: 'reorder',
  summary: 'Delivers messages out of order at random.',
  capability: 'link.reorder',
  modes: {
    random: {
      summary: 'each message independently',
      params: {
        probability: { summary: 'chance per message', default: 0.2, min: 0, max: 1 },
        ...LINK_PARAMS,
      },
    },
  },
  defaultMode: 'random',
  colour: 7,
  rule: (_mode, params) => ({ reorder: params['probability'] as number }),
  hits: (during) => during.reordered,
  verb: 'reordered',
});
