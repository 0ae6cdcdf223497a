/**
 * The command system against a small HTTP server and small programs: what each answer becomes.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resolveCommand } from '../../../harness/config/command.ts';
import type { CommandConfig } from '../../../harness/config/command-types.ts';
import type { Client, Cluster, NodeAddress, NodeState, SystemContext } from '../../../harness/contracts.ts';
import { commandSystem } from '../../../systems/command/command.ts';
import { invoke } from '../asked.ts';

type Reply = {
  status?: number;
  body?: string;
  headers?: Record<string, string>;
  destroy?: boolean;
  /** Never answered. */
  silent?: boolean;
};
let server: Server;
let port: number;
let replies: Reply[];
let asked: { method: string; url: string; body: string; type: string | undefined }[];
let state: NodeState;

beforeAll(async () => {
  server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ method: request.method!, url: request.url!, body, type: request.headers['content-type'] });
    const reply = replies.shift() ?? {};
    if (reply.destroy) return void request.socket.destroy();
    if (reply.silent) return;
    response.writeHead(reply.status ?? 200, reply.headers).end(reply.body ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => void server.close());

beforeEach(() => {
  replies = [];
  asked = [];
  state = 'running';
});

const address: NodeAddress = {
  id: 'n2',
  index: 1,
  host: '127.0.0.1',
  ports: { main: 4000, peer: 4001 },
  dataDir: '/data/n2',
  peers: [
    { id: 'n3', host: '127.0.0.1', ports: { main: 5003, peer: 6003 } },
    { id: 'n1', host: '127.0.0.1', ports: { main: 5001, peer: 6001 } },
  ],
};

function contextOf(workload: string, at = port): SystemContext {
  const cluster = {
    nodes: ['n1', 'n2', 'n3'],
    state: () => state,
    address: () => address,
    clientAddress: () => ({ host: '127.0.0.1', port: at }),
  } as unknown as Cluster;
  return { cluster, nodes: cluster.nodes, workload, options: {}, bugs: [] };
}

const system = (config: Omit<CommandConfig, 'start'> & { start?: string }) =>
  commandSystem(resolveCommand({ start: 'program', ...config }, '/'));

const open = (operations: CommandConfig['operations'], workload = 'register', at = port): Promise<Client> =>
  system({ operations: operations! }).open('n2', contextOf(workload, at), 'c1');

const failure = (definite: boolean, kind: string) => ({ error: { definite, kind } });
const READ = { f: 'read', key: 'a/b', value: null };
const WRITE = { f: 'write', key: 'k', value: 5 };

describe('starting', () => {
  it('fills the templates of a readiness probe per node, and passes the stop signal on', () => {
    const operations = { register: { read: { http: 'GET /' }, write: { http: 'PUT /' } } };
    const program = (ready: CommandConfig['ready']) =>
      commandSystem(
        resolveCommand(
          { start: 'program', stop: 'SIGINT', operations, ports: ['main', 'peer'], ready: ready! },
          '/',
        ),
      ).program(address, contextOf('register'), 'tcp');
    expect(program({ command: 'check {{node.id}} {{node.port}} {{node.port.peer}}' })).toMatchObject({
      stopSignal: 'SIGINT',
      ready: { kind: 'command', file: 'check', args: ['n2', '4000', '4001'] },
    });
    expect(program({ http: '/health/{{node.id}}' }).ready).toMatchObject({
      kind: 'http',
      path: '/health/n2',
    });
  });

  it('keeps integers that a number cannot hold', async () => {
    const made = commandSystem(
      resolveCommand(
        { start: 'program', operations: { 'unique-ids': { generate: { http: 'GET /id', value: 'id' } } } },
        '/',
      ),
    );
    const client = await made.open('n2', contextOf('unique-ids'), 'c1');
    replies = [{ body: '{"id":9007199254740993}' }, { body: '{"id":9007199254740992}' }];
    const ids = [
      await invoke(client, { f: 'generate', value: null }),
      await invoke(client, { f: 'generate', value: null }),
    ];
    expect(ids[0]).not.toEqual(ids[1]);
    await client.close();
  });

  it('fills templates in the command line and the environment', () => {
    const made = system({
      start:
        'run --id {{node.id}} --at {{node.host}}:{{node.port}} --p {{node.port.peer}} --of {{peers}} {{peers.ids}}',
      env: { DATA: '{{node.dir}}/x', ALL: '{{nodes}}' },
      ports: ['main', 'peer'],
      peers: { format: '{{peer.id}}={{peer.host}}:{{peer.port.peer}}', self: true },
      operations: { register: {} },
    });
    const spec = made.program(address, contextOf('register'), 'tcp');
    expect([spec.file, ...spec.args].join(' ')).toBe(
      'run --id n2 --at 127.0.0.1:4000 --p 4001 --of n1=127.0.0.1:6001,n2=127.0.0.1:4001,n3=127.0.0.1:6003 n1,n2,n3',
    );
    expect(spec.env).toEqual({ DATA: '/data/n2/x', ALL: 'n1,n2,n3' });
    expect(made.ports).toEqual(['main', 'peer']);
  });

  it('refuses a section by which nothing can be asked', () => {
    expect(() => system({})).toThrow(/no operations and no maelstrom/);
  });

  it('takes the operations of a Maelstrom node from the protocol', () => {
    const made = system({ maelstrom: ['echo'] });
    expect(made.backends).toEqual(['stdio']);
    expect(made.workloads).toEqual({ echo: ['echo'] });
    expect(() => system({ maelstrom: ['ecko'] })).toThrow(/ecko/);
  });
});

