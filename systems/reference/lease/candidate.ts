/**
 * Election by lock: whoever gets the lock `leader` leads for as long as its lease lasts by its own clock, counted
 * from when it asked. The others watch the lock and try when it is gone.
 */
import type { Body, NodeHandle } from '../api.ts';

/** Name of the lock. */
const LOCK = 'leader';

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
  /** On this node's clock. */
  #untilMs = 0;
  #askedMs = 0;

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
    return this.#bugs.has('trust-lease') || this.#node.now() < this.#untilMs;
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
    if (body['asked'] !== this.#askedMs) return;
    if (body['granted'] === true) {
      this.#token = Number(body['token']);
      this.#untilMs = this.#askedMs + this.#ttlMs;
      this.#leader = this.#node.id;
      return;
    }
    if (!this.#bugs.has('trust-lease')) this.#token = null;
    this.#leader = String(body['holder']).split('/')[0]!;
  }

  /** Renews, or tries again in case that word was lost. */
  onTimer(): void {
    this.#ask();
  }

  #ask(): void {
    this.#askedMs = this.#node.now();
    const { id } = this.#node;
    const ask = {
      type: 'campaign',
      name: LOCK,
      owner: this.#owner,
      ttlMs: this.#ttlMs,
      asked: this.#askedMs,
    };
    this.#node.send(this.#service, { ...ask, node: id });
    this.#node.setTimer('campaign', this.#ttlMs / 4);
  }
}
