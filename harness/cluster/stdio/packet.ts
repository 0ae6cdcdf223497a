/**
 * What travels on the stdio network, and what the journal says of it at the end of its way.
 */
import type { Envelope } from './envelope.ts';
import type { MessageFate, MessageRecord } from './message-journal.ts';
import type { Arrival } from './net-core.ts';

/** An envelope under way. */
export interface Packet {
  envelope: Envelope;
  order: number;
  /** Life of the receiving node when it was sent: a message does not outlive the process it was meant for. */
  life: number;
  /** Made or changed by a tap. */
  made: boolean;
  /** Set on probes: told how they fared, and delivered to nobody. */
  probe?: (fate: MessageFate) => void;
}

/** The record of a packet that has arrived or got lost. */
export function recordOf(
  arrival: Arrival<Packet>,
  fate: MessageFate,
  endOrder: number,
  endNs: number,
): MessageRecord {
  const { message, from, copy, tampered, sentNs } = arrival;
  const { src, dest, type, msgId, inReplyTo, body } = message.envelope;
  return {
    sentOrder: message.order,
    endOrder,
    sentNs,
    endNs,
    fate,
    from: from.endpoint === 'clients' ? src : from.name,
    src,
    dest,
    type,
    msgId,
    inReplyTo,
    bytes: body.length,
    marks: `${copy ? 'c' : ''}${tampered ? 't' : ''}${message.made ? 'f' : ''}`,
  };
}
