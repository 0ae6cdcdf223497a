/**
 * The view service: says who is primary and who backup, one view after the other. It leaves a view only once
 * its primary has said that the backup holds everything, and it makes only a backup primary: so whoever is
 * promoted has all that was acknowledged.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle } from '../api.ts';

/** Who does what. View 0: nobody was chosen yet. */
export interface View {
  number: number;
  primary: string | null;
  backup: string | null;
}

/** The view before all others. */
export const NO_VIEW: View = { number: 0, primary: null, backup: null };

/** Ticks without a ping after which a server is taken for dead. */
const DEAD_AFTER = 4;

/** The service's side, on one node. The current view is durable. */
export class ViewService {
  readonly #node: NodeHandle;
  readonly #bugs: ReadonlySet<string>;
  readonly #silentTicks = new Map<string, number>();
  #view: View;
  /** The primary has acknowledged the view. */
  #acknowledged: boolean;

  constructor(node: NodeHandle, bugs: ReadonlySet<string>) {
    this.#node = node;
    this.#bugs = bugs;
    const saved = node.storage.read('service') as unknown as
      | { view: View; acknowledged: boolean }
      | undefined;
    this.#view = saved?.view ?? NO_VIEW;
    this.#acknowledged = saved?.acknowledged ?? true;
    for (const peer of node.peers) this.#silentTicks.set(peer, saved === undefined ? DEAD_AFTER : 0);
  }

  /** Who is primary and backup now. */
  get view(): View {
    return this.#view;
  }

  /** A server lives; `ready` is the view it has acknowledged as primary. */
  onPing(from: string, body: Body): void {
    this.#silentTicks.set(from, 0);
    if (from === this.#view.primary && body['ready'] === this.#view.number && !this.#acknowledged) {
      this.#acknowledged = true;
      this.#save();
    }
    this.#node.send(from, { type: 'view', view: this.#view as unknown as Json });
  }

  /** Time passes. */
  tick(): void {
    for (const [peer, ticks] of this.#silentTicks) this.#silentTicks.set(peer, ticks + 1);
    const { number, primary, backup } = this.#view;
    const spare = this.#node.peers.find((peer) => this.#lives(peer) && peer !== primary && peer !== backup);
    if (primary === null) {
      if (spare !== undefined) this.#change({ number: 1, primary: spare, backup: null });
    } else if (this.#acknowledged) {
      if (!this.#lives(primary) && backup !== null && this.#lives(backup)) {
        this.#change({ number: number + 1, primary: backup, backup: spare ?? null });
      } else if (!this.#lives(primary) && spare !== undefined && this.#bugs.has('promote-spare')) {
        this.#change({ number: number + 1, primary: spare, backup: null });
      } else if (this.#lives(primary) && (backup === null ? spare !== undefined : !this.#lives(backup))) {
        this.#change({ number: number + 1, primary, backup: spare ?? null });
      }
    }
  }

  #lives(peer: string): boolean {
    return (this.#silentTicks.get(peer) ?? DEAD_AFTER) < DEAD_AFTER;
  }

  #change(view: View): void {
    this.#view = view;
    this.#acknowledged = false;
    this.#node.note(`view ${view.number}: primary ${view.primary}, backup ${view.backup}`);
    this.#node.sometimes('changed-view');
    this.#save();
  }

  #save(): void {
    const state = { view: this.#view, acknowledged: this.#acknowledged };
    this.#node.storage.write('service', state as unknown as Json);
  }
}
