/**
 * The contract of a system, held against a small cluster of it: what it says of itself is true, its nodes start, serve
 * every operation they are said to, say who leads, come back after a kill, stop, and leave nothing behind.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKERS } from '../../checkers/registry.ts';
import { findBackend } from '../../harness/cluster/backends.ts';
import type {
  BackendName,
  Client,
  Cluster,
  Invocation,
  OpFailure,
  System,
  SystemContext,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { Seed } from '../../harness/random.ts';
import { virtually } from '../../harness/sim/virtual-time.ts';
import { signalAfter, sleep } from '../../harness/time.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { checkOf, demand, type KitCheck, KitFailure, messageOf } from './checks.ts';
import type { SystemKitOptions } from './options.ts';
import { sampleOf } from './samples.ts';

/** Backends that work anywhere, without root, an engine or other machines. */
const ANYWHERE: readonly BackendName[] = ['stdio', 'tcp', 'sim'];

/** The checks for a system. */
export function systemKit(system: System, options: SystemKitOptions = {}): KitCheck[] {
  const backend =
    options.backend ?? system.backends.find((name) => ANYWHERE.includes(name)) ?? system.backends[0]!;
  return [
    checkOf('describes itself: workloads, checkers and promises that exist', () =>
      describes(system, options),
    ),
    ...Object.entries(system.workloads).map(([workload, operations]) =>
      checkOf(`${backend}: serves every operation of ${workload}`, () =>
        onCluster(system, workload, backend, options, (running) =>
          serves(running, workload, operations, options),
        ),
      ),
    ),
    checkOf(`${backend}: refuses an operation it does not know, and says that it had no effect`, () =>
      onCluster(system, Object.keys(system.workloads)[0]!, backend, options, refusesTheUnknown),
    ),
    ...(system.observe === undefined
      ? []
      : [
          checkOf(`${backend}: says who leads`, () =>
            onCluster(system, Object.keys(system.workloads)[0]!, backend, options, (running) =>
              observes(system, running),
            ),
          ),
        ]),
    checkOf(`${backend}: comes back after a kill, stops, and leaves nothing`, () =>
      leavesNothing(system, backend, options),
    ),
  ];
}

function describes(system: System, { workloads = [] }: SystemKitOptions): void {
  demand(Object.keys(system.workloads).length > 0, 'it speaks no workload');
  for (const [name, operations] of Object.entries(system.workloads)) {
    const workload = workloads.find((one) => one.name === name) ?? WORKLOADS[name];
    demand(
      workload !== undefined,
      `it speaks "${name}", which is no workload (own ones: option workloads of the kit)`,
    );
    for (const need of workload.needs)
      demand(operations.includes(need), `it speaks ${name} without ${need}, which that workload needs`);
  }
  for (const [name, bug] of Object.entries(system.bugs)) {
    demand(bug.summary !== '', `the bug ${name} is not described`);
    demand(
      Object.hasOwn(system.workloads, bug.workload),
      `the bug ${name} shows in "${bug.workload}", which it does not speak`,
    );
    demand(
      Object.hasOwn(CHECKERS, bug.checker),
      `the bug ${name} is found by "${bug.checker}", which is no checker`,
    );
  }
  demand(
    (system.observe === undefined) === (system.leadership === undefined),
    'observe and leadership belong together: who shows leaders says what they promise',
  );
  for (const pattern of system.crashPatterns ?? []) {
    try {
      new RegExp(pattern);
    } catch (error) {
      throw new KitFailure(`crashPatterns: "${pattern}" is no regular expression: ${messageOf(error)}`);
    }
  }
}

/** A cluster of a test, and what a client of it needs. */
interface Running {
  cluster: Cluster;
  context: SystemContext;
  client(node: string): Promise<Client>;
  folder: string;
}

let clusters = 0;

/** On a small cluster; one in the simulator lives in simulated time. */
function onCluster(...given: Parameters<typeof onClusterNow>): Promise<Running> {
  return given[2] === 'sim' ? virtually(() => onClusterNow(...given)) : onClusterNow(...given);
}

