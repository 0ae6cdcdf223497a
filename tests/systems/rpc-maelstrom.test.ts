/** Requests of the Maelstrom protocol: exact bodies, and what a reply is taken for. */
import { describe, expect, it } from 'vitest';
import { type Cluster, type Invocation, OpFailure } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { rpcClient } from '../../systems/rpc.ts';
import { PROTOCOL_WORKLOADS, type ProtocolChoices, protocolRpcs } from '../../systems/rpc-maelstrom.ts';

type Body = Record<string, Json>;
const OBSERVED: ProtocolChoices = { missing: 'observed', set: 'g-set' };

/** Asks one operation of a node that answers so; an error when it is a failure. */
async function asked(workload: string, op: Invocation, reply: Body | OpFailure, choices = OBSERVED) {
  const sent: Body[] = [];
  const complaints: string[] = [];
  const cluster = {
    request: async (_: string, body: Body) => {
      sent.push(body);
      if (reply instanceof OpFailure) throw reply;
      return reply;
    },
    complain: (_: string, reason: string) => void complaints.push(reason),
  } as unknown as Cluster;
  const client = rpcClient(cluster, 'n1', 'c', protocolRpcs(workload, choices));
  const call = { signal: new AbortController().signal, timeoutMs: 10 };
  try {
    const value = await client.invoke(op, call);
    return { sent, complaints, value };
  } catch (error) {
    if (!(error instanceof OpFailure)) throw error;
    return { sent, complaints, error: error.error };
  }
}

const failure = (kind: string, definite: boolean): OpFailure => new OpFailure({ kind, definite });

describe('requests', () => {
  it.each<[string, Invocation, Body, Body, Json]>([
    [
      'register',
      { f: 'read', key: 3, value: null },
      { type: 'read', key: 3 },
      { type: 'read_ok', value: 4 },
      4,
    ],
    [
      'register',
      { f: 'cas', key: 3, value: [4, 5] },
      { type: 'cas', key: 3, from: 4, to: 5 },
      { type: 'cas_ok' },
      [4, 5],
    ],
    ['g-counter', { f: 'read', value: null }, { type: 'read' }, { type: 'read_ok', value: 7 }, 7],
    ['pn-counter', { f: 'add', value: -3 }, { type: 'add', delta: -3 }, { type: 'add_ok' }, -3],
    ['set', { f: 'add', value: 7 }, { type: 'add', element: 7 }, { type: 'add_ok' }, 7],
    ['set', { f: 'read', value: null }, { type: 'read' }, { type: 'read_ok', value: null }, []],
    ['broadcast', { f: 'read', value: null }, { type: 'read' }, { type: 'read_ok', messages: null }, []],
    [
      'kafka',
      { f: 'send', key: '2', value: 9 },
      { type: 'send', key: '2', msg: 9 },
      { type: 'send_ok', offset: 4 },
      4,
    ],
    [
      'kafka',
      { f: 'poll', value: { '2': 3 } },
      { type: 'poll', offsets: { '2': 3 } },
      { type: 'poll_ok', msgs: { '1': null, '2': [[3, 5]] } },
      { '1': [], '2': [[3, 5]] },
    ],
    [
      'kafka',
      { f: 'committed', value: ['2'] },
      { type: 'list_committed_offsets', keys: ['2'] },
      { type: 'list_committed_offsets_ok', offsets: null },
      {},
    ],
    [
      'list-append',
      { f: 'txn', value: [['r', 1, null]] },
      { type: 'txn', txn: [['r', 1, null]] },
      { type: 'txn_ok', txn: [['r', 1, null]] },
      [['r', 1, null]],
    ],
  ])('%s %j', async (workload, op, body, reply, value) => {
    const result = await asked(workload, op, { ...reply, in_reply_to: 1 });
    expect(result).toMatchObject({ sent: [body], complaints: [], value });
    expect(Object.keys(result.sent[0]!).sort()).toEqual(Object.keys(body).sort());
  });

  it('knows the ten workloads', () => {
    expect(PROTOCOL_WORKLOADS).toHaveLength(10);
    for (const name of PROTOCOL_WORKLOADS) expect(Object.keys(protocolRpcs(name, OBSERVED))).not.toEqual([]);
  });
});

describe('replies', () => {
  const read: Invocation = { f: 'read', key: 1, value: null };
  const cas: Invocation = { f: 'cas', key: 1, value: [1, 2] };

  it('of another type, or without what they must have, leave the effect open', async () => {
    for (const [workload, op, reply] of [
      ['register', { f: 'write', key: 1, value: 2 }, { type: 'cas_ok' }],
      ['kafka', { f: 'send', key: '1', value: 2 }, { type: 'send_ok', offset: 'four' }],
      ['list-append', { f: 'txn', value: [['append', 1, 2]] }, { type: 'txn_ok', txn: [['append', 2, 2]] }],
      ['list-append', { f: 'txn', value: [['r', 1, null]] }, { type: 'txn_ok', txn: [['r', 1, 5]] }],
      ['unique-ids', { f: 'generate', value: null }, { type: 'generate_ok' }],
    ] as const)
      expect(await asked(workload, op as unknown as Invocation, reply as unknown as Body)).toMatchObject({
        error: { kind: 'malformed-reply', definite: false },
      });
  });

  it('with a field too many are taken, and said', async () => {
    const reply = { type: 'read_ok', value: 1, in_reply_to: 2, msg_id: 9, extra: true };
    expect(await asked('register', read, reply)).toMatchObject({
      value: 1,
      complaints: ['unknown key "extra" in read_ok'],
    });
  });

  it('that a key is missing are observations', async () => {
    const missing = failure('key-does-not-exist', true);
    expect(await asked('register', read, missing)).toMatchObject({ value: null });
    expect(await asked('register', cas, missing)).toMatchObject({ error: { kind: 'precondition-failed' } });
    const parity: ProtocolChoices = { ...OBSERVED, missing: 'failed' };
    for (const op of [read, cas])
      expect(await asked('register', op, missing, parity)).toMatchObject({ error: missing.error });
  });

  it('that never came leave only what changes something open', async () => {
    const late = failure('timeout', false);
    const definite = { error: { kind: 'timeout', definite: true } };
    expect(await asked('register', read, late)).toMatchObject(definite);
    expect(await asked('broadcast', read, late)).toMatchObject(definite);
    expect(await asked('kafka', { f: 'poll', value: {} }, late)).toMatchObject(definite);
    const open = { error: { kind: 'timeout', definite: false } };
    expect(await asked('register', cas, late)).toMatchObject(open);
    expect(await asked('g-counter', read, late)).toMatchObject(open);
    expect(await asked('set', read, late)).toMatchObject(open);
  });
});
