/**
 * The contract every backend keeps: what a cluster does when it is started, asked, hurt, healed and ended,
 * tried with real processes. A backend's test calls `backendContract` with its factory.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, findBackend } from '../../harness/cluster/backends.ts';
import type { ClusterOptions, StartedProcess } from '../../harness/cluster/options.ts';
import { processInfo } from '../../harness/cluster/proc.ts';
import {
  type BackendName,
  type Capability,
  type Cluster,
  type ClusterEvent,
  type NodeAddress,
  OpFailure,
  type ProgramSpec,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { Seed } from '../../harness/random.ts';
import { virtually } from '../../harness/sim/virtual-time.ts';
import { monotonicNs, sleep } from '../../harness/time.ts';
import { ChattyProgram } from './chatty-program.ts';
import { CHATTY_IMAGE, outerPid } from './docker.ts';

/** The program of chatty nodes. */
export const CHATTY = fileURLToPath(new URL('../fixtures/chatty-node.mjs', import.meta.url));

/** A cluster under test with what a test looks at. */
export interface Bench {
  cluster: Cluster;
  folder: string;
  events: ClusterEvent[];
  started: StartedProcess[];
  ask(node: string, body: Record<string, Json>, timeoutMs?: number): Promise<Record<string, Json>>;
}

const benches: Bench[] = [];

/** The chatty node as a program for an address. */
export function chattyProgram(address: NodeAddress): ProgramSpec {
  const port = address.ports['main'];
  const peers = address.peers.map(({ id, host, ports }) => [id, { host, port: ports['main'] ?? 0 }]);
  const tcp = { HOST: address.host, PORT: String(port), PEERS: JSON.stringify(Object.fromEntries(peers)) };
  const env = { DATA_DIR: address.dataDir, NODE_NAME: address.id, ...(port === undefined ? {} : tcp) };
  return { file: process.execPath, args: [CHATTY], env };
}

/** Its network is one of packets. */
const hasPackets = (backend: BackendName): boolean => backend === 'netns' || backend === 'docker';

/** Its nodes talk over connections, which lose nothing while they last. */
const listens = (backend: BackendName): boolean => backend === 'tcp' || hasPackets(backend);

/** Makes a cluster of chatty nodes that the test's end takes down. */
export function makeBench(
  backend: BackendName,
  changes: Partial<ClusterOptions> = {},
  variant: Backend = findBackend(backend)!,
): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-backend-'));
  const started: StartedProcess[] = [];
  const events: ClusterEvent[] = [];
  const cluster = variant.create({
    runId: folder,
    nodes: ['n1', 'n2', 'n3'],
    seed: Seed.of(7),
    program: chattyProgram,
    simulated: () => new ChattyProgram(),
    ready: listens(backend) ? { kind: 'tcp' } : { kind: 'init' },
    logsDir: join(folder, 'logs'),
    dataDir: join(folder, 'data'),
    ledger: (process) => started.push(process),
    restart: { policy: 'never', delayMs: 0, max: 0 },
    docker: { image: CHATTY_IMAGE },
    ...changes,
  });
  cluster.onEvent((event) => events.push(event));
  const ask: Bench['ask'] = (node, body, timeoutMs = 30_000) =>
    cluster.request(node, body, { client: 'tester', timeoutMs });
  const bench = { cluster, folder, events, started, ask };
  benches.push(bench);
  return bench;
}

/** A started cluster. */
export async function upBench(
  backend: BackendName,
  changes: Partial<ClusterOptions> = {},
  variant?: Backend,
): Promise<Bench> {
  const bench = makeBench(backend, changes, variant);
  await bench.cluster.up(new AbortController().signal);
  return bench;
}

