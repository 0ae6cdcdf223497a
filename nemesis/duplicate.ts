/**
 * Delivers messages twice at random: each message on the links is hit independently, with the same probability.
 */
import { LINK_PARAMS, linkFault } from './link-quality.ts';

/** The duplicate fault, one lane. */
export const duplicate = linkFault({
  name: 'duplicate',
  summary: 'Delivers messages twice at random.',
  capability: 'link.duplicate',
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
  colour: 6,
  rule: (_mode, params) => ({ duplicate: params['probability'] as number }),
  hits: (during) => during.duplicated,
  verb: 'duplicated',
});