describe('operations over HTTP', () => {
  it('sends keys encoded in paths and values as JSON in bodies, and finds the value', async () => {
    const client = await open({
      register: {
        read: { http: '/kv/{{key}}', value: 'value' },
        write: {
          http: { method: 'PUT', path: '/kv/{{key}}', body: { v: '{{value}}', by: 'at {{node.id}}' } },
        },
        cas: { http: { method: 'POST', path: '/cas?k={{key}}', body: ['{{from}}', '{{to}}'] } },
      },
    });
    replies = [{ body: '{"value":[1]}' }, {}, {}];
    expect(await invoke(client, READ)).toEqual([1]);
    expect(await invoke(client, WRITE)).toBe(5);
    expect(await invoke(client, { f: 'cas', key: 1, value: [5, null] })).toEqual([5, null]);
    expect(asked).toEqual([
      { method: 'GET', url: '/kv/a%2Fb', body: '', type: undefined },
      { method: 'PUT', url: '/kv/k', body: '{"v":5,"by":"at n2"}', type: 'application/json' },
      { method: 'POST', url: '/cas?k=1', body: '[5,null]', type: 'application/json' },
    ]);
    await client.close();
  });

  it('sorts statuses into answers, certain failures and unknown outcomes', async () => {
    const http = { path: '/x', definite: [409, 412], notFound: [404] };
    const client = await open({ register: { read: { http }, write: { http }, cas: { http } } });
    const cas = { f: 'cas', key: 'k', value: [1, 2] };
    replies = [404, 404, 409, 412, 500, 302].map((status) => ({ status, body: 'why' }));
    expect(await invoke(client, READ)).toBeNull();
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(true, 'not-found'));
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(true, 'http-409'));
    await expect(invoke(client, cas)).rejects.toMatchObject(failure(true, 'precondition-failed'));
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(false, 'http-500'));
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(false, 'http-302'));
    await client.close();
  });

  it('knows what never left from what may have arrived', async () => {
    const operations = { register: { write: { http: '/x' } } };
    const client = await open(operations);
    replies = [{ destroy: true }];
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(false, 'connection-lost'));
    state = 'stopped';
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(true, 'connection-refused'));
    expect(asked.length).toBe(1);
    await client.close();
    state = 'running';
    const nobody = await open(operations, 'register', 1);
    await expect(invoke(nobody, WRITE)).rejects.toMatchObject(failure(true, 'connection-refused'));
    await nobody.close();
  });

  it('treats an abort as an unknown outcome', async () => {
    const client = await open({ register: { write: { http: '/x' } } });
    replies = [{ silent: true }];
    await expect(invoke(client, WRITE, 1)).rejects.toMatchObject({ error: { definite: false } });
    await client.close();
  });

  it('reads errors out of successful answers', async () => {
    const client = await open({
      register: { write: { http: '/x', error: 'error.text', definiteErrors: ['^not leader'] } },
    });
    replies = [
      { body: '{"error":{"text":"not leader, ask n1"}}' },
      { body: '{"error":{"text":"disk full"}}' },
      { body: '{"error":null}' },
    ];
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(true, 'refused'));
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(false, 'refused'));
    expect(await invoke(client, WRITE)).toBe(5);
    await client.close();
  });

  it('calls an answer without its value malformed, of unknown effect', async () => {
    const client = await open({ set: { read: { http: '/set', value: 'elements' } } }, 'set');
    replies = [{ body: '{"elements":[1,2]}' }, { body: '{}' }, { body: '{"elements":3}' }];
    const all = { f: 'read', value: null };
    expect(await invoke(client, all)).toEqual([1, 2]);
    await expect(invoke(client, all)).rejects.toMatchObject(failure(false, 'malformed-reply'));
    await expect(invoke(client, all)).rejects.toMatchObject(failure(false, 'malformed-reply'));
    await client.close();
  });

  it('completes a command with its term and who did it, and names a refusal', async () => {
    const http = { method: 'POST' as const, path: '/command', definite: [421] };
    const client = await open({ leader: { command: { http, term: 'epoch', by: 'node' } } }, 'leader');
    replies = [{ body: '{"epoch":3,"node":"n2"}' }, { status: 421 }];
    expect(await invoke(client, { f: 'command', value: 9 })).toEqual({ command: 9, term: 3, by: 'n2' });
    await expect(invoke(client, { f: 'command', value: 9 })).rejects.toMatchObject(
      failure(true, 'not-leader'),
    );
    await client.close();
  });

  it('follows redirects to this machine when told to, and only then', async () => {
    const client = await open({
      register: { write: { http: { path: '/x', redirect: true } }, read: { http: '/x' } },
    });
    const redirect = { status: 307, headers: { location: `http://127.0.0.1:${port}/elsewhere` } };
    replies = [redirect, {}, redirect, { status: 307, headers: { location: 'http://192.0.2.1/' } }];
    expect(await invoke(client, WRITE)).toBe(5);
    expect(asked[1]!.url).toBe('/elsewhere');
    await expect(invoke(client, READ)).rejects.toMatchObject(failure(false, 'http-307'));
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(false, 'http-307'));
    await client.close();
  });
});

