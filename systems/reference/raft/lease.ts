/**
 * The leader's lease (section 6.4.1 of Ongaro's thesis): for somewhat less than an election timeout after a round of
 * contact began that a quorum answered, nobody else can be elected, for nodes that hear a leader do not vote. The
 * lease ends by a timer, and by the wall clock as well, which a pause does not stop.
 */
import type { NodeHandle } from '../api.ts';

/** Share of the shortest election timeout; the rest is for clocks that do not run alike. */
const SHARE = 0.9;
const TIMER = 'lease ';

/** What a lease needs to know of its node. */
export interface Leader {
  readonly node: NodeHandle;
  readonly bugs: ReadonlySet<string>;
  readonly leases: boolean;
  readonly role: string;
  readonly round: number;
  readonly commitIndex: number;
  readonly inheritedIndex: number;
  setting(name: string): number;
  reachedByQuorum(what: 'round', own: number): number;
}

/** The lease of one node while it leads. */
export class Lease {
  readonly #s: Leader;
  /** Wall clock at the begin of rounds that are not answered yet. */
  readonly #begun = new Map<number, number>();
  /** The latest round that a quorum answered, when it began, and the latest whose time is over. */
  #round = 0;
  #beganMs = 0;
  #expired = 0;

  constructor(s: Leader) {
    this.#s = s;
  }

  get #lengthMs(): number {
    return SHARE * this.#s.setting('electionTimeoutMs');
  }

  /** A new leader has no lease. */
  reset(): void {
    this.#begun.clear();
    this.#round = this.#s.round;
    this.#expired = this.#s.round;
  }

  /** A round of contact begins. */
  began(round: number): void {
    if (!this.#s.leases) return;
    this.#begun.set(round, this.#s.node.now());
    this.#s.node.setTimer(`${TIMER}${round}`, this.#lengthMs);
  }

  /** Peers answered: the latest round that a quorum did counts. */
  answered(): void {
    if (!this.#s.leases) return;
    const round = this.#s.reachedByQuorum('round', this.#s.round);
    const beganMs = this.#begun.get(round);
    if (round <= this.#round || beganMs === undefined) return;
    this.#round = round;
    this.#beganMs = beganMs;
    for (const old of [...this.#begun.keys()]) if (old <= round) this.#begun.delete(old);
  }

  /** True when the timer was one of leases. */
  onTimer(name: string): boolean {
    if (!name.startsWith(TIMER)) return false;
    this.#expired = Math.max(this.#expired, Number(name.slice(TIMER.length)));
    return true;
  }

  /** May reads be answered without asking anybody? */
  get holds(): boolean {
    const s = this.#s;
    if (!s.leases || s.role !== 'leader' || s.commitIndex < s.inheritedIndex || this.#beganMs === 0)
      return false;
    const ageMs = s.node.now() - this.#beganMs;
    if (s.bugs.has('unsafe-lease')) return ageMs < this.#lengthMs;
    return this.#round > this.#expired && ageMs >= 0 && ageMs < this.#lengthMs;
  }
}