/** Has a node start a process in a session of its own; resolves with the number it has on this machine. */
async function spawnChild({ ask, cluster }: Bench, node: string): Promise<number> {
  const inner = Number((await ask(node, { type: 'spawn-child', detached: true }))['pid']);
  if (cluster.backend !== 'docker') return inner;
  const outer = outerPid(cluster.pids(node), inner);
  if (outer === undefined) throw new Error(`process ${inner} of ${node} is not among ${cluster.pids(node)}`);
  return outer;
}

/** Waits until `done` holds; fails after `ms`, which are against hanging: how long things take is not what is tested. */
export async function until(
  what: string,
  done: () => boolean | Promise<boolean>,
  ms = 60_000,
): Promise<void> {
  const end = monotonicNs() + ms * 1e6;
  while (!(await done())) {
    if (monotonicNs() > end) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await sleep(10);
  }
}

/** True while the process exists and has not ended. */
export function lives({ pid, startTicks }: { pid: number; startTicks?: number }): boolean {
  const info = processInfo(pid);
  return info !== null && info.state !== 'Z' && (startTicks === undefined || info.startTicks === startTicks);
}

/** Prints why a test of a capability is not for this cluster. */
function saying({ backend, missing }: Cluster, capability: Capability): void {
  const reason = missing.find((one) => one.capability === capability)?.reason;
  expect(reason).toBeDefined();
  process.stderr.write(`skipped: ${capability} on ${backend}: ${reason}\n`);
}

