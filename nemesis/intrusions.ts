/**
 * Faults of somebody on the network who is not to be trusted: old messages delivered again, messages in the name of
 * nodes that never sent them, and plain listening.
 */
import { Listener } from '../harness/taps/listener.ts';
import { CLIENTS_PARAM, DIRECTION_PARAM, tapFault } from './tap-fault.ts';

/** The replay fault, one lane: old messages come again. */
export const replay = tapFault({
  name: 'replay',
  summary: 'Delivers old messages of a link again, long after they were sent.',
  kind: 'replay',
  capability: 'message.tap',
  modes: {
    random: {
      summary: 'after a message, by chance, an earlier one of the same link',
      params: {
        probability: { summary: 'chance per message', default: 0.2, min: 0, max: 1 },
        minAgeMs: { summary: 'how old a message must be to come again', default: 200, min: 0, max: 600_000 },
        ...DIRECTION_PARAM,
        ...CLIENTS_PARAM,
      },
    },
  },
  defaultMode: 'random',
  colour: 13,
  defaultTarget: () => 'all',
  hits: ({ added }) => added,
  verb: 'followed by one that was replayed',
});

/** The forge fault, one lane: messages that the node they name never sent. */
export const forge = tapFault({
  name: 'forge',
  summary:
    'Puts messages on the network in the name of a node that never sent them: only a system that can tell must pass.',
  kind: 'forge',
  capability: 'message.tap',
  modes: {
    random: {
      summary: 'after a message, by chance, one like it with another content',
      params: {
        probability: { summary: 'chance per message', default: 0.1, min: 0, max: 1 },
        ...CLIENTS_PARAM,
      },
    },
  },
  defaultMode: 'random',
  colour: 14,
  sameNodes: true,
  defaultTarget: () => 'one',
  hits: ({ added }) => added,
  verb: 'followed by one that was forged',
});

/** Values of messages shown in the evidence itself. */
const SHOWN = 3;

/** The eavesdrop fault, one lane: changes nothing, and keeps what could be read. */
export const eavesdrop = tapFault({
  name: 'eavesdrop',
  summary: 'Listens on links and keeps what could be read there as evidence; changes nothing.',
  kind: 'listen',
  capability: 'link.listen',
  modes: {
    passive: {
      summary: 'everything on the links, into a file beside the report',
      params: {
        ...DIRECTION_PARAM,
        clients: { summary: 'also the links between clients and the targets', default: true },
      },
    },
  },
  defaultMode: 'passive',
  colour: 15,
  defaultTarget: () => 'one',
  hits: ({ seen }) => seen,
  verb: 'read in plain',
  ended(planned, tap, { keep }) {
    if (!(tap instanceof Listener)) return {};
    const { lines, bytes, leftOut } = tap;
    const file = keep?.(`${planned.id}.jsonl`, lines) ?? null;
    return { bytes, kept: lines.length, leftOut, file, first: lines.slice(0, SHOWN).map(clipped) };
  },
});

function clipped(line: string): string {
  return line.length <= 200 ? line : `${line.slice(0, 197)}...`;
}
