/**
 * What taps make of an envelope: bodies are read for them and written again only where they changed.
 */
import type { Body } from '../../program.ts';
import type { TapLayers } from '../../taps/tap-layers.ts';
import { stringifyLossless } from '../lossless-json.ts';
import { type Envelope, parseBody, toBytes } from './envelope.ts';
import type { Party } from './net-core.ts';

/** The envelopes that are sent in place of one; the very same object is the envelope as it was. */
export function tapped(
  taps: TapLayers,
  from: Party,
  to: Party,
  envelope: Envelope,
  nowNs: number,
): readonly Envelope[] {
  if (taps.empty || !taps.on(from.endpoint, to.endpoint)) return [envelope];
  const body = parseBody(envelope.body) as Body;
  return taps
    .pass(from.endpoint, to.endpoint, body, nowNs)
    .map((each) => (each === body ? envelope : rewritten(envelope, each)));
}

function rewritten(envelope: Envelope, body: Body): Envelope {
  return {
    ...envelope,
    body: toBytes(stringifyLossless(body)),
    type: body.type ?? null,
    msgId: body['msg_id'] ?? null,
    inReplyTo: body['in_reply_to'] ?? null,
  };
}
