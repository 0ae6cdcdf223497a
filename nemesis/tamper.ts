/**
 * Changes the content of messages at random: each message on the links is hit independently, with the same probability.
 */
import { LINK_PARAMS, linkFault } from './link-quality.ts';

/** The tamper fault, one lane. */
export const tamper = linkFault({
  name: 'tamper',
  summary:
    'Changes the content of messages at random: only a system that promises to survive lies must pass.',
  capability: 'link.tamper',
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
  colour: 8,
  rule: (_mode, params) => ({ tamper: params['probability'] as number }),
  hits: (during) => during.tampered,
  verb: 'tampered with',
});
