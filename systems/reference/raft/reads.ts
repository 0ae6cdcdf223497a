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

/** Reads of one leader that wait for a quorum. */
export class Reads {
  #waiting: { read: WaitingRead; round: number }[] = [];
  readonly #s: RaftState;

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
    const ready = this.#waiting.filter((w) => w.round <= s.round && quorumAnswered(s, w.round));
    if (ready.length > 0) {
      this.#waiting = this.#waiting.filter((w) => !ready.includes(w));
      for (const { read } of ready) read.serve();
    }
    if (this.#waiting.some((w) => w.round > s.round) && quorumAnswered(s, s.round)) contactAll(s);
  }

  /** Leadership ended: nothing was read, so every refusal is certain. */
  refuseAll(why: string): void {
    const dropped = this.#waiting;
    this.#waiting = [];
    for (const { read } of dropped) read.refuse(why);
  }
}
