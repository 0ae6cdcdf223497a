/**
 * Requests that wait for their reply, by client and message id. Both backends match replies here, so a
 * timeout, an abort, the end of a node and an error reply mean the same on each.
 */
import { type NodeId, OpFailure, type RequestOptions } from '../contracts.ts';
import type { Json } from '../op.ts';
import { after } from '../time.ts';
import { failureOf } from './error-codes.ts';

/** A request that has been numbered and now waits. */
export interface PendingRequest {
  msgId: number;
  reply: Promise<Record<string, Json>>;
  /** Ends the wait with a failure; a request that has ended stays as it ended. */
  fail(failure: OpFailure): void;
}

interface Waiting {
  node: NodeId;
  settle(body: Record<string, Json>): void;
  fail(failure: OpFailure): void;
}

/** The outstanding requests of one cluster. */
export class RequestTable {
  readonly #clients = new Map<string, { next: number; waiting: Map<number, Waiting> }>();

  /** Numbers a request (from 1 per client) and starts its timeout. */
  begin(node: NodeId, { client, timeoutMs, signal }: RequestOptions): PendingRequest {
    let own = this.#clients.get(client);
    if (own === undefined) this.#clients.set(client, (own = { next: 1, waiting: new Map() }));
    const { waiting } = own;
    const msgId = own.next++;
    let fail!: (failure: OpFailure) => void;
    const reply = new Promise<Record<string, Json>>((resolve, reject) => {
      const finish = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        waiting.delete(msgId);
      };
      fail = (failure) => {
        finish();
        reject(failure);
      };
      const onAbort = (): void => fail(indefinite('aborted', 'given up by the caller'));
      const timer = after(timeoutMs, () => fail(indefinite('timeout', `no reply within ${timeoutMs} ms`)));
      waiting.set(msgId, {
        node,
        fail,
        settle: (body) => {
          finish();
          if (body['type'] === 'error') reject(failureOf(body));
          else resolve(body);
        },
      });
      if (signal?.aborted) onAbort();
      else signal?.addEventListener('abort', onAbort, { once: true });
    });
    return { msgId, reply, fail };
  }

  /** Hands a reply to its request; false when nobody waits for it (late, or a duplicate). */
  settle(client: string, body: Record<string, Json>): boolean {
    const id = body['in_reply_to'];
    if (typeof id !== 'number') return false;
    const waiting = this.#clients.get(client)?.waiting.get(id);
    waiting?.settle(body);
    return waiting !== undefined;
  }

  /** Fails what waits for a node; of one client, or of all. */
  failNode(node: NodeId, failure: () => OpFailure, client?: string): void {
    const owners = client === undefined ? [...this.#clients.values()] : [this.#clients.get(client)];
    for (const owner of owners) {
      for (const waiting of [...(owner?.waiting.values() ?? [])]) {
        if (waiting.node === node) waiting.fail(failure());
      }
    }
  }
}

/** A failure after which the effect is unknown. */
export function indefinite(kind: string, message: string): OpFailure {
  return new OpFailure({ definite: false, kind, message });
}

/** A failure that promises that nothing happened. */
export function definite(kind: string, message: string): OpFailure {
  return new OpFailure({ definite: true, kind, message });
}
