/**
 * The contract every system keeps: what it says about itself is true, its programs can be started on every
 * backend it names, its client understands every operation it lists, and an error it calls definite is one.
 */

import { expect, it } from 'vitest';
import { CHECKERS } from '../../checkers/registry.ts';
import {
  type BackendName,
  type Client,
  type Invocation,
  OpFailure,
  type System,
} from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { signalAfter } from '../../harness/time.ts';
import { FAULTS } from '../../nemesis/index.ts';
import { sampleOf } from '../../plugins/kit/samples.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { eventually, invoke, type RealCluster, startCluster } from '../systems/real-cluster.ts';
import { itOn } from './backend.ts';

/** What the kit needs to run a system. */
export interface SystemKitOptions {
  /** Options that make it start, where it needs any. */
  set?: Record<string, Json>;
  /** Operations it lists but need not acknowledge within the kit's patience. */
  mayRefuse?: readonly string[];
  /** What is not installed here without which none of it runs, and how to install it. */
  missing?: string | null;
  /** It takes seconds to start: on backends after the first, one workload stands for all. */
  slow?: boolean;
  /** Nodes of its clusters; default 3. */
  nodes?: number;
}

/** Runs the contract. Call it inside a `describe`. */
export function systemKit(system: System, options: SystemKitOptions = {}): void {
  it('names only workloads, checkers and faults that exist', () => {
    for (const [name, operations] of Object.entries(system.workloads)) {
      const workload = WORKLOADS[name];
      expect(workload, name).toBeDefined();
      for (const need of workload!.needs) expect(operations, `${name} needs ${need}`).toContain(need);
    }
    for (const [name, bug] of Object.entries(system.bugs)) {
      expect(bug.summary, name).not.toBe('');
      expect(Object.keys(system.workloads), name).toContain(bug.workload);
      expect(Object.keys(CHECKERS), name).toContain(bug.checker);
      for (const word of (bug.nemesis ?? '').split(',').filter((part) => part !== '')) {
        const [fault, mode] = word.split('@')[0]!.split(':');
        expect(Object.keys(FAULTS), name).toContain(fault);
        if (mode !== undefined)
          expect(Object.keys(FAULTS[fault as keyof typeof FAULTS].modes), name).toContain(mode);
      }
    }
    if (system.demo) expect(Object.keys(system.workloads)).toContain(system.demo.workload);
    if (system.observe)
      expect(system.leadership, 'who observes leaders says what they promise').toBeDefined();
    for (const pattern of system.crashPatterns ?? []) expect(() => new RegExp(pattern)).not.toThrow();
  });

  if (options.missing != null) {
    it.skip(`runs (skipped: ${options.missing})`);
    return;
  }

  for (const backend of system.backends) {
    // Namespaces are tried by files that run themselves again in a sandbox;
    // hosts of backend ssh are made by its own tests.
    if (backend !== 'netns' && backend !== 'ssh') servesOn(system, backend, options);
  }

  const first = system.backends.find((backend) => backend !== 'netns' && backend !== 'ssh');
  if (first === undefined) return;
  itOn(first, 'answers an operation it does not know with a definite failure', async () => {
    const workload = Object.keys(system.workloads)[0]!;
    const running = await startCluster(system, workload, {
      ...(options.nodes ? { count: options.nodes } : {}),
      ...(options.set ? { set: options.set } : {}),
    });
    try {
      await refusesTheUnknown(running);
    } finally {
      await running.close();
    }
  });
}

async function refusesTheUnknown(running: RealCluster): Promise<void> {
  const client = await running.client(running.cluster.nodes[0]!);
  const failure = await invoke(client, { f: 'no-such-operation', value: null }).then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(OpFailure);
  expect((failure as OpFailure).error.definite).toBe(true);
}

/** Every operation of every workload is understood on this backend. */
export function servesOn(system: System, backend: BackendName, options: SystemKitOptions): void {
  const all = Object.entries(system.workloads);
  const one = options.slow === true && (backend === 'netns' || backend !== system.backends[0]);
  itOn(backend, `serves every operation of ${one ? 'a' : 'every'} workload on ${backend}`, async () => {
    for (const [workload, operations] of one ? all.slice(0, 1) : all) {
      const running = await startCluster(system, workload, {
        backend,
        ...(options.nodes ? { count: options.nodes } : {}),
        ...(options.set ? { set: options.set } : {}),
      });
      try {
        const clients = await Promise.all(running.cluster.nodes.map((node) => running.client(node)));
        for (const f of operations) {
          if (options.mayRefuse?.includes(f)) continue;
          const op = sampleOf(workload, f)!;
          expect(await acknowledgedBySome(clients, op), `${workload} ${f}`).toBe(true);
        }
        if (system.observe) await observes(system, running);
        if (system.backends[0] === 'netns') await refusesTheUnknown(running);
      } finally {
        await running.close();
      }
    }
  });
}

/** True once some node acknowledged it: not every node may serve, and none does before there is a leader. */
async function acknowledgedBySome(clients: readonly Client[], op: Invocation): Promise<boolean> {
  const tryAll = async (): Promise<boolean> => {
    for (const client of clients) {
      try {
        await invoke(client, op);
        return true;
      } catch (error) {
        if (!(error instanceof OpFailure)) throw error;
        // It was understood: the register does not hold what the cas expected.
        if (error.error.kind === 'precondition-failed') return true;
      }
    }
    return false;
  };
  return eventually(tryAll, (acknowledged) => acknowledged);
}

async function observes(system: System, { cluster, context }: RealCluster): Promise<void> {
  for (const node of cluster.nodes) {
    // Some say nothing of a server that has only just begun to serve.
    const said = await eventually(
      () => system.observe!(node, context, signalAfter(2_000)),
      () => true,
    );
    expect(typeof said.leading, node).toBe('boolean');
  }
}