describe('operations by command', () => {
  const sh = (script: string) => ({
    argv: ['sh', '-c', script],
    definiteExitCodes: [3],
    notFoundExitCodes: [4],
  });

  it('reads output, exit codes and programs that do not start', async () => {
    const client = await open({
      register: {
        read: {
          command: sh('[ {{key}} = gone ] && exit 4; echo {{key}} {{node.id}}'),
          value: { match: '(n\\d)' },
        },
        write: {
          command: { ...sh('read line; test "$line" = "v 5" || exit 9; exit 3'), stdin: 'v {{value}}\n' },
        },
        cas: { command: sh('echo broken >&2; exit 1') },
      },
    });
    expect(await invoke(client, { ...READ, key: 'k' })).toBe('n2');
    expect(await invoke(client, { ...READ, key: 'gone' })).toBeNull();
    await expect(invoke(client, WRITE)).rejects.toMatchObject(failure(true, 'exit-3'));
    await expect(invoke(client, { f: 'cas', key: 'k', value: [1, 2] })).rejects.toMatchObject({
      error: { definite: false, kind: 'exit-1', message: 'broken' },
    });
    const none = await open({ register: { write: { command: 'no-such-program-here' } } });
    await expect(invoke(none, WRITE)).rejects.toMatchObject(failure(true, 'not-started'));
  });

  it('ends a program at the deadline, with unknown outcome', async () => {
    const client = await open({ register: { write: { command: ['sleep', '30'] } } });
    await expect(invoke(client, WRITE, 200)).rejects.toMatchObject(failure(false, 'timeout'));
  });
});

describe('the leader probe', () => {
  const observe = (leader: CommandConfig['leader']) =>
    system({ leader: leader!, operations: { register: {} } }).observe!(
      'n2',
      contextOf('register'),
      AbortSignal.timeout(2000),
    );

  it('finds who leads and in which term', async () => {
    replies = [{ body: '{"role":"primary","leader":"n2","term":"4"}' }, { body: '{"leader":"n1"}' }];
    const leader = { path: 'leader' };
    const term = { path: 'term', as: 'number' as const };
    expect(await observe({ http: '/s', leading: { path: 'role', equals: 'primary' }, leader, term })).toEqual(
      {
        leading: true,
        leader: 'n2',
        term: 4,
      },
    );
    expect(await observe({ http: '/s', leader })).toEqual({ leading: false, leader: 'n1', term: null });
  });

  it('takes a refusal for a node that does not lead, and no answer for no opinion', async () => {
    replies = [{ status: 503 }, { status: 500 }];
    const probe = { http: { path: '/leader', definite: [503] }, leader: 'leader' };
    expect(await observe(probe)).toEqual({ leading: false, leader: null, term: null });
    await expect(observe(probe)).rejects.toThrow(/500/);
  });
});

