/**
 * What answers of etcd mean: an error is definite only where etcd certainly did nothing.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Cluster, type NodeState, OpFailure } from '../../../harness/contracts.ts';
import { signalAfter } from '../../../harness/time.ts';
import { decode, EtcdGateway, encode, int64, type Message } from '../../../systems/etcd/gateway.ts';
import { prefix } from '../../../systems/etcd/objects.ts';

let server: Server | null = null;
let gateway: EtcdGateway | null = null;

afterEach(async () => {
  await gateway?.close();
  server?.closeAllConnections();
  server?.close();
});

async function against(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  state: NodeState = 'running',
): Promise<EtcdGateway> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cluster = { state: () => state, clientAddress: () => ({ host: '127.0.0.1', port }) };
  gateway = new EtcdGateway(cluster as unknown as Cluster, 'n1');
  return gateway;
}

async function failureOf(work: Promise<unknown>): Promise<OpFailure['error']> {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(OpFailure);
  return (error as OpFailure).error;
}

const call = { signal: signalAfter(60_000) };

describe('an error of etcd', () => {
  it.each([
    [503, 14, 'etcdserver: request timed out', false, 'timed-out'],
    [503, 14, 'etcdserver: leader changed', false, 'leader-changed'],
    [503, 14, 'etcdserver: server stopped', false, 'server-stopped'],
    [503, 14, 'etcdserver: no leader', false, 'no-leader'],
    [500, 2, 'something else', false, 'grpc-2'],
    [504, 4, 'context deadline exceeded', false, 'timed-out'],
    [503, 8, 'etcdserver: too many requests', true, 'too-many-requests'],
    [404, 5, 'etcdserver: requested lease not found', true, 'lease-not-found'],
    [400, 11, 'etcdserver: mvcc: required revision has been compacted', true, 'compacted'],
    [400, 3, 'etcdserver: duplicate key given in txn request', true, 'grpc-3'],
  ])('%i %i %s: definite %s, %s', async (status, code, error, definite, kind) => {
    const made = await against((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error, message: error, code }));
    });
    expect(await failureOf(made.call('/v3/kv/put', {}, call))).toMatchObject({
      definite,
      kind,
      message: error,
    });
    expect(await failureOf(made.call('/v3/kv/range', {}, { ...call, harmless: true }))).toMatchObject({
      definite: true,
    });
  });

  it('leaves open what became of a request without an answer, unless it changes nothing', async () => {
    const made = await against((request) => request.socket.destroy());
    expect(await failureOf(made.call('/v3/kv/put', {}, call))).toMatchObject({ definite: false });
    expect(await failureOf(made.call('/v3/kv/range', {}, { ...call, harmless: true }))).toMatchObject({
      definite: true,
    });
  });

  it('does not believe an answer it cannot read', async () => {
    const made = await against((_, response) => response.end('[1'));
    const failure = await failureOf(made.call('/v3/kv/put', {}, call));
    expect(failure).toMatchObject({ definite: false, kind: 'malformed-reply' });
  });

  it('asks no member that is down', async () => {
    const made = await against(() => expect.unreachable(), 'crashed');
    expect(await failureOf(made.call('/v3/kv/put', {}, call))).toMatchObject({ definite: true });
  });
});

describe('a stream', () => {
  it('hears messages however they were cut, until enough was heard', async () => {
    const made = await against((_, response) => {
      response.write('{"result":{"a"');
      setImmediate(() => response.write(':1}}\n{"result":{"a":2}}\n{"result":'));
    });
    const heard: Message[] = [];
    await made.stream('/v3/watch', {}, call.signal, (message) => heard.push(message) < 2);
    expect(heard).toEqual([{ result: { a: 1 } }, { result: { a: 2 } }]);
  });

  it('fails without effect when it breaks', async () => {
    const made = await against((request) => request.socket.destroy());
    const failure = await failureOf(made.stream('/v3/watch', {}, call.signal, () => true));
    expect(failure.definite).toBe(true);
  });
});

describe('values', () => {
  it('are bytes in base64 and numbers in texts', () => {
    expect(decode(encode('grüß dich'))).toBe('grüß dich');
    expect(decode(undefined)).toBe('');
    expect([int64('12'), int64(undefined)]).toEqual([12, 0]);
  });

  it('have prefixes that end before the next text', () => {
    expect(prefix('set/')).toEqual({ key: encode('set/'), rangeEnd: encode('set0') });
  });
});
