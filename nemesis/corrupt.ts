/**
 * Flips bits of packets under way: each packet on the links is hit independently, with the same probability. A checksum
 * shows it, so that the packet is lost to whoever checks; what cannot be shown by a checksum is `tamper`.
 */
import { LINK_PARAMS, linkFault } from './link-quality.ts';

/** The corrupt fault, one lane. */
export const corrupt = linkFault({
  name: 'corrupt',
  summary: 'Flips bits of packets under way, which their checksums show.',
  capability: 'link.corrupt',
  modes: {
    random: {
      summary: 'each packet independently',
      params: {
        probability: { summary: 'chance per packet', default: 0.2, min: 0, max: 1 },
        ...LINK_PARAMS,
      },
    },
  },
  defaultMode: 'random',
  colour: 21,
  rule: (_mode, params) => ({ corrupt: params['probability'] as number }),
  hits: (during) => during.corrupted,
  verb: 'corrupted',
});
