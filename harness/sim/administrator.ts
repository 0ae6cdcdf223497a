/**
 * Changes the members of a simulated cluster, for all faults of a run: asks every node again and again, over the
 * network as any client, until each change was confirmed. What was changed for a fault is changed back when it
 * ends; where several faults want something of one node, the one that began last has it.
 */
import type { NodeId } from '../contracts.ts';
import type { MembershipChange } from '../membership.ts';
import type { Party } from './network.ts';
import type { Subject } from './subject.ts';
import type { World } from './world.ts';

const ROUND_NS = 120_000_000;
/** Rounds of asking for one change before it is given up: a cluster that was hurt for long may never answer. */
const MAX_ROUNDS = 80;
/** Pause before a change that was confirmed is asked for once more: an older request may have come late. */
const AGAIN_NS = 700_000_000;

interface Task {
  kind: 'add' | 'remove';
  rounds: number;
}

const administrators = new WeakMap<World, Administrator>();

/** The administrator of a world, made when it is first asked for. */
export function administratorOf(world: World, subject: Subject): Administrator {
  let found = administrators.get(world);
  if (found === undefined) administrators.set(world, (found = new Administrator(world, subject)));
  return found;
}

/** One for a run. */
export class Administrator {
  readonly #world: World;
  readonly #subject: Subject;
  readonly #party: Party;
  /** Members before anything was changed, and what faults want now, oldest first. */
  #original: readonly NodeId[] | null = null;
  readonly #wanted = new Map<string, MembershipChange>();
  /** By node: what is being asked for. */
  readonly #open = new Map<NodeId, Task>();
  /** What was asked by each request. */
  readonly #asked = new Map<number, { task: Task; member: NodeId }>();
  #count = 0;
  #runs = false;

  constructor(world: World, subject: Subject) {
    this.#world = world;
    this.#subject = subject;
    this.#party = world.network.client('administrator', (body) => {
      const asked = this.#asked.get(Number(body['in_reply_to']));
      if (asked === undefined || subject.membership?.isDone(body) !== true) return;
      if (this.#open.get(asked.member) === asked.task) this.#open.delete(asked.member);
    });
  }

  /** A fault begins: it is told the members, and what it wants is asked for. */
  begin(fault: string, change: (members: readonly NodeId[]) => MembershipChange): void {
    const members = this.#members();
    // Nobody answers: nothing is known, and nothing changed.
    if (members.length === 0) return;
    this.#original ??= members;
    const wanted = change(members);
    this.#wanted.set(fault, wanted);
    this.#askFor([...wanted.add, ...wanted.remove]);
  }

  /** It has ended. */
  end(fault: string): void {
    const wanted = this.#wanted.get(fault);
    this.#wanted.delete(fault);
    if (wanted === undefined) return;
    const touched = [...wanted.add, ...wanted.remove];
    this.#askFor(touched);
    this.#world.at(this.#world.now + AGAIN_NS, { run: () => this.#askFor(touched) });
  }

  /** One round of asking. */
  run(): void {
    this.#runs = false;
    const { membership } = this.#subject;
    if (membership === undefined) return;
    const { network, now, nodes } = this.#world;
    this.#asked.clear();
    for (const [member, task] of this.#open) {
      if (task.rounds++ >= MAX_ROUNDS) this.#open.delete(member);
      else {
        for (const node of nodes) {
          if (!node.up) continue;
          const id = ++this.#count;
          this.#asked.set(id, { task, member });
          network.send(
            this.#party,
            node.party,
            { ...membership.request(task.kind, member), msg_id: id },
            now,
          );
        }
      }
    }
    if (this.#open.size > 0) this.#wait(ROUND_NS);
  }

  #askFor(touched: readonly NodeId[]): void {
    for (const member of touched) {
      this.#open.set(member, { kind: this.#belongs(member) ? 'add' : 'remove', rounds: 0 });
    }
    if (this.#open.size > 0 && !this.#runs) this.#wait(0);
  }

  /** Is this node to be a member now? */
  #belongs(node: NodeId): boolean {
    let belongs = this.#original?.includes(node) === true;
    for (const { add, remove } of this.#wanted.values()) {
      if (add.includes(node)) belongs = true;
      else if (remove.includes(node)) belongs = false;
    }
    return belongs;
  }

  #wait(afterNs: number): void {
    this.#runs = true;
    this.#world.at(this.#world.now + afterNs, this);
  }

  /** The members as the node that knows the latest change has them, asked directly; none when nobody answers. */
  #members(): readonly NodeId[] {
    const { membership } = this.#subject;
    let latest: { members: NodeId[]; version: number } = { members: [], version: -1 };
    if (membership === undefined) return [];
    for (const node of this.#world.nodes) {
      const reply = node.ask('administrator', membership.question);
      const seen = reply === undefined ? null : membership.seen(reply);
      if (seen !== null && seen.version > latest.version) latest = seen;
    }
    return latest.members;
  }
}
