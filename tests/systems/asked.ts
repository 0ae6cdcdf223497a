/**
 * What tests of systems ask of a running one: an operation, or an answer to wait for.
 */
import type { Client, Invocation } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { signalAfter, sleep } from '../../harness/time.ts';

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
