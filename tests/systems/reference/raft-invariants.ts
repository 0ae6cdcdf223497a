/**
 * The safety properties of figure 3 of the Raft paper, checked on the inside of a running cluster, and what
 * clients may expect of its reads and acknowledgements, checked from the outside.
 */
import { canonicalJson } from '../../../harness/history/interner.ts';
import type { Json } from '../../../harness/op.ts';
import type { RaftLog } from '../../../systems/reference/raft/log.ts';
import type { RaftProgram } from '../../../systems/reference/raft/raft.ts';
import type { RaftState } from '../../../systems/reference/raft/state.ts';
import type { VirtualCluster } from './virtual-cluster.ts';

/** Watches one cluster; `violations` names each broken property once. */
export class RaftInvariants {
  readonly violations = new Map<string, string>();
  readonly #cluster: VirtualCluster<RaftProgram>;
  readonly #leaders = new Map<number, string>();
  /** Committed entries by index, as first seen committed. */
  readonly #committed: string[] = [];
  readonly #watched = new Map<string, number>();
  readonly #checkedTo = new Map<string, { life: number; index: number }>();

  constructor(cluster: VirtualCluster<RaftProgram>) {
    this.#cluster = cluster;
  }

  /** Terms that had a leader. */
  get terms(): number {
    return this.#leaders.size;
  }

  /** Cheap checks after every step. */
  step(): void {
    for (const node of this.#cluster.nodes.values()) {
      if (node.host === null) continue;
      const s = node.program.state;
      this.#watchCompaction(node.id, node.life, s);
      if (s.role === 'leader') this.#checkLeader(node.id, s.term);
      this.#checkCommitted(node.id, node.life, s.commitIndex, s.log);
    }
  }

  /** Entries may be committed and dropped in one step: they are looked at before they go. */
  #watchCompaction(id: string, life: number, s: RaftState): void {
    if (this.#watched.get(id) === life) return;
    this.#watched.set(id, life);
    s.log.listen({ compacting: () => this.#checkCommitted(id, life, s.commitIndex, s.log) });
  }

  #checkLeader(id: string, term: number): void {
    const known = this.#leaders.get(term);
    if (known === id) return;
    if (known !== undefined) this.#report('election safety', `${known} and ${id} lead term ${term}`);
    this.#leaders.set(term, id);
    // Leader completeness: whoever is elected has every committed entry.
    const { log } = this.#cluster.nodes.get(id)!.program.state;
    if (log.base > this.#committed.length)
      this.#report('log compaction', `${id} dropped what is not committed`);
    for (let i = log.base + 1; i <= this.#committed.length; i++) {
      if (i > log.lastIndex || canonicalJson(log.entry(i) as unknown as Json) !== this.#committed[i - 1]) {
        this.#report('leader completeness', `${id} leads term ${term} without committed entry ${i}`);
        return;
      }
    }
  }

  /** State machine safety: no two nodes commit different entries at one index. */
  #checkCommitted(id: string, life: number, commitIndex: number, log: RaftLog): void {
    const seen = this.#checkedTo.get(id);
    const from = seen?.life === life ? seen.index : 0;
    // What a snapshot holds was committed by whoever made it, and its entries are gone.
    for (let i = Math.max(from, log.base) + 1; i <= commitIndex; i++) {
      const found = canonicalJson(log.entry(i) as unknown as Json);
      const first = this.#committed[i - 1];
      if (first === undefined) this.#committed[i - 1] = found;
      else if (first !== found)
        this.#report('state machine safety', `${id} commits ${found} at ${i}, not ${first}`);
    }
    this.#checkedTo.set(id, { life, index: Math.max(from, commitIndex) });
  }

  /** What may be compared when a run has ended. */
  finish(): void {
    this.#checkLogs();
    this.#checkMachines();
  }

  /** State machines that applied as much hold the same, however they came by it: by entries or by a snapshot. */
  #checkMachines(): void {
    const byIndex = new Map<number, { id: string; held: string }>();
    for (const { id, host, program } of this.#cluster.nodes.values()) {
      if (host === null) continue;
      const held = canonicalJson(program.held() as unknown as Json);
      const other = byIndex.get(program.state.appliedIndex);
      if (other === undefined) byIndex.set(program.state.appliedIndex, { id, held });
      else if (other.held !== held)
        this.#report('equal machines', `${other.id} and ${id} applied as much and hold different things`);
    }
  }

  /** Log matching: equal index and term means equal logs up to there. O(nodes^2 * log), for the end of a run. */
  #checkLogs(): void {
    const logs = [...this.#cluster.nodes.values()]
      .filter((n) => n.host !== null)
      .map((n) => n.program.state.log);
    for (const a of logs) {
      for (const b of logs) {
        let i = Math.min(a.lastIndex, b.lastIndex);
        const gone = Math.max(a.base, b.base);
        while (i > gone && a.term(i) !== b.term(i)) i--;
        for (; i > gone; i--) {
          if (canonicalJson(a.entry(i) as unknown as Json) !== canonicalJson(b.entry(i) as unknown as Json)) {
            this.#report('log matching', `logs differ at ${i} below an equal term`);
            return;
          }
        }
      }
    }
  }

  #report(property: string, what: string): void {
    if (!this.violations.has(property)) this.violations.set(property, what);
  }
}

/**
 * Clients that add numbers to the set and read all of it, all over the cluster. The set only grows, so a read
 * must hold every element whose addition was acknowledged, or that any read had returned, before it began.
 */
export class SetClients {
  readonly violations: string[] = [];
  acknowledged = 0;
  reads = 0;
  readonly #known = new Set<number>();
  #next = 0;
  readonly #cluster: VirtualCluster<RaftProgram>;

  constructor(cluster: VirtualCluster<RaftProgram>) {
    this.#cluster = cluster;
  }

  /** Adds and reads at random nodes until `untilMs`. */
  start(everyMs: number, untilMs: number): void {
    const { rng } = this.#cluster;
    const act = (): void => {
      if (this.#cluster.nowMs >= untilMs) return;
      if (rng.chance(0.5)) this.#add(rng.pick(this.#cluster.ids));
      else this.read(rng.pick(this.#cluster.ids));
      this.#cluster.at(this.#cluster.nowMs + rng.exponential(everyMs), act);
    };
    act();
  }

  read(node: string): void {
    const expected = [...this.#known];
    this.#cluster.request(node, { type: 'read' }, (reply) => {
      if (reply.type !== 'read_ok') return;
      this.reads++;
      const found = new Set(reply['value'] as number[]);
      const missing = expected.filter((element) => !found.has(element));
      if (missing.length > 0) this.violations.push(`a read at ${node} misses ${missing.join(' ')}`);
      for (const element of found) this.#known.add(element);
    });
  }

  #add(node: string): void {
    const element = this.#next++;
    this.#cluster.request(node, { type: 'add', element }, (reply) => {
      if (reply.type !== 'add_ok') return;
      this.acknowledged++;
      this.#known.add(element);
    });
  }
}
