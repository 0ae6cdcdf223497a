import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineConfig } from '../../../harness/config/define.ts';
import { flagName } from '../../../harness/config/origins.ts';
import { nodesOf, resolveConfig } from '../../../harness/config/resolve.ts';
import type { Config, ConfigFlags } from '../../../harness/config/types.ts';
import { UsageError } from '../../../harness/registry.ts';

const resolveWith = (config: Config, flags: ConfigFlags = {}) =>
  resolveConfig(config, { flags, directory: '/project', file: '/project/kv.yaml', seed: 99 });

function usage(work: () => unknown): UsageError {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('expected a UsageError');
}

describe('resolveConfig', () => {
  it('gives a system that cannot have the usual number of nodes as many as it can', () => {
    const context = { directory: '/project', seed: 1, known: { maxNodes: { single: 1, many: 9 } } };
    const nodes = (config: Config): number => resolveConfig(config, context).nodes.length;
    expect([nodes({ system: 'single' }), nodes({ system: 'many' }), nodes({ system: 'raft' })]).toEqual([
      1, 5, 5,
    ]);
    expect(nodes({ system: 'single', nodes: 3 })).toBe(3);
  });

  it('looks for violations live where the load is to end at the first', () => {
    expect(resolveWith({ system: 'raft' })).toMatchObject({ liveCheck: false, stopOnFail: false });
    expect(resolveWith({ system: 'raft', liveCheck: true })).toMatchObject({
      stopOnFail: false,
      liveCheck: true,
    });
    const both = { liveCheck: true, stopOnFail: true };
    expect(resolveWith({ system: 'raft', stopOnFail: true })).toMatchObject(both);
    expect(resolveWith({ system: 'raft' }, { stopOnFail: true })).toMatchObject(both);
    expect(usage(() => resolveWith({ system: 'raft' }, { stopOnFail: 'yes' as never })).message).toMatch(
      /^--stop-on-fail/,
    );
  });

  it('fills in every default', () => {
    const resolved = resolveWith({ system: 'raft' });
    expect(resolved).toMatchObject({
      name: 'raft',
      nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
      system: 'raft',
      command: null,
      backend: null,
      workload: null,
      nemesis: [],
      concurrency: 10,
      ratePerSecond: null,
      timeLimitMs: 30_000,
      opTimeoutMs: 5000,
      settleMs: 30_000,
      seed: 99,
      allow: [],
    });
    expect(resolved.origins).toMatchObject({
      system: { from: 'file', at: 'kv.yaml' },
      rate: { from: 'default' },
      seed: { from: 'drawn' },
    });
    expect(JSON.parse(JSON.stringify(resolved))).toEqual(resolved);
  });

  it('puts flags over the file', () => {
    const file: Config = {
      system: 'bully',
      nodes: 3,
      seed: 1,
      workload: { name: 'register', keys: 8 },
      nemesis: ['kill'],
      set: { a: 1, b: 2 },
      gates: { operations: 5 },
    };
    const resolved = resolveWith(file, {
      system: 'raft',
      seed: 2,
      nemesis: 'partition:halves,clock:jump@n1+n2',
      set: { b: 3 },
      timeLimit: '10s',
      concurrency: '1.5n',
      workload: 'register',
    });
    expect(resolved.nodes).toHaveLength(3);
    expect(resolved.concurrency).toBe(5);
    expect(resolved.name).toBe('raft-register');
    expect(resolved.workload).toEqual({ name: 'register', options: { keys: 8 } });
    expect(resolved.set).toEqual({ a: 1, b: 3 });
    expect(resolved.gates).toEqual({ operations: 5 });
    const [here, flag] = [{ from: 'file', at: 'kv.yaml' }, (at: string) => ({ from: 'flag', at })];
    expect(resolved.origins).toMatchObject({
      ...{ seed: flag('--seed'), nodes: here, rate: { from: 'default' }, nemesis: flag('--nemesis') },
      ...{ 'set.a': here, 'set.b': flag('--set'), 'gates.operations': here, 'workload.keys': here },
    });
    const timing = { intervalMs: 2000, durationMs: 2000 };
    expect(resolved.nemesis).toEqual([
      { fault: 'partition', mode: 'halves', target: null, params: {}, ...timing },
      { fault: 'clock', mode: 'jump', target: ['n1', 'n2'], params: {}, ...timing },
    ]);
    expect(resolveWith(file, { workload: 'set' }).workload).toEqual({ name: 'set', options: {} });
    expect(resolveWith(file, { nemesis: 'none' }).nemesis).toEqual([]);
  });

  it('takes faults in full', () => {
    const { nemesis } = resolveWith({
      system: 'raft',
      interval: '1s',
      nemesis: [
        { fault: 'clock:jump', target: 'minority', params: { ms: 5 }, duration: '250ms' },
        { fault: 'kill', mode: 'one', interval: '3s' },
      ],
    });
    expect(nemesis).toEqual([
      {
        fault: 'clock',
        mode: 'jump',
        target: 'minority',
        params: { ms: 5 },
        intervalMs: 1000,
        durationMs: 250,
      },
      { fault: 'kill', mode: 'one', target: null, params: {}, intervalMs: 3000, durationMs: 6000 },
    ]);
  });

  it('names the flag that is wrong', () => {
    expect(usage(() => resolveWith({ system: 'raft' }, { timeLimit: '30' })).message).toBe(
      '--time-limit: has no unit',
    );
    expect(usage(() => resolveWith({ system: 'raft' }, { nodes: 0 })).message).toContain(
      '--nodes: must be >= 1',
    );
    expect(
      usage(() =>
        resolveConfig(
          { system: 'raft' },
          { flags: { workload: 'sett' }, directory: '/', seed: 1, known: { workloads: ['set'] } },
        ),
      ).format(),
    ).toBe('--workload: there is no workload "sett"\n  did you mean "set"?  one of: set');
    expect(usage(() => resolveWith({})).message).toContain('nothing says which system');
    expect(usage(() => resolveWith({ system: 'raft' }, { concurrency: '0.01n' })).message).toContain(
      '0 clients',
    );
  });

  it('gives the same for the same', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 9 }), (seed, nodes) => {
        const config: Config = { system: 'raft', seed, nodes };
        expect(JSON.stringify(resolveWith(config))).toBe(
          JSON.stringify(resolveWith(structuredClone(config))),
        );
      }),
    );
  });

  it('knows its small words', () => {
    expect(flagName('opTimeout')).toBe('--op-timeout');
    expect(nodesOf(['a', 'b'])).toEqual(['a', 'b']);
    const config: Config = { system: 'raft' };
    expect(defineConfig(config)).toBe(config);
  });
});

