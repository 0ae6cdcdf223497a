/**
 * The causes of a timeout that a client cannot tell apart, each on purpose: the request was lost, the answer was
 * lost, the node is slow. (That the node is dead is the fault `kill`.) Whatever the cause, the operation may have
 * happened.
 */
import type { Fault } from '../harness/contracts.ts';
import { type LinkQuality, linkFault } from './link-quality.ts';
import type { LinkEnds } from './traffic.ts';

const LOST = {
  random: {
    summary: 'each one by chance',
    params: { probability: { summary: 'chance per message', default: 0.5, min: 0, max: 1 } },
  },
} as const satisfies Fault['modes'];

function dropping(parts: Pick<LinkQuality, 'name' | 'summary' | 'links' | 'colour' | 'verb'>): Fault {
  return linkFault({
    ...parts,
    capability: 'client-link.loss',
    modes: LOST,
    defaultMode: 'random',
    rule: (_mode, params) => ({ loss: params['probability'] as number }),
    hits: (during) => during.dropped,
  });
}

/** The drop-request fault, one lane: what clients ask does not arrive. */
export const dropRequest = dropping({
  name: 'drop-request',
  summary: 'Loses requests of clients on their way: they time out, and nothing has happened.',
  links: (targets) => targets.map((node): LinkEnds => ({ from: 'clients', to: node })),
  colour: 16,
  verb: 'lost on the way to the node',
});

/** The drop-reply fault, one lane: what nodes answer does not arrive. */
export const dropReply = dropping({
  name: 'drop-reply',
  summary: 'Loses answers of nodes on their way back: clients time out, and everything has happened.',
  links: (targets) => targets.map((node): LinkEnds => ({ from: node, to: 'clients' })),
  colour: 17,
  verb: 'lost on the way to the client',
});

/** The slow fault, one lane: nodes that answer late. */
export const slow = linkFault({
  name: 'slow',
  summary: 'Makes nodes slow: whatever they send, to clients too, comes late.',
  capability: 'link.latency',
  modes: {
    late: {
      summary: 'later by a delay drawn for each message',
      params: {
        ms: { summary: 'mean delay', default: 1_500, min: 0, max: 600_000 },
        jitterMs: { summary: 'spread of the delay', default: 500, min: 0, max: 600_000 },
      },
    },
  },
  defaultMode: 'late',
  colour: 18,
  targets: ['one', 'minority'],
  links: (targets, nodes) =>
    targets.flatMap((from) =>
      [...nodes, 'clients'].filter((to) => to !== from).map((to): LinkEnds => ({ from, to })),
    ),
  rule: (_mode, params) => ({
    delay: { ms: params['ms'] as number, jitterMs: params['jitterMs'] as number, distribution: 'normal' },
  }),
  hits: (during) => during.delayed,
  verb: 'sent late',
});
