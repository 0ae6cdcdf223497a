/**
 * The Maelstrom transport: envelopes on standard input and output, the node's name and peers from `init`.
 * Messages that arrive before `init` are dropped, as a network may.
 */
import type { Envelope, Program } from '../api.ts';
import { note, type processEffects } from './effects.ts';
import { Host } from './host.ts';
import { EnvelopeReader } from './lines.ts';

/** Serves the program until standard input ends. */
export function serveStdio(program: Program, effects: ReturnType<typeof processEffects>): void {
  let host: Host | undefined;
  const emit = (messages: readonly Envelope[]): void => {
    process.stdout.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  };
  const init = (message: Envelope): void => {
    const { node_id: id, node_ids: ids, msg_id } = message.body;
    if (typeof id !== 'string' || !Array.isArray(ids)) {
      note('dropped an init without node_id and node_ids');
      return;
    }
    const peers = ids.map(String).filter((name) => name !== id);
    host ??= new Host(program, id, peers, { ...effects, emit });
    emit([{ src: id, dest: message.src, body: { type: 'init_ok', in_reply_to: msg_id ?? null } }]);
  };
  const reader = new EnvelopeReader(note);
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk: string) => {
    const messages = reader.push(chunk);
    for (const message of messages) if (message.body.type === 'init') init(message);
    host?.batch(() => {
      for (const message of messages) if (message.body.type !== 'init') host!.deliver(message);
    });
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdout.on('error', () => process.exit(0));
}