async function onClusterNow(
  system: System,
  workload: string,
  backend: BackendName,
  options: SystemKitOptions,
  use: (running: Running) => Promise<void>,
): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-kit-'));
  const nodes = Array.from({ length: options.nodes ?? 3 }, (_, i) => `n${i + 1}`);
  const rest = { nodes, workload, options: options.set ?? {}, bugs: [] };
  const cluster = findBackend(backend)!.create({
    runId: `kit-${process.pid}-${clusters++}`,
    nodes,
    seed: Seed.of(1),
    program: (address) => system.program(address, rest, backend),
    ...(system.simulated === undefined ? {} : { simulated: (at) => system.simulated!(at, rest) }),
    ready: system.ready,
    logsDir: join(folder, 'logs'),
    dataDir: join(folder, 'data'),
    ...(system.ports === undefined ? {} : { ports: system.ports }),
    ...(system.readyMs === undefined ? {} : { timeouts: { readyMs: system.readyMs } }),
    ...(system.addressing === undefined ? {} : { addressing: system.addressing }),
  });
  const context = { cluster, ...rest };
  const clients: Client[] = [];
  const running: Running = {
    ...{ cluster, context, folder },
    async client(node) {
      const client = await system.open(node, context, `c${clients.length + 1}`);
      clients.push(client);
      return client;
    },
  };
  try {
    await cluster.up(signalAfter(60_000));
    await use(running);
    return running;
  } catch (error) {
    throw error instanceof KitFailure ? error : new KitFailure(messageOf(error));
  } finally {
    for (const client of clients) await client.close();
    await cluster.down();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function serves(
  running: Running,
  workload: string,
  operations: readonly string[],
  { mayRefuse = [], operations: own = {} }: SystemKitOptions,
): Promise<void> {
  const clients = await Promise.all(running.cluster.nodes.map((node) => running.client(node)));
  for (const f of operations) {
    const op = own[f] ?? sampleOf(workload, f);
    if (mayRefuse.includes(f) || op === null) continue;
    await acknowledged(clients, op);
  }
}

/** Some node acknowledges it within ten seconds: not every node may serve, and none does before there is a leader. */
async function acknowledged(clients: readonly Client[], op: Invocation): Promise<void> {
  let said = '';
  for (let i = 0; i < 100; i++) {
    for (const client of clients) {
      try {
        await invoke(client, op);
        return;
      } catch (error) {
        // It was understood: the object is not in the state the operation wants.
        if (UNDERSTOOD.includes((error as Partial<OpFailure>).error?.kind ?? '')) return;
        said = messageOf(error);
      }
    }
    await sleep(100);
  }
  throw new KitFailure(
    `no node acknowledged ${op.f} (${JSON.stringify(op)}) within ten seconds; the last said: ${said}`,
  );
}

const UNDERSTOOD: readonly string[] = ['precondition-failed', 'empty'];

async function refusesTheUnknown(running: Running): Promise<void> {
  const client = await running.client(running.cluster.nodes[0]!);
  const answer = await invoke(client, { f: 'no-such-operation', value: null }).then(
    (value) => `${JSON.stringify(value)}`,
    (error: unknown) => error,
  );
  demand(typeof answer !== 'string', `an operation that does not exist was answered with ${answer}`);
  demand(
    (answer as Partial<OpFailure>).error?.definite === true,
    `an operation that does not exist must end as OpFailure with definite: true, not ${messageOf(answer)}`,
  );
}

async function observes(system: System, { cluster, context }: Running): Promise<void> {
  for (const node of cluster.nodes) {
    for (let i = 0; ; i++) {
      try {
        const said = await system.observe!(node, context, signalAfter(2_000));
        demand(
          typeof said.leading === 'boolean',
          `${node} does not say whether it leads: ${JSON.stringify(said)}`,
        );
        break;
      } catch (error) {
        if (error instanceof KitFailure || i >= 50) throw error;
        await sleep(100);
      }
    }
  }
}

async function leavesNothing(system: System, backend: BackendName, options: SystemKitOptions): Promise<void> {
  const workload = Object.keys(system.workloads)[0]!;
  let pids: { pid: number; born: string }[] = [];
  const { folder } = await onCluster(system, workload, backend, options, async ({ cluster }) => {
    const [first] = cluster.nodes;
    await cluster.kill(first!);
    demand(cluster.state(first!) === 'stopped', `${first} is ${cluster.state(first!)} after a kill`);
    const restarted = await cluster.restart(first!);
    demand(restarted.state === 'installed', `${first} did not come back: ${restarted.summary}`);
    pids = cluster.nodes.flatMap((node) => cluster.pids(node)).map((pid) => ({ pid, born: birthOf(pid) }));
  });
  const left = pids.filter(({ pid, born }) => born !== '' && birthOf(pid) === born);
  demand(left.length === 0, `processes are left: ${left.map(({ pid }) => pid).join(', ')}`);
  demand(!existsSync(folder), `files are left in ${folder}`);
}

/** When a process began, in ticks; empty where it is gone, and where nobody can tell. A zombie is gone. */
function birthOf(pid: number): string {
  try {
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return state === 'Z' ? '' : (fields[18] ?? '');
  } catch {
    return '';
  }
}

function invoke(client: Client, op: Invocation): Promise<Json> {
  return client.invoke(op, { signal: signalAfter(5_000), timeoutMs: 5_000 });
}
