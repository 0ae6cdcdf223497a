/**
 * Has long packets vanish without a word, as where a tunnel on the way is narrower than both ends believe and nobody
 * tells them: connections are made, short messages pass, and the first long one is never answered.
 */
import { LINK_PARAMS, linkFault } from './link-quality.ts';

/** The mtu fault, one lane. */
export const mtu = linkFault({
  name: 'mtu',
  summary: 'Has packets longer than some length vanish.',
  capability: 'link.mtu',
  modes: {
    'black-hole': {
      summary: 'without telling the sender',
      params: {
        bytes: {
          summary: 'longest packet that passes, with its IP header',
          default: 576,
          min: 68,
          max: 65_535,
        },
        ...LINK_PARAMS,
      },
    },
  },
  defaultMode: 'black-hole',
  colour: 22,
  rule: (_mode, params) => ({ mtu: params['bytes'] as number }),
  hits: (during) => during.dropped,
  verb: 'dropped',
});
