/**
 * Who belongs to the cluster, as the log says: the latest configuration entry counts from the moment it is in the
 * log, committed or not, and no longer once it is cut off (section 4.1 of Ongaro's thesis). Before the first such
 * entry the members are those the node was started with.
 */
import type { NodeHandle } from '../api.ts';
import { byRank } from '../rank.ts';
import type { LogListener } from './log.ts';
import type { Command } from './messages.ts';

/** The voters from a position of the log on; position 0: from the start. */
export type Configuration = { index: number; voters: string[] };

/** Configurations of one node's log. */
export class Members implements LogListener {
  readonly #self: string;
  readonly #onCommit: boolean;
  /** Those that may still be cut off, after the last that cannot. */
  #known: Configuration[];
  #now: Configuration;
  #selfVotes = true;
  #quorum = 1;

  /** `onCommit`: the mistake of waiting until an entry is committed before it counts. */
  constructor(node: NodeHandle, spares: number, onCommit: boolean) {
    this.#self = node.id;
    this.#onCommit = onCommit;
    const all = [node.id, ...node.peers].sort(byRank);
    const voters = all.slice(0, Math.max(1, all.length - Math.max(0, spares)));
    this.#now = { index: 0, voters };
    this.#known = [this.#now];
    this.#adopt(this.#now);
  }

  /** The one in force. */
  get now(): Configuration {
    return this.#now;
  }

  get voters(): readonly string[] {
    return this.#now.voters;
  }

  /** Position of the entry in force. */
  get index(): number {
    return this.#now.index;
  }

  /** Votes and copies it takes. */
  get quorum(): number {
    return this.#quorum;
  }

  /** This node is one of the voters. */
  get selfVotes(): boolean {
    return this.#selfVotes;
  }

  has(node: string): boolean {
    return this.#now.voters.includes(node);
  }

  /** The last one at or before a position, which is committed. */
  at(index: number): Configuration {
    let found = this.#known[0]!;
    for (const one of this.#known) if (one.index <= index) found = one;
    return found;
  }

  /** A snapshot holds this one; what comes after it in the log is told anew. */
  reset(configuration: Configuration): void {
    this.#known = [configuration];
    this.#adopt(configuration);
  }

  configured(index: number, command: Command): void {
    const one = { index, voters: [...(command['voters'] as string[])] };
    this.#known.push(one);
    if (!this.#onCommit) this.#adopt(one);
  }

  cut(lastIndex: number): void {
    while (this.#known.length > 1 && this.#known.at(-1)!.index > lastIndex) this.#known.pop();
    if (!this.#onCommit) this.#adopt(this.#known.at(-1)!);
  }

  /** The entry at a position is committed: none before it comes back. */
  committed(index: number): void {
    const one = this.at(index);
    this.#known = this.#known.filter((other) => other.index >= one.index);
    if (this.#onCommit) this.#adopt(one);
  }

  #adopt(one: Configuration): void {
    this.#now = one;
    this.#selfVotes = one.voters.includes(this.#self);
    this.#quorum = Math.floor(one.voters.length / 2) + 1;
  }
}
