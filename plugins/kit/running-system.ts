/**
 * A small cluster of a system, up and ready, with folders of its own: what kits and tests ask something of.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBackend } from '../../harness/cluster/backends.ts';
import type { BackendName, Client, Cluster, Json, System, SystemContext } from '../../harness/contracts.ts';
import { Seed } from '../../harness/random.ts';
import { signalAfter } from '../../harness/time.ts';
import { messageOf } from './checks.ts';

/** How it is started. */
export interface RunningOptions {
  /** Nodes; default 3, or as many as the system can have. */
  nodes?: number;
  /** Default: the system's first that runs outside of a sandbox. */
  backend?: BackendName;
  /** Options of the system. */
  set?: Record<string, Json>;
  bugs?: string[];
}

/** What runs. */
export interface RunningSystem {
  cluster: Cluster;
  context: SystemContext;
  /** A client at a node; ended with the cluster. */
  client(node: string): Promise<Client>;
  /** Ends clients and nodes and removes the folders. Returns what went wrong. */
  close(): Promise<string[]>;
}

const UP_MS = 60_000;
let started = 0;

/** Starts it and waits until its nodes are ready. Rejects with what kept them from it, and leaves nothing then. */
export async function startSystem(
  system: System,
  workload: string,
  options: RunningOptions = {},
): Promise<RunningSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-system-'));
  const nodes = Array.from(
    { length: options.nodes ?? Math.min(3, system.maxNodes ?? 3) },
    (_, i) => `n${i + 1}`,
  );
  const rest = { nodes, workload, options: options.set ?? {}, bugs: options.bugs ?? [] };
  const backend = options.backend ?? system.backends.find((name) => name !== 'netns')!;
  const cluster = findBackend(backend)!.create({
    runId: `system-${process.pid}-${started++}`,
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
  // The nodes end whatever clients say.
  const close = async (): Promise<string[]> => {
    const problems: string[] = [];
    for (const client of clients)
      await client.close().catch((error: unknown) => problems.push(`a client: ${messageOf(error)}`));
    problems.push(...(await cluster.down()));
    rmSync(folder, { recursive: true, force: true });
    return problems;
  };
  try {
    await cluster.up(signalAfter(UP_MS));
  } catch (error) {
    await close();
    throw error;
  }
  const client = async (node: string): Promise<Client> => {
    const opened = await system.open(node, context, `c${clients.length + 1}`);
    clients.push(opened);
    return opened;
  };
  return { cluster, context, client, close };
}