describe('the command section', () => {
  const command = (section: Partial<NonNullable<Config['command']>>) =>
    resolveWith({ command: { start: 'run', ...section } }).command!;

  it('has a default for everything but start', () => {
    expect(command({})).toEqual({
      start: ['run'],
      env: {},
      cwd: '/project',
      ports: [{ name: 'main', base: null }],
      peers: { format: '{{peer.host}}:{{peer.port}}', join: ',', self: false },
      ready: { kind: 'tcp', port: null, timeoutMs: 30_000 },
      stop: 'SIGTERM',
      restart: { policy: 'on-crash', delayMs: 500, limit: 10 },
      leader: null,
      log: null,
      leadership: null,
      operations: {},
      maelstrom: null,
      crashPatterns: [],
    });
    expect(resolveWith({ command: { start: 'x' } }).name).toBe('kv');
    expect(resolveWith({ command: { start: 'x' } }).system).toBe('command');
  });

  it('splits strings as people mean them, without a shell', () => {
    expect(command({ start: `python3 "my server.py" --id='{{node.id}}' a\\ b "" $HOME` }).start).toEqual([
      'python3',
      'my server.py',
      '--id={{node.id}}',
      'a b',
      '',
      '$HOME',
    ]);
  });

  it('understands every way to be ready', () => {
    const ready = (value: NonNullable<Config['command']>['ready']) => command({ ready: value! }).ready;
    expect(ready('none')).toEqual({ kind: 'none', timeoutMs: 30_000 });
    expect(ready('tcp')).toMatchObject({ kind: 'tcp', port: null });
    expect(ready({ tcp: 'main', timeout: '2s' })).toEqual({ kind: 'tcp', port: 'main', timeoutMs: 2000 });
    expect(ready({ http: '/h', status: 204 })).toMatchObject({
      kind: 'http',
      path: '/h',
      status: 204,
      port: null,
    });
    expect(ready({ log: 'up' })).toMatchObject({ kind: 'log', pattern: 'up' });
    expect(ready({ command: 'test -e x' })).toMatchObject({ kind: 'command', argv: ['test', '-e', 'x'] });
    expect(command({ maelstrom: true })).toMatchObject({ ready: { kind: 'init' }, maelstrom: [] });
    expect(command({ maelstrom: ['echo'] }).maelstrom).toEqual(['echo']);
    expect(command({ maelstrom: false }).maelstrom).toBeNull();
  });

  it('reads places in answers', () => {
    const { leader } = command({
      leader: {
        http: 'GET /status',
        leading: { path: 'data.role', equals: 'primary' },
        leader: '/a~1b/0',
        term: { header: 'X-Term', as: 'number' },
      },
    });
    expect(leader).toEqual({
      request: {
        kind: 'http',
        method: 'GET',
        path: '/status',
        body: null,
        headers: {},
        port: null,
        ok: [],
        definite: [],
        notFound: [],
        redirect: false,
      },
      leading: {
        source: 'body',
        header: null,
        path: ['data', 'role'],
        match: null,
        as: null,
        equals: 'primary',
      },
      leader: { source: 'body', header: null, path: ['a/b', '0'], match: null, as: null },
      term: { source: 'header', header: 'x-term', path: [], match: null, as: 'number' },
    });
  });

  it('maps operations to HTTP and to commands', () => {
    const { operations } = command({
      operations: {
        register: {
          read: { http: '/kv/{{key}}' },
          write: {
            http: { method: 'PUT', path: '/kv', body: { v: '{{value}}' }, definite: [409] },
            error: 'error',
          },
          cas: {
            command: { argv: ['ctl', 'cas', '{{from}}', '{{to}}'], definiteExitCodes: [3] },
            value: 'stdout',
          },
        },
      },
    });
    const { read, write, cas } = operations['register']!;
    expect(read!.request).toMatchObject({ kind: 'http', method: 'GET', path: '/kv/{{key}}' });
    expect(read!.value).toMatchObject({ source: 'body', path: [] });
    expect(write!.value).toBeNull();
    expect(write!.request).toMatchObject({ body: { v: '{{value}}' }, definite: [409] });
    expect(write!.error!.path).toEqual(['error']);
    expect(cas!.request).toMatchObject({ kind: 'command', argv: ['ctl', 'cas', '{{from}}', '{{to}}'] });
  });

  it('keeps the order of ports and their fixed numbers', () => {
    expect(command({ ports: { api: 8000, raft: 'auto' } }).ports).toEqual([
      { name: 'api', base: 8000 },
      { name: 'raft', base: null },
    ]);
    expect(command({ ports: ['a', 'b'] }).ports.map((port) => port.name)).toEqual(['a', 'b']);
    expect(command({ restart: { delay: '2s' } }).restart).toEqual({
      policy: 'on-crash',
      delayMs: 2000,
      limit: 10,
    });
    expect(command({ restart: 'never' }).restart.policy).toBe('never');
  });
});
