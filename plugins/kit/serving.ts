/**
 * What a running system owes whoever uses it: it acknowledges what it says it understands, refuses the rest in so many
 * words, and says who leads.
 */
import type { Client, Invocation, OpFailure, System } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { signalAfter, sleep } from '../../harness/time.ts';
import { demand, KitFailure, messageOf } from './checks.ts';
import type { SystemKitOptions } from './options.ts';
import type { RunningSystem } from './running-system.ts';
import { sampleOf } from './samples.ts';

/** Attempts, a tenth of a second apart: not every node may serve, and none does before there is a leader. */
const ATTEMPTS = 100;
const BETWEEN_MS = 100;

/** Every one of these operations of a workload is acknowledged by some node. */
export async function serves(
  running: RunningSystem,
  workload: string,
  operations: readonly string[],
  { mayRefuse = [], operations: own = {} }: Pick<SystemKitOptions, 'mayRefuse' | 'operations'>,
): Promise<void> {
  const clients = await Promise.all(running.cluster.nodes.map((node) => running.client(node)));
  const done = new Set<string>();
  for (const f of operations) {
    if (mayRefuse.includes(f)) continue;
    const op = own[f] ?? sampleOf(workload, f);
    demand(
      op !== null,
      `the kit does not know how to ask ${f} of ${workload}: say it in the option operations, or leave it out by mayRefuse`,
    );
    await acknowledged(clients, op, done.has('enqueue') ? ['precondition-failed'] : UNDERSTOOD);
    done.add(f);
  }
}

/** Refusals of an object that is not in the state the operation wants: it was understood. */
const UNDERSTOOD: readonly string[] = ['precondition-failed', 'empty'];

async function acknowledged(
  clients: readonly Client[],
  op: Invocation,
  understood: readonly string[],
): Promise<void> {
  let said = '';
  for (let i = 0; i < ATTEMPTS; i++) {
    for (const client of clients) {
      try {
        await invoke(client, op);
        return;
      } catch (error) {
        if (understood.includes((error as Partial<OpFailure>).error?.kind ?? '')) return;
        said = messageOf(error);
      }
    }
    await sleep(BETWEEN_MS);
  }
  throw new KitFailure(
    `no node acknowledged ${op.f} (${JSON.stringify(op)}) within ten seconds; the last said: ${said}`,
  );
}

/** An operation it does not know ends as a definite failure. Returns that. */
export async function refusesTheUnknown(running: RunningSystem): Promise<unknown> {
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
  return answer;
}

/** Every node says whether it leads. */
export async function observes(system: System, { cluster, context }: RunningSystem): Promise<void> {
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
        // Some say nothing of a server that has only just begun to serve.
        if (error instanceof KitFailure || i >= ATTEMPTS) throw error;
        await sleep(BETWEEN_MS);
      }
    }
  }
}

function invoke(client: Client, op: Invocation): Promise<Json> {
  return client.invoke(op, { signal: signalAfter(5_000), timeoutMs: 5_000 });
}
