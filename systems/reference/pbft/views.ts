/**
 * Changes of view: who waits too long for a request tells everybody what it has promised and asks for the next
 * primary, who begins its view with what a quorum of such accounts says may have been decided. Everybody works
 * that out from the same accounts, so the primary cannot lie about it.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body } from '../api.ts';
import { textOf } from '../canonical.ts';
import { type Account, beginning, type Order } from './promises.ts';
import type { Replica } from './replica.ts';
import type { Statement } from './vouched.ts';

/** View changes at one replica. */
export class Views {
  readonly #r: Replica;
  readonly #patienceMs: number;
  /** Views that failed one after the other: patience doubles with each, up to eightfold. */
  #failed = 0;
  /** The timer runs. */
  #watching = false;
  /** Accounts that a new primary says it begins with, by view. */
  readonly #announced = new Map<number, Statement[]>();
  #announcedOwn = 0;

  constructor(replica: Replica, patienceMs: number) {
    this.#r = replica;
    this.#patienceMs = patienceMs;
  }

  /** Something was executed: the primary does its work. */
  onProgress(): void {
    this.#failed = 0;
    this.#watching = false;
    this.#r.node.clearTimer('patience');
    this.watch();
  }

  /** Waits for what is pending. */
  watch(): void {
    if (this.#watching || (this.#r.active && this.#r.pending().length === 0)) return;
    this.#watching = true;
    this.#r.node.setTimer('patience', this.#patienceMs * 2 ** Math.min(this.#failed, 3));
  }

  /** Patience is over. */
  onPatienceTimer(): void {
    this.#watching = false;
    if (this.#r.active && this.#r.pending().length === 0) return;
    this.#failed++;
    this.start(this.#r.view + 1);
  }

  /** Leaves for a view. */
  start(view: number): void {
    this.#r.leave(view);
    this.#r.node.note(`leaves for view ${view}`);
    this.#r.node.sometimes('left-a-view');
    this.tell();
    this.#watching = false;
    this.watch();
    this.advance();
  }

  /** Tells, or tells again, what this replica has promised. */
  tell(): void {
    const { node, vouched, promises, liar, view, active } = this.#r;
    if (active) return;
    const account = promises.account();
    const name = `account ${view}`;
    vouched.own(name, account as unknown as Json);
    for (const peer of node.peers) {
      const told = liar.account(peer, account);
      if (told !== undefined) vouched.tell(peer, name, told as unknown as Json);
    }
    this.#announce(view);
  }

  /** Accounts came: begins a view, or joins those who want one. */
  advance(): void {
    const r = this.#r;
    this.#join();
    if (!r.active && r.primaryOf(r.view) === r.node.id && this.#announcedOwn !== r.view) {
      const accounts = this.#accountsFor(r.view, true);
      if (this.#beginning(accounts) !== null) {
        this.#announcedOwn = r.view;
        this.#announced.set(r.view, accounts);
        this.#announce(r.view);
      }
    }
    const accounts = this.#announced.get(r.view);
    if (r.active || accounts === undefined || !accounts.every((each) => r.vouched.believes(each))) return;
    const orders = this.#beginning(accounts);
    if (orders === null) return;
    r.node.note(`begins view ${r.view}`);
    r.node.sometimes('began-a-view');
    r.begin(r.view, orders);
    for (const old of r.vouched.allBelieved('account'))
      if (Number(old.name.slice(8)) < r.view) r.vouched.drop(old);
    r.propose();
  }

  /** The new primary says with which accounts its view begins. */
  onNewView(from: string, body: Body): void {
    const view = Number(body['view']);
    const r = this.#r;
    if (from !== r.primaryOf(view) || view < r.view || (view === r.view && r.active)) return;
    const accounts = body['accounts'] as unknown as Statement[];
    const authors = new Set(accounts.map(({ by }) => by));
    if (authors.size !== accounts.length || accounts.some(({ name }) => name !== `account ${view}`)) return;
    if (!this.#announced.has(view)) this.#announced.set(view, accounts);
    if (view > r.view && accounts.every((each) => r.vouched.believes(each))) this.start(view);
    else this.advance();
  }

  #announce(view: number): void {
    const accounts = this.#announced.get(view);
    const { node } = this.#r;
    if (accounts === undefined || this.#announcedOwn !== view) return;
    for (const peer of node.peers)
      node.send(peer, { type: 'newview', view, accounts: accounts as unknown as Json });
  }

  /** The announcement of a view that is under way, for whoever lost it. */
  remind(to: string, view: number): void {
    const accounts = this.#announced.get(view);
    if (accounts !== undefined && this.#announcedOwn === view)
      this.#r.node.send(to, { type: 'newview', view, accounts: accounts as unknown as Json });
  }

  /** When f + 1 want a later view, one of them is honest: goes along. */
  #join(): void {
    const r = this.#r;
    const wanted = new Map<string, number>();
    for (const { by, name } of r.vouched.allBelieved('account')) {
      const view = Number(name.slice(8));
      if (view > r.view && view > (wanted.get(by) ?? 0)) wanted.set(by, view);
    }
    if (wanted.size <= r.faults) return;
    const views = [...wanted.values()].sort((a, b) => b - a);
    this.start(views[r.faults]!);
  }

  /** The first account of each replica for a view. */
  #accountsFor(view: number, spread: boolean): Statement[] {
    const { vouched } = this.#r;
    const name = `account ${view}`;
    const all = spread ? vouched.allSpread('account') : vouched.allBelieved('account');
    const byAuthor = new Map<string, Statement>();
    for (const each of all) if (each.name === name && !byAuthor.has(each.by)) byAuthor.set(each.by, each);
    return [...byAuthor.values()].sort((a, b) => (textOf(a as never) < textOf(b as never) ? -1 : 1));
  }

  #beginning(statements: readonly Statement[]): Map<number, Order> | null {
    const r = this.#r;
    const accounts = statements.map(({ value }) => value as unknown as Account);
    const orders = beginning(accounts, r.quorum, r.faults);
    if (orders === null || !r.bugs.has('forget-prepared')) return orders;
    return new Map([...orders.keys()].map((slot) => [slot, null]));
  }
}
