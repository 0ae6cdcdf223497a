/**
 * Linearizable reads without writing to the log (section 6.4 of Ongaro's thesis): a leader that has committed
 * what it inherited asks a quorum whether it still leads, in a round that begins after the read arrived; then its
 * state holds everything that was acknowledged before.
 */
import { contactAll, quorumAnswered } from './replication.ts';
import type { RaftState } from './state.ts';

/** A read that waits for proof; `serve` answers it, `refuse` says that it was not served. */
export interface WaitingRead {
  serve(): void;
  refuse(why: string): void;
}

/** A read and the round of contact that proves it. */
interface Waiting {
  read: WaitingRead;
  round: number;
}

/** Reads of one leader that wait for a quorum. */
export class Reads {
  #waiting: Waiting[] = [];
  readonly #s: RaftState;

  readonly #isReady = ({ round }: Waiting): boolean =>
    round <= this.#s.round && quorumAnswered(this.#s, round);
  readonly #isLater = ({ round }: Waiting): boolean => round > this.#s.round;

  constructor(s: RaftState) {
    this.#s = s;
  }

  /** Takes a read at the leader. */
  add(read: WaitingRead): void {
    const s = this.#s;
    if (s.bugs.has('stale-read') || s.lease.holds) {
      read.serve();
      return;
    }
    // One round at a time: reads that arrive while others wait for a round share the next one.
    const busy = this.#waiting.length > 0 && !quorumAnswered(s, s.round);
    if (!busy) contactAll(s);
    this.#waiting.push({ read, round: busy ? s.round + 1 : s.round });
    this.advance();
  }

  /** Serves what has its proof, and starts the next round when reads wait for one. */
  advance(): void {
    const s = this.#s;
    if (this.#waiting.length === 0 || s.role !== 'leader') return;
    if (s.commitIndex < s.inheritedIndex) return;
    // Asked after every message, and most find nothing: no list is made for that.
    if (this.#waiting.some(this.#isReady)) {
      const ready = this.#waiting.filter(this.#isReady);
      this.#waiting = this.#waiting.filter((w) => !ready.includes(w));
      for (const { read } of ready) read.serve();
    }
    if (this.#waiting.some(this.#isLater) && quorumAnswered(s, s.round)) contactAll(s);
  }

  /** Leadership ended: nothing was read, so every refusal is certain. */
  refuseAll(why: string): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    for (const { read } of dropped) read.refuse(why);
  }
}
