/**
 * Election by lock: whoever gets the lock `leader` leads for as long as its lease lasts by its own reckoning,
 * counted from when it asked. The lease ends by a timer, which no step of the wall clock moves, and by the wall
 * clock as well, which a pause does not stop. The others watch the lock and try when it is gone.
 */
import type { Body, NodeHandle } from '../api.ts';

/** Name of the lock. */
const LOCK = 'leader';
const LEASE = 'leader lease ';
const CAMPAIGN = 'campaign';

/** One node that wants to lead. */
export class Candidate {
  readonly #node: NodeHandle;
  readonly #service: string;
  readonly #ttlMs: number;
  readonly #bugs: ReadonlySet<string>;
  /** Another life is another owner: what this node held before it was restarted, it does not hold. */
  readonly #owner: string;
  #leader: string | null = null;
  #token: number | null = null;
  /** Number of the last question and its time on the wall clock; of the one that was granted; of the last whose lease is over. */
  #asked = 0;
  #askedMs = 0;
  #granted = 0;
  #grantedMs = 0;
  #over = 0;

  constructor(node: NodeHandle, service: string, ttlMs: number, bugs: ReadonlySet<string>) {
    this.#node = node;
    this.#service = service;
    this.#ttlMs = ttlMs;
    this.#bugs = bugs;
    this.#owner = `${node.id}/${Math.floor(node.random() * 2 ** 40).toString(36)}`;
    this.#ask();
  }

  /** Its lease has not run out. The clock is looked at every time: nobody tells a node that it was paused. */
  get leading(): boolean {
    if (this.#token === null) return false;
    if (this.#bugs.has('trust-lease')) return true;
    const ageMs = this.#node.now() - this.#grantedMs;
    return this.#granted > this.#over && ageMs >= 0 && ageMs < this.#ttlMs;
  }

  /** Whom it believes to lead. */
  get leader(): string | null {
    return this.leading ? this.#node.id : this.#leader;
  }

  /** The fencing token of its own lease, or of the leader's it last heard of. */
  get token(): number | null {
    return this.#token;
  }

  /** The service's answer, or its word that the lock is free. */
  onMessage(body: Body): void {
    if (body.type === 'gone') {
      if (body['name'] === LOCK) this.#ask();
      return;
    }
    if (body['asked'] !== this.#asked) return;
    const holder = String(body['holder']);
    if (body['granted'] === true) {
      // What an earlier life of this node was granted is not its own.
      if (holder !== this.#owner) return;
      this.#node.sometimes('became-leader', this.#token !== Number(body['token']));
      this.#token = Number(body['token']);
      this.#granted = this.#asked;
      this.#grantedMs = this.#askedMs;
      this.#leader = this.#node.id;
      return;
    }
    this.#node.sometimes('lost-the-lead', this.#token !== null);
    if (!this.#bugs.has('trust-lease')) this.#token = null;
    this.#leader = holder.split('/')[0]!;
  }

  /** A lease is over; or it is time to renew, or to try again in case that word was lost. */
  onTimer(name: string): void {
    if (!name.startsWith(LEASE)) {
      this.#ask();
      return;
    }
    this.#over = Math.max(this.#over, Number(name.slice(LEASE.length)));
    // No renewal in time: it must stop leading by itself, before anybody tells it.
    this.#node.sometimes('outlived-its-lease', this.#token !== null && this.#over === this.#granted);
  }

  #ask(): void {
    const node = this.#node;
    this.#asked++;
    this.#askedMs = node.now();
    const ask = { name: LOCK, owner: this.#owner, ttlMs: this.#ttlMs, asked: this.#asked, node: node.id };
    node.send(this.#service, { type: 'campaign', ...ask });
    node.setTimer(`${LEASE}${this.#asked}`, this.#ttlMs);
    node.setTimer(CAMPAIGN, this.#ttlMs / 4);
  }
}
