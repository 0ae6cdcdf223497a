/**
 * The services Maelstrom programs expect on their network, by name. They live in the harness, are never
 * killed or cut off, and keep what they hold while nodes come and go.
 */

import type { Json } from '../../../op.ts';
import type { Seed } from '../../../random.ts';
import { stringifyLossless } from '../../lossless-json.ts';
import { type Envelope, parseExactBody, toBytes } from '../envelope.ts';
import type { Service } from '../router.ts';
import { type Body, runKeyValue } from './key-value.ts';
import { LastWriteWinsStore } from './last-write-wins.ts';
import { SequentialStore } from './sequential.ts';

/** `lin-kv`, `seq-kv`, `lww-kv` and `lin-tso`, with their random choices drawn from the seed. */
export function makeServices(seed: Seed): Service[] {
  const linear = new Map<string, Json>();
  const sequential = new SequentialStore(seed.fork('seq-kv').rng());
  const eventual = new LastWriteWinsStore(seed.fork('lww-kv').rng());
  let timestamp = 0;
  return [
    service('lin-kv', (body) => {
      const store = {
        get: (key: string) => linear.get(key),
        set: (key: string, value: Json) => void linear.set(key, value),
      };
      return runKeyValue(body, store, true);
    }),
    service('seq-kv', (body, client) => sequential.handle(client, body)),
    service('lww-kv', (body) => eventual.handle(body)),
    service('lin-tso', (body) =>
      body['type'] === 'ts'
        ? { type: 'ts_ok', ts: timestamp++ }
        : { type: 'error', code: 10, text: 'lin-tso understands ts' },
    ),
  ];
}

function service(name: string, answer: (body: Body, client: string) => Body): Service {
  return {
    name,
    handle: (envelope: Envelope) => {
      const body = parseExactBody(envelope.body);
      // Nobody asked for an answer to an answer.
      if (body['in_reply_to'] !== undefined) return null;
      const reply = answer(body, envelope.src);
      return toBytes(stringifyLossless({ ...reply, in_reply_to: body['msg_id'] ?? null }));
    },
  };
}
