/**
 * Loses messages at random: each message on the links is hit independently, with the same probability.
 */
import { LINK_PARAMS, linkFault } from './link-quality.ts';

/** The loss fault, one lane. */
export const loss = linkFault({
  name: 'loss',
  summary: 'Loses messages at random.',
  capability: 'link.loss',
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
  colour: 5,
  rule: (_mode, params) => ({ loss: params['probability'] as number }),
  hits: (during) => during.dropped,
  verb: 'lost',
});
