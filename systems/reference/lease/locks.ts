/**
 * The lock service: locks as ephemeral entries that vanish unless their owner renews them, with a fencing token
 * that grows with every grant, and watchers that are told when an entry is gone. Grants are durable; after a
 * restart every lease runs for its full length again, so that none ends early.
 */
import type { Json } from '../../../harness/op.ts';
import type { NodeHandle } from '../api.ts';

/** Who holds a lock. Owner null: nobody now; the token is the last one given. */
export interface Grant {
  owner: string | null;
  token: number;
  ttlMs: number;
}

/** The locks of one node. */
export class Locks {
  readonly #node: NodeHandle;
  readonly #bugs: ReadonlySet<string>;
  readonly #grants = new Map<string, Grant>();
  readonly #watchers = new Map<string, Set<string>>();

  constructor(node: NodeHandle, bugs: ReadonlySet<string>) {
    this.#node = node;
    this.#bugs = bugs;
    const saved = (node.storage.read('locks') ?? []) as unknown as [string, Grant][];
    if (bugs.has('forget-tokens')) return;
    node.sometimes(
      'restored-leases',
      saved.some(([, { owner }]) => owner !== null),
    );
    for (const [name, grant] of saved) {
      this.#grants.set(name, bugs.has('forget-leases') ? { ...grant, owner: null } : grant);
      this.#arm(name);
    }
  }

  /** The grant, or null when somebody else holds it. */
  acquire(name: string, owner: string, ttlMs: number): Grant | null {
    const held = this.#grants.get(name);
    if (held !== undefined && held.owner !== null && held.owner !== owner) return null;
    const token = held?.owner === owner ? held.token : (held?.token ?? 0) + 1;
    const grant = { owner, token, ttlMs };
    this.#set(name, grant);
    return grant;
  }

  /** Who holds it now. */
  holder(name: string): string | null {
    return this.#grants.get(name)?.owner ?? null;
  }

  /** Extends the lease; false when this token is not the holder's any more. */
  renew(name: string, token: number): boolean {
    const held = this.#grants.get(name);
    if (held === undefined || held.owner === null || held.token !== token) return false;
    this.#arm(name);
    return true;
  }

  /** Ends it; false when this token is not the holder's any more. */
  release(name: string, token: number): boolean {
    const held = this.#grants.get(name);
    this.#node.sometimes('refused-a-release', held?.owner === null || held?.token !== token);
    if (held === undefined || held.owner === null) return false;
    if (held.token !== token && !this.#bugs.has('any-release')) return false;
    this.#free(name, held);
    return true;
  }

  /** The named lock's entry is gone as soon as it has none: `watcher` hears of it, once. */
  watch(name: string, watcher: string): void {
    let watchers = this.#watchers.get(name);
    if (watchers === undefined) this.#watchers.set(name, (watchers = new Set()));
    watchers.add(watcher);
  }

  /** True when the timer was one of leases. */
  onTimer(timer: string): boolean {
    if (!timer.startsWith('lease ')) return false;
    const name = timer.slice('lease '.length);
    const held = this.#grants.get(name);
    if (held !== undefined && held.owner !== null) {
      this.#node.sometimes('a-lease-ran-out');
      this.#free(name, held);
    }
    return true;
  }

  #free(name: string, held: Grant): void {
    this.#set(name, { ...held, owner: null });
    this.#node.sometimes('told-watchers', this.#watchers.has(name));
    for (const watcher of this.#watchers.get(name) ?? []) this.#node.send(watcher, { type: 'gone', name });
    this.#watchers.delete(name);
  }

  #set(name: string, grant: Grant): void {
    this.#grants.set(name, grant);
    this.#node.storage.write('locks', [...this.#grants] as unknown as Json);
    this.#arm(name);
  }

  #arm(name: string): void {
    const grant = this.#grants.get(name)!;
    const timer = `lease ${name}`;
    if (grant.owner === null || this.#bugs.has('no-expiry')) this.#node.clearTimer(timer);
    else this.#node.setTimer(timer, this.#bugs.has('early-expiry') ? grant.ttlMs / 3 : grant.ttlMs);
  }
}
