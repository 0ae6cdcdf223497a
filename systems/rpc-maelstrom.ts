/**
 * The requests of Maelstrom's ten workloads, exactly as its programs know them: no field beside those of the
 * protocol, and replies held against what the protocol says they hold.
 */
import { OpFailure } from '../harness/contracts.ts';
import type { Json } from '../harness/op.ts';
import { field, keyOf, listField, malformed, mapField, type Rpc, type RpcTable } from './rpc.ts';
import { BROADCAST, RPCS } from './rpc-tables.ts';

/** How requests are put and answers read where the protocol leaves a choice. */
export interface ProtocolChoices {
  /** A key that does not exist: an observation, or, as in Maelstrom itself, a failure that says nothing. */
  missing: 'observed' | 'failed';
  /** The set workload by the requests of `g-set`, or by those of `broadcast`. */
  set: 'g-set' | 'broadcast';
}

/** What Maelstrom calls the workloads that have another name here. */
export const PROTOCOL_NAMES: Readonly<Record<string, string>> = {
  'lin-kv': 'register',
  'g-set': 'set',
  'txn-list-append': 'list-append',
  'txn-rw-register': 'rw-register',
};

const answered = (rpc: Rpc, type: string, ...keys: string[]): Rpc => ({ ...rpc, answer: { type, keys } });
/** It changes nothing, so that one that was not answered may count as not made. */
const harmless = (rpc: Rpc): Rpc => ({ ...rpc, harmless: true });

function register(choices: ProtocolChoices): RpcTable {
  const { read, write, cas } = RPCS['register'] as Readonly<Record<'read' | 'write' | 'cas', Rpc>>;
  const { failed: _, ...strict } = read;
  const wanted = choices.missing === 'observed' ? read : strict;
  return {
    read: harmless(answered(wanted, 'read_ok', 'value')),
    write: answered(write, 'write_ok'),
    cas: { ...answered(cas, 'cas_ok'), failed: (failure) => refusedCas(failure, choices) },
  };
}

/** A key that does not exist holds nothing, hence not what was expected: as much of a refusal as another value. */
function refusedCas({ error }: OpFailure, { missing }: ProtocolChoices): never {
  const observed = missing === 'observed' && error.kind === 'key-does-not-exist';
  throw new OpFailure(observed ? { ...error, kind: 'precondition-failed' } : error);
}

const SET: RpcTable = {
  add: answered(RPCS['set']!['add']!, 'add_ok'),
  read: answered(RPCS['set']!['read']!, 'read_ok', 'value'),
};

const BROADCAST_VALUES: RpcTable = {
  broadcast: answered(RPCS['broadcast']!['broadcast']!, 'broadcast_ok'),
  read: harmless(answered(RPCS['broadcast']!['read']!, 'read_ok', 'messages')),
};

const COUNTER: RpcTable = {
  add: answered(RPCS['g-counter']!['add']!, 'add_ok'),
  read: answered(
    { request: () => ({ type: 'read' }), value: (reply) => field(reply, 'value') },
    'read_ok',
    'value',
  ),
};

const KAFKA: RpcTable = {
  send: answered(
    {
      // Keys are texts on the wire: programs divide them among nodes by reading them as numbers.
      request: (op) => ({ type: 'send', key: String(keyOf(op)), msg: op.value }),
      value: (reply) => offsetField(reply),
    },
    'send_ok',
    'offset',
  ),
  poll: harmless(
    answered(
      {
        request: (op) => ({ type: 'poll', offsets: op.value }),
        value: (reply) =>
          mapField(reply, 'msgs', (messages) => {
            if (messages === null) return [];
            return Array.isArray(messages) && messages.every(isMessage) ? messages : undefined;
          }),
      },
      'poll_ok',
      'msgs',
    ),
  ),
  commit: answered(
    { request: (op) => ({ type: 'commit_offsets', offsets: op.value }), value: (_, op) => op.value },
    'commit_offsets_ok',
  ),
  committed: harmless(
    answered(
      {
        request: (op) => ({ type: 'list_committed_offsets', keys: op.value }),
        value: (reply) =>
          mapField(reply, 'offsets', (offset) => (Number.isInteger(offset) ? offset : undefined)),
      },
      'list_committed_offsets_ok',
      'offsets',
    ),
  ),
};

function isMessage(pair: Json): boolean {
  return Array.isArray(pair) && pair.length === 2 && Number.isInteger(pair[0]);
}

function offsetField(reply: Readonly<Record<string, Json>>): Json {
  const offset = field(reply, 'offset');
  if (Number.isInteger(offset)) return offset;
  throw malformed(reply, 'has no whole number in "offset"');
}

/** A transaction comes back as it was asked, micro-operation by micro-operation, with the reads filled in. */
const TXN: RpcTable = {
  txn: answered(
    {
      request: (op) => ({ type: 'txn', txn: op.value }),
      value: (reply, op) => {
        const asked = op.value as [string, Json, Json][];
        const done = listField(reply, 'txn') as Json[];
        const same = (mop: Json, i: number): boolean => {
          const wanted = asked[i]!;
          if (!Array.isArray(mop) || mop.length !== 3 || mop[0] !== wanted[0]) return false;
          return mop[1] === wanted[1] && (wanted[0] === 'r' || mop[2] === wanted[2]);
        };
        if (done.length === asked.length && done.every(same)) return done;
        throw malformed(reply, 'is not the transaction that was asked');
      },
    },
    'txn_ok',
    'txn',
  ),
};

/** In list-append a read shows a list; an empty one may be null. */
const LIST_TXN: RpcTable = {
  txn: {
    ...TXN['txn']!,
    value: (reply, op) => {
      const done = TXN['txn']!.value(reply, op) as Json[];
      const isList = (mop: Json): boolean =>
        !Array.isArray(mop) || mop[0] !== 'r' || mop[2] === null || Array.isArray(mop[2]);
      if (done.every(isList)) return done;
      throw malformed(reply, 'has a read that shows no list');
    },
  },
};

/** Workloads of the protocol by the names they have here. */
export const PROTOCOL_WORKLOADS: readonly string[] = [
  'register',
  'set',
  'broadcast',
  'g-counter',
  'pn-counter',
  'unique-ids',
  'echo',
  'kafka',
  'list-append',
  'rw-register',
];

/** Operations that concern the client alone and are not sent. */
export const LOCAL_OPERATIONS: readonly string[] = ['assign'];

/** The requests of a workload; those the protocol does not have are those of the reference systems. */
export function protocolRpcs(workload: string, choices: ProtocolChoices): RpcTable {
  switch (workload) {
    case 'register':
      return register(choices);
    case 'set':
      return choices.set === 'broadcast' ? BROADCAST : SET;
    case 'broadcast':
      return BROADCAST_VALUES;
    case 'g-counter':
    case 'pn-counter':
      return COUNTER;
    case 'kafka':
      return KAFKA;
    case 'list-append':
      return LIST_TXN;
    case 'rw-register':
      return TXN;
    case 'unique-ids':
      return { generate: answered(RPCS['unique-ids']!['generate']!, 'generate_ok', 'id') };
    case 'echo':
      return { echo: answered(RPCS['echo']!['echo']!, 'echo_ok', 'echo') };
    default:
      return RPCS[workload] ?? {};
  }
}
