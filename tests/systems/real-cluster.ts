/**
 * Starts a system on a real backend for a test, with folders that vanish afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBackend } from '../../harness/cluster/backends.ts';
import type {
  BackendName,
  Client,
  Cluster,
  Invocation,
  System,
  SystemContext,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { Seed } from '../../harness/random.ts';
import { signalAfter, sleep } from '../../harness/time.ts';

export interface RealCluster {
  cluster: Cluster;
  context: SystemContext;
  client(node: string): Promise<Client>;
  close(): Promise<void>;
}

/** Starts `count` nodes and waits until they are ready. */
export async function startCluster(
  system: System,
  workload: string,
  options: { count?: number; backend?: BackendName; set?: Record<string, Json>; bugs?: string[] } = {},
): Promise<RealCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-systems-'));
  const nodes = Array.from({ length: options.count ?? 3 }, (_, i) => `n${i + 1}`);
  const rest = { nodes, workload, options: options.set ?? {}, bugs: options.bugs ?? [] };
  // Test runners live outside of sandboxes.
  const backend = options.backend ?? system.backends.find((name) => name !== 'netns')!;
  const cluster = findBackend(backend)!.create({
    runId: `systems-test-${process.pid}`,
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
  let names = 0;
  const close = async (): Promise<void> => {
    for (const client of clients) await client.close();
    await cluster.down();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await cluster.up(signalAfter(40_000));
  } catch (error) {
    await close();
    throw error;
  }
  const client = async (node: string): Promise<Client> => {
    const opened = await system.open(node, context, `c${++names}`);
    clients.push(opened);
    return opened;
  };
  return { cluster, context, client, close };
}

/** Invokes with a generous timeout. */
export function invoke(client: Client, op: Invocation, timeoutMs = 5000): Promise<Json> {
  return client.invoke(op, { signal: signalAfter(timeoutMs), timeoutMs });
}

/** Asks again until the answer satisfies, for 10 s. */
export async function eventually<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let i = 0; ; i++) {
    try {
      const value = await ask();
      if (holds(value) || i >= 100) return value;
    } catch (error) {
      if (i >= 100) throw error;
    }
    await sleep(100);
  }
}
