/**
 * A participant: keeps some of the keys, promises to commit what it voted for whatever happens, and asks the
 * coordinator when it does not hear how a transaction ended.
 */
import type { Json } from '../../../harness/op.ts';
import type { NodeHandle } from '../api.ts';
import { textOf } from '../canonical.ts';
import { KeyLocks } from './locks.ts';

/** One micro-operation: `["r", key, null]` or `["append", key, value]`. */
export type Mop = [f: 'r' | 'append', key: Json, value: Json];

/** What a participant says to a prepare: its vote, and what reads returned, by position in the transaction. */
export interface Vote {
  yes: boolean;
  reads: [position: number, list: Json[]][];
}

interface Prepared {
  coordinator: string;
  appends: [key: string, value: Json][];
  vote: Vote;
  /** Since when it waits for the outcome, in status rounds. */
  waits: number;
}

/** Status rounds after which the bug `unilateral-abort` gives up. */
const GIVE_UP = 2;

/** The participant on one node. Its log holds promises, commits and aborts, in order. */
export class Participant {
  readonly #node: NodeHandle;
  readonly #bugs: ReadonlySet<string>;
  readonly #locks = new KeyLocks();
  readonly #lists = new Map<string, Json[]>();
  readonly #prepared = new Map<string, Prepared>();
  readonly #committed = new Set<string>();

  constructor(node: NodeHandle, bugs: ReadonlySet<string>) {
    this.#node = node;
    this.#bugs = bugs;
    const log = node.storage.log('participant');
    for (let i = 0; i < log.length; i++) {
      const [what, txn, more] = log.get(i) as unknown as [
        'p' | 'c' | 'a',
        string,
        Prepared & { keys: string[][] },
      ];
      if (what === 'p') {
        // A copy: what is stored must not change any more.
        this.#prepared.set(txn, { ...more });
        this.#locks.take(txn, more.keys[0]!, more.keys[1]!);
      } else this.#end(txn, what === 'c');
    }
    node.sometimes('came-back-in-doubt', this.#prepared.size > 0);
  }

  /** Transactions whose outcome is not known here, with their coordinators; counts how often each was asked for. */
  inDoubt(): [txn: string, coordinator: string][] {
    const open: [string, string][] = [];
    for (const [txn, prepared] of this.#prepared) {
      prepared.waits++;
      if (this.#bugs.has('unilateral-abort') && prepared.waits > GIVE_UP) this.finish(txn, false);
      else open.push([txn, prepared.coordinator]);
    }
    return open;
  }

  /** Votes. The same transaction asked again gets the same answer; one that committed is over: null. */
  prepare(txn: string, coordinator: string, mops: readonly [number, Mop][]): Vote | null {
    if (this.#committed.has(txn)) return null;
    const before = this.#prepared.get(txn);
    if (before !== undefined) return before.vote;
    const reads = mops.filter(([, mop]) => mop[0] === 'r').map(([, mop]) => textOf(mop[1]));
    const writes = mops.filter(([, mop]) => mop[0] === 'append').map(([, mop]) => textOf(mop[1]));
    const unlocked = this.#bugs.has('no-read-locks') || this.#bugs.has('dirty-read');
    const locked = this.#locks.take(txn, unlocked ? [] : reads, writes);
    this.#node.sometimes('voted-no', !locked);
    if (!locked) return { yes: false, reads: [] };
    const { vote, appends } = this.#run(mops);
    this.#prepared.set(txn, { coordinator, appends, vote, waits: 0 });
    if (!this.#bugs.has('forget-promises')) {
      this.#write(['p', txn, { coordinator, appends, vote, waits: 0, keys: [reads, writes] }]);
    }
    if (this.#bugs.has('early-unlock')) this.#locks.release(txn);
    return vote;
  }

  /** The outcome. A transaction that is not prepared here is over already, or was never voted for. */
  finish(txn: string, commit: boolean): void {
    const prepared = this.#prepared.get(txn);
    if (prepared === undefined) return;
    this.#node.sometimes('committed-after-doubt', commit && prepared.waits > 0);
    this.#write([commit ? 'c' : 'a', txn, null]);
    this.#end(txn, commit);
  }

  #end(txn: string, commit: boolean): void {
    const prepared = this.#prepared.get(txn);
    this.#prepared.delete(txn);
    this.#locks.release(txn);
    if (prepared === undefined || !commit) return;
    this.#committed.add(txn);
    for (const [key, value] of prepared.appends)
      this.#lists.set(key, [...(this.#lists.get(key) ?? []), value]);
  }

  /** What its reads return, its own appends before them included. */
  #run(mops: readonly [number, Mop][]): { vote: Vote; appends: [string, Json][] } {
    const appends: [string, Json][] = [];
    const vote: Vote = { yes: true, reads: [] };
    for (const [position, [f, key, value]] of mops) {
      const name = textOf(key);
      if (f === 'append') appends.push([name, value]);
      else {
        const own = appends.filter(([written]) => written === name).map(([, v]) => v);
        vote.reads.push([position, [...(this.#lists.get(name) ?? []), ...this.#promised(name), ...own]]);
      }
    }
    return { vote, appends };
  }

  /** Appends that may yet be aborted: nobody may see them. */
  #promised(key: string): Json[] {
    if (!this.#bugs.has('dirty-read')) return [];
    return [...this.#prepared.values()].flatMap(({ appends }) =>
      appends.filter(([name]) => name === key).map(([, value]) => value),
    );
  }

  #write(record: unknown): void {
    this.#node.storage.log('participant').append([record as Json]);
  }
}