/** The error of an operation that must fail. */
export async function failure(work: Promise<unknown>): Promise<OpFailure['error']> {
  const error = await work.then(
    () => new Error('it succeeded'),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(OpFailure);
  return (error as OpFailure).error;
}

/** Takes down what the tests of a file made. */
export function cleanUp(): void {
  afterEach(async () => {
    for (const { cluster, folder, started } of benches.splice(0)) {
      expect(await cluster.down()).toEqual([]);
      expect(started.filter(lives)).toEqual([]);
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Registers the contract suite for a backend. */
export function backendContract(backend: BackendName): void {
  cleanUp();
  if (backend !== 'sim') processContract(backend);
  lifeContract(backend);
  linkContract(backend);
  if (backend !== 'sim') troubleContract(backend);
}

/** A test in the time the backend lives in. */
export function itOn(backend: BackendName, name: string, test: () => Promise<void>): void {
  it(name, { timeout: 60_000 }, backend === 'sim' ? () => virtually(test) : test);
}

function processContract(backend: BackendName): void {
  describe('processes of nodes', () => {
    it('starts nodes in groups of their own, marked and in the ledger, and answers requests', async () => {
      const { cluster, folder, started, events, ask } = await upBench(backend);
      expect(await ask('n2', { type: 'echo', echo: 'grüß dich' })).toMatchObject({ echo: 'grüß dich' });
      expect(started.map((p) => p.node).sort()).toEqual(['n1', 'n2', 'n3']);
      for (const { node, pid, pgid, startTicks } of started) {
        expect(processInfo(pid)).toMatchObject({ pgid, startTicks });
        expect(pgid).toBe(pid);
        expect(cluster.pids(node)[0]).toBe(pid);
        expect(readFileSync(`/proc/${pid}/environ`, 'latin1')).toContain(`FAULTLINE_RUN=${folder}\0`);
        expect(cluster.state(node)).toBe('running');
      }
      expect(events.filter((e) => e.kind === 'ready')).toHaveLength(3);
      expect(readFileSync(join(cluster.log('n1'), 'stderr.log'), 'utf8')).toMatch(
        /^--- faultline: n1 life 1/,
      );
    });

    it('leaves nothing behind, not even what hid in a session of its own', async () => {
      const bench = await upBench(backend);
      const { cluster, started, ask } = bench;
      const child = await spawnChild(bench, 'n1');
      await cluster.pause('n2');
      await failure(ask('n1', { type: 'die', code: 0 }));
      await until('its end', () => cluster.state('n1') === 'crashed');
      expect(await cluster.down()).toEqual([]);
      expect(await cluster.down()).toEqual([]);
      expect(started.filter(lives)).toEqual([]);
      expect(lives({ pid: child })).toBe(false);
    });
  });
}

function lifeContract(backend: BackendName): void {
  const real = backend !== 'sim';

  describe('life of nodes', () => {
    itOn(backend, 'kills a whole tree and restarts it on its data', async () => {
      const bench = await upBench(backend);
      const { cluster, folder, started, ask } = bench;
      await ask('n1', { type: 'keep', value: 'a' });
      const child = real ? await spawnChild(bench, 'n1') : 0;
      const killed = await cluster.kill('n1');
      expect(killed).toMatchObject({ state: 'installed', bit: true });
      if (real) {
        expect(killed.measures['pids']).toContain(child);
        expect(lives(started.find((p) => p.node === 'n1')!)).toBe(false);
        expect(lives({ pid: child })).toBe(false);
      }
      expect(cluster.state('n1')).toBe('stopped');
      expect(cluster.pids('n1')).toEqual([]);
      // The reset of an old connection may still be on its way to the client.
      await until('the refusal', async () => {
        const { definite, kind } = await failure(ask('n1', { type: 'echo', echo: 1 }, 500));
        return definite && kind === 'connection-refused';
      });
      expect(await cluster.kill('n1')).toMatchObject({ state: 'skipped' });

      expect(await cluster.restart('n1')).toMatchObject({ state: 'installed', bit: true });
      expect(cluster.state('n1')).toBe('running');
      expect(await ask('n1', { type: 'kept' })).toMatchObject({ value: ['a'] });
      expect(await cluster.restart('n1')).toMatchObject({ state: 'skipped' });
      const log = readFileSync(join(folder, 'logs', 'n1', 'stderr.log'), 'utf8');
      expect(log.match(/--- faultline: n1 life \d/g)).toHaveLength(2);
    });

    itOn(backend, 'stops gracefully', async () => {
      const { cluster, events } = await upBench(backend);
      const stopped = await cluster.stop('n3');
      expect(stopped).toMatchObject({ state: 'installed', measures: { graceful: true } });
      expect(events.at(-1)).toMatchObject({ node: 'n3', kind: 'exited', detail: { by: 'harness' } });
    });

    itOn(backend, 'pauses every process of a node, which then answers late, and resumes it', async () => {
      const bench = await upBench(backend);
      const { cluster, ask } = bench;
      const child = real ? await spawnChild(bench, 'n2') : 0;
      const paused = await cluster.pause('n2');
      expect(paused).toMatchObject({ state: 'installed', bit: true });
      if (real) {
        expect(paused.measures['states']).toMatchObject({ [String(child)]: 'T' });
        expect(processInfo(cluster.pids('n2')[0]!)?.state).toBe('T');
        expect(processInfo(child)?.state).toBe('T');
      }
      expect(cluster.state('n2')).toBe('paused');
      const asked = failure(ask('n2', { type: 'echo', echo: 1 }, 300));
      expect(await asked).toMatchObject({ definite: false, kind: 'timeout' });
      expect(await cluster.resume('n2')).toMatchObject({ state: 'installed', bit: true });
      expect(cluster.state('n2')).toBe('running');
      expect(await ask('n2', { type: 'echo', echo: 2 })).toMatchObject({ echo: 2 });
      if (real) expect(processInfo(child)?.state).not.toBe('T');
    });

    itOn(
      backend,
      'notices a node that dies by itself, tells its last words, and restarts it by policy',
      async () => {
        const restart = { policy: 'on-crash', delayMs: 20, max: 1 } as const;
        const { cluster, events, ask } = await upBench(backend, { restart });
        const reset = await failure(ask('n1', { type: 'die', code: 3 }));
        expect(reset.definite).toBe(false);
        await until('the restart', () => events.some((e) => e.kind === 'restarted'));
        const crash = events.find((e) => e.kind === 'crashed');
        expect(crash).toMatchObject({ node: 'n1', detail: { code: real ? 3 : 1, signal: null } });
        expect(JSON.stringify(crash)).toContain('about to die as asked');
        expect(cluster.state('n1')).toBe('running');
        await until('an answer', () =>
          ask('n1', { type: 'echo', echo: 1 }).then(
            () => true,
            () => false,
          ),
        );
        await failure(ask('n1', { type: 'die', code: 4 }));
        await until('giving up', () => events.some((e) => e.kind === 'gave-up'));
        expect(cluster.state('n1')).toBe('crashed');
      },
    );
  });
}

function linkContract(backend: BackendName): void {
  const notesAt = async ({ ask }: Bench, node: string): Promise<Json> =>
    (await ask(node, { type: 'notes' }))['value']!;
  const tell = ({ ask }: Bench, from: string, to: string, value: Json) =>
    ask(from, { type: 'tell', to, value });

  describe('links', () => {
    itOn(backend, 'cuts one direction only, and heals', async () => {
      const bench = await upBench(backend);
      const { cluster } = bench;
      // Connections exist in both directions: a new one would need both, its handshake goes there and back.
      await tell(bench, 'n1', 'n2', 'before');
      await tell(bench, 'n2', 'n1', 'hello');
      await until('the first note', async () => JSON.stringify(await notesAt(bench, 'n2')) === '["before"]');
      await until('the second note', async () => JSON.stringify(await notesAt(bench, 'n1')) === '["hello"]');
      cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
      expect(await cluster.links.probe('n1', 'n2')).toBe('cut');
      expect(await cluster.links.probe('n2', 'n1')).toBe('open');
      await tell(bench, 'n1', 'n2', 'during');
      await tell(bench, 'n2', 'n1', 'back');
      await tell(bench, 'n1', 'n3', 'aside');
      await until(
        'the way back',
        async () => JSON.stringify(await notesAt(bench, 'n1')) === '["hello","back"]',
      );
      await until('the other link', async () => JSON.stringify(await notesAt(bench, 'n3')) === '["aside"]');
      await sleep(150);
      expect(await notesAt(bench, 'n2')).toEqual(['before']);
      const link = cluster.links.counters().find((c) => c.from === 'n1' && c.to === 'n2')!;
      // Packets come again and again until they are answered.
      if (hasPackets(backend)) expect(link.dropped).toBeGreaterThan(0);
      else expect(link.dropped + link.held).toBe(1);

      cluster.links.clear('f');
      cluster.links.clear('f');
      expect(await cluster.links.probe('n1', 'n2')).toBe('open');
      await tell(bench, 'n1', 'n2', 'after');
      // A connection keeps what it holds; a network of messages has dropped it.
      const expected = listens(backend) ? '["before","during","after"]' : '["before","after"]';
      await until('the healed link', async () => JSON.stringify(await notesAt(bench, 'n2')) === expected);
    });

    itOn(backend, 'cuts clients off', async () => {
      const { cluster, ask } = await upBench(backend);
      cluster.links.set('f', [{ from: 'clients', to: 'n1', rule: { cut: true } }]);
      const error = await failure(ask('n1', { type: 'echo', echo: 1 }, 300));
      expect(error).toMatchObject({ definite: false, kind: 'timeout' });
      expect(await ask('n2', { type: 'echo', echo: 2 })).toMatchObject({ echo: 2 });
      cluster.links.clear('f');
      expect(await ask('n1', { type: 'echo', echo: 3 })).toMatchObject({ echo: 3 });
    });

    itOn(backend, 'adds the latency of every fault on a link, and no more', async () => {
      const { cluster, ask } = await upBench(backend);
      if (!cluster.offers.has('link.latency')) return saying(cluster, 'link.latency');
      await ask('n1', { type: 'ping-peer', to: 'n2' });
      cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { delay: { ms: 60 } } }]);
      cluster.links.set('g', [
        { from: 'n1', to: 'n2', rule: { delay: { ms: 20 } } },
        { from: 'n2', to: 'n1', rule: { delay: { ms: 40 } } },
      ]);
      const slow = Number((await ask('n1', { type: 'ping-peer', to: 'n2' }))['ms']);
      expect(slow).toBeGreaterThanOrEqual(119);
      expect(slow).toBeLessThan(400);
      const link = cluster.links.counters().find((c) => c.from === 'n1' && c.to === 'n2')!;
      expect(link.delayed).toBeGreaterThan(0);
      cluster.links.clear('f');
      cluster.links.clear('g');
      const fast = Number((await ask('n1', { type: 'ping-peer', to: 'n2' }))['ms']);
      expect(fast).toBeLessThan(100);
    });

    itOn(backend, 'refuses rules for endpoints that do not exist', async () => {
      const { cluster } = makeBench(backend);
      const wrong = [{ from: 'n1', to: 'n9', rule: { cut: true } }];
      expect(() => cluster.links.set('f', wrong)).toThrow(/no endpoint "n9"/);
    });
  });
}

function troubleContract(backend: BackendName): void {
  const upError = async (changes: Partial<ClusterOptions>): Promise<string> => {
    const bench = makeBench(backend, changes);
    const error = await bench.cluster.up(new AbortController().signal).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'ClusterError' });
    expect(bench.started.filter(lives)).toEqual([]);
    return (error as Error).message;
  };
  const node = (script: string) => () => ({ file: process.execPath, args: ['-e', script] });

  describe('trouble', () => {
    it('names a command that does not exist', async () => {
      const message = await upError({ program: () => ({ file: 'no-such-command', args: [] }) });
      expect(message).toMatch(/n\d: cannot start no-such-command: no such command on the PATH/);
    });

    it('names a working directory that does not exist', async () => {
      const message = await upError({ program: () => ({ file: 'true', args: [], cwd: '/no/such/place' }) });
      expect(message).toMatch(/working directory \/no\/such\/place does not exist/);
    });

    it('shows the last output of a node that exits at once', async () => {
      const message = await upError({ program: node('console.error("bad flag --x"); process.exit(9)') });
      expect(message).toMatch(/n\d ended with exit code 9 before it was ready/);
      expect(message).toContain('  | bad flag --x');
    });

    it('shows what a node that is never ready wrote', async () => {
      const message = await upError({
        program: node('console.error("still warming up"); setInterval(() => {}, 1000)'),
        timeouts: { readyMs: 3_000 },
      });
      expect(message).toMatch(/n\d was not ready within 3000 ms \(waited for .+\)/);
      expect(message).toContain('  | still warming up');
    });

    it('leaves nothing when the start is given up', async () => {
      const bench = makeBench(backend, { program: node('setInterval(() => {}, 1000)') });
      const abort = new AbortController();
      const up = bench.cluster.up(abort.signal);
      await until('the processes', () => bench.started.length === 3);
      abort.abort(new Error('interrupted'));
      await expect(up).rejects.toThrow('interrupted');
      expect(bench.started.filter(lives)).toEqual([]);
    });

    it('reports a restart that fails instead of throwing', async () => {
      let broken = false;
      const { cluster } = await upBench(backend, {
        program: (address) => (broken ? { file: 'no-such-command', args: [] } : chattyProgram(address)),
      });
      await cluster.kill('n1');
      broken = true;
      expect(await cluster.restart('n1')).toMatchObject({ state: 'failed', bit: false });
      expect(cluster.state('n1')).toBe('stopped');
    });

    it('says which nodes there are when asked for another', async () => {
      const { cluster } = makeBench(backend);
      expect(() => cluster.state('n7')).toThrow(/no node "n7"; nodes are n1, n2, n3/);
    });
  });
}

/** Holds a port of loopback until closed. */
export async function holdPort(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** True where faults on processes can be read back. */
export const readable = existsSync('/proc/self/stat');
