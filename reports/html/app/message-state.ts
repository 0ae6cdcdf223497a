/**
 * What the reader has chosen in the space-time diagram: which processes are hidden, whether clients share a line, which
 * timestamps are written, whose operation is followed, and the two events that are compared. Kept in the address.
 */
import { moment } from '../../format.ts';
import { type Messages, NONE } from './messages.ts';
import type { View } from './view.ts';

/** Timestamps written beside events. */
export type Stamps = 'lamport' | 'vector' | 'none';

/** One line of the diagram. */
export interface MessageLane {
  label: string;
  /** Number of the process, or -1 for all clients together. */
  process: number;
}

/** More clients than this share one line. */
const MOST_CLIENTS = 4;

/** The choices. */
export class MessageState {
  readonly view: View;
  messages: Messages | null = null;
  readonly hidden = new Set<string>();
  /** Null: as many clients ask for. */
  collapsed: boolean | null = null;
  /** The harness asking nodes who leads. */
  probes = false;
  stamps: Stamps = 'lamport';
  picked: number[] = [];
  /** Rows of the operation that is followed. */
  followed: ReadonlySet<number> = new Set();
  followedOp = -1;
  #lanes: MessageLane[] | null = null;
  #probeTypes = new Set<number>();

  constructor(view: View) {
    this.view = view;
  }

  /** Called once the messages are there. */
  use(messages: Messages): void {
    this.messages = messages;
    messages.about.types.forEach((type, i) => {
      if (/^leader(_ok)?$/.test(type)) this.#probeTypes.add(i);
    });
    this.changed();
  }

  changed(): void {
    this.#lanes = null;
    this.view.changed('messages');
  }

  get #together(): boolean {
    if (this.messages === null) return true;
    const { names, nodes } = this.messages.about;
    const clients = names.slice(nodes).filter((name) => !isProbe(name)).length;
    return this.collapsed ?? clients > MOST_CLIENTS;
  }

  /** Whether all clients share one line. */
  get together(): boolean {
    return this.#together;
  }

  /** Lines from top to bottom; hidden processes have none. */
  get lanes(): MessageLane[] {
    if (this.#lanes !== null) return this.#lanes;
    const { names, nodes } = this.messages?.about ?? {
      names: this.view.ops.overview.nodes,
      nodes: this.view.ops.overview.nodes.length,
    };
    const lanes: MessageLane[] = [];
    names.forEach((label, process) => {
      if (
        this.hidden.has(label) ||
        (process >= nodes && (this.#together || (isProbe(label) && !this.probes)))
      )
        return;
      lanes.push({ label, process });
    });
    if (this.#together && names.length > nodes && !this.hidden.has('clients'))
      lanes.push({ label: 'clients', process: -1 });
    return (this.#lanes = lanes);
  }

  /** Line of a process, or -1 where it is hidden. */
  laneOf(process: number): number {
    const nodes = this.messages?.about.nodes ?? 0;
    if (process >= nodes && this.#together) return this.lanes.findIndex((lane) => lane.process === -1);
    return this.lanes.findIndex((lane) => lane.process === process);
  }

  /** Whether a message is drawn: both its ends have a line, and it is no probe unless those are wanted. */
  shows(row: number): boolean {
    const { messages } = this;
    if (messages === null) return false;
    const { from, to, type } = messages.columns;
    if (
      !this.probes &&
      this.#probeTypes.has(type[row]!) &&
      !(from[row]! < messages.about.nodes && to[row]! < messages.about.nodes)
    )
      return false;
    return this.#visible(from[row]!) && this.#visible(to[row]!);
  }

  #visible(process: number): boolean {
    const { names, nodes } = this.messages!.about;
    if (process >= nodes && this.#together) return !this.hidden.has('clients');
    return !this.hidden.has(names[process]!);
  }

  hide(name: string, hidden: boolean): void {
    if (hidden) this.hidden.add(name);
    else this.hidden.delete(name);
    this.changed();
  }

  /** Two events are kept; a third begins anew. */
  pick(event: number): void {
    if (event === NONE) this.picked = [];
    else if (this.picked.length === 1 && this.picked[0] !== event) this.picked = [this.picked[0]!, event];
    else this.picked = [event];
    this.changed();
  }

  /** Follows the operation of a row of the list, or none. */
  follow(op: number): void {
    const { messages, view } = this;
    this.followed = new Set();
    this.followedOp = op;
    if (messages !== null && op >= 0 && op < view.ops.loaded) {
      const answered = view.ops.outcome(op) === 'ok' || view.ops.outcome(op) === 'fail';
      const start = view.ops.start(op);
      // Of an operation without an answer nobody knows the end: what it set off in a second is shown.
      const end = answered
        ? view.ops.end(op)
        : Math.min(view.end, Math.max(start + 1e6, view.ops.end(op)), start + 5e6);
      const client = `c${view.ops.columns.process[op]}`;
      this.followed = messages.follow(client, start - 1, end, answered);
    }
    this.changed();
  }

  /** `s12: n1 sends append to n2`. */
  sentence(event: number): string {
    const { messages } = this;
    if (messages === null) return '';
    const row = messages.rowOf[event]!;
    const { from, to, type, fate } = messages.columns;
    const kind = messages.about.types[type[row]!] ?? 'message';
    const [a, b] = [messages.name(from[row]!), messages.name(to[row]!)];
    const lost = messages.arrived(row) ? '' : ` (${messages.about.fates[fate[row]!]})`;
    return messages.isSend(event)
      ? `${messages.label(event)}: ${a} sends ${kind} to ${b}${lost}`
      : `${messages.label(event)}: ${b} receives ${kind} from ${a}`;
  }

  /** `3·0·7`: what an event knows of each node; whole vectors, clients too, are told of picked events. */
  vectorText(event: number): string {
    return this.messages?.nodesKnownAt(event).join('·') ?? '';
  }

  /** Why two events are related as they are, in sentences. */
  explain(a: number, b: number): { sentence: string; lines: string[] } {
    const messages = this.messages!;
    const { how, chain } = messages.relate(a, b);
    const [x, y] = [messages.label(a), messages.label(b)];
    if (how === 'same') return { sentence: `${x} is one event`, lines: [] };
    if (how !== 'concurrent') {
      const [first, second] = how === 'before' ? [x, y] : [y, x];
      return {
        sentence: `${first} happened before ${second}: this chain leads from one to the other`,
        lines: chain.map((event) => `${moment(messages.timeOf(event) * 1000)}  ${this.sentence(event)}`),
      };
    }
    return {
      sentence: `${x} and ${y} are concurrent: no chain of messages leads from one to the other`,
      lines: [this.#unknown(a, b), this.#unknown(b, a)],
    };
  }

  /** That `a` does not know `b`: by the vector of `a`. */
  #unknown(a: number, b: number): string {
    const messages = this.messages!;
    const process = messages.processOf(b);
    const known = messages.vectorOf(a).get(process) ?? 0;
    const name = messages.name(process);
    const had =
      known === 0 ? `nothing of ${name} had reached it` : `it knew the first ${known} events of ${name}`;
    return `At ${messages.label(a)} ${had}; ${messages.label(b)} is its event number ${messages.positions[b]}.`;
  }
}

function isProbe(name: string): boolean {
  return name.startsWith('observer');
}