describe('the log probe', () => {
  const show = (log: CommandConfig['log']) =>
    system({ log: log!, operations: { register: {} } }).observeLog!(
      'n2',
      contextOf('register'),
      1,
      AbortSignal.timeout(2000),
    );

  it('finds entries with terms and values, and what is committed', async () => {
    const entries = [
      { t: 1, op: { set: 1 } },
      { t: 2, op: 'nothing' },
    ];
    replies = [{ body: JSON.stringify({ log: entries, commit: 5, term: 2, role: 'leader' }) }];
    const log = {
      http: '/log',
      entries: 'log',
      term: 't',
      value: 'op',
      commit: 'commit',
      nodeTerm: 'term',
      leading: { path: 'role', equals: 'leader' },
    };
    expect(await show(log)).toEqual({
      first: 1,
      entries: [
        [1, { set: 1 }],
        [2, 'nothing'],
      ],
      last: 2,
      commit: 2,
      term: 2,
      leading: true,
    });
  });

  it('takes whole entries where no more is said, from a later position too', async () => {
    replies = [{ body: '["a","b"]' }, { body: '{"from":7,"entries":["c"]}' }];
    const plain = {
      entries: [
        [null, 'a'],
        [null, 'b'],
      ],
      first: 1,
      last: 2,
      commit: 0,
      term: null,
    };
    expect(await show({ http: '/log' })).toEqual(plain);
    const later = await show({ http: '/log', entries: 'entries', first: 'from' });
    expect(later).toMatchObject({ first: 7, last: 7, entries: [[null, 'c']] });
  });

  it('rejects what is no log', async () => {
    replies = [{ body: '{"entries":3}' }, { status: 503 }];
    await expect(show({ http: '/log', entries: 'entries' })).rejects.toThrow('no list of entries');
    await expect(show({ http: { path: '/log', definite: [503] } })).rejects.toThrow('did not show its log');
  });
});

describe('members', () => {
  const administration = (members: NonNullable<CommandConfig['members']>) =>
    system({ members, operations: { register: {} } }).membership!(contextOf('register'));
  const members = {
    list: { http: '/members', value: 'members', version: 'epoch' },
    add: {
      http: {
        method: 'POST',
        path: '/members',
        body: { name: '{{member}}', at: '{{member.host}}:{{member.port}}' },
      },
    },
    remove: { http: { method: 'DELETE', path: '/members/{{member}}', definite: [409] } },
  } as const satisfies CommandConfig['members'];
  const { signal } = new AbortController();

  it('are the nodes of the run among those a node lists, in the order of the run', async () => {
    replies = [{ body: '{"members":["n3","n1","elsewhere"],"epoch":7}' }, { body: '["n2"]' }];
    expect(await administration(members).members('n2', signal)).toEqual({
      members: ['n1', 'n3'],
      version: 7,
    });
    const plain = administration({ ...members, list: { http: '/members' } });
    expect(await plain.members('n2', signal)).toEqual({ members: ['n2'], version: 0 });
  });

  it('are added at the address the asked node reaches them at, and removed', async () => {
    await administration(members).change('n2', 'add', 'n3', signal);
    await administration(members).change('n2', 'remove', 'n1', signal);
    expect(asked.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['POST', '/members', '{"name":"n3","at":"127.0.0.1:5003"}'],
      ['DELETE', '/members/n1', ''],
    ]);
  });

  it('stay who they are where a node refuses, is down or answers with no list', async () => {
    replies = [{ status: 409 }, { status: 500 }, { body: '{}' }];
    const own = administration(members);
    await expect(own.change('n2', 'remove', 'n1', signal)).rejects.toThrow('refuses to remove n1');
    await expect(own.change('n2', 'remove', 'n1', signal)).rejects.toThrow('answered 500');
    await expect(own.members('n2', signal)).rejects.toThrow('list of members');
    state = 'stopped';
    await expect(own.members('n2', signal)).rejects.toThrow('down');
  });

  it('cannot be changed where nothing says how', () => {
    expect(system({ operations: { register: {} } }).membership).toBeUndefined();
  });
});
