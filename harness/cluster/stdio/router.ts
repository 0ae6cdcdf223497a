/**
 * The network of the stdio backend in real time: takes lines from nodes and requests from clients, asks the
 * pure core what becomes of them, and writes what arrives. One timer for everything under way; writes are
 * gathered per turn of the loop. Nothing a node writes can stop it: what breaks the protocol is reported,
 * dropped, and the node stays connected.
 */
import type { LinkCounters, LinkEntry, Links, MessageTap, NodeId } from '../../contracts.ts';
import type { Json } from '../../op.ts';
import type { Seed } from '../../random.ts';
import { TapLayers } from '../../taps/tap-layers.ts';
import { after, type Timer } from '../../time.ts';
import { LinkRules } from '../link-rules.ts';
import type { MessageListener } from '../options.ts';
import { WireNames } from '../wire-names.ts';
import { type Envelope, readEnvelope, toBytes, writeEnvelope } from './envelope.ts';
import type { MessageFate, MessageJournal } from './message-journal.ts';
import { type Arrival, NetCore, type Party } from './net-core.ts';
import type { LinePipe, OpenPipe } from './node-pipe.ts';
import { type Packet, recordOf } from './packet.ts';
import { tamperBody } from './tamper.ts';
import { tapped } from './tapped.ts';

/** Name the harness uses for itself when it initialises nodes; beyond the reach of every fault. */
export const CONTROL = 'c0';

/** What the router tells its cluster. */
export interface RouterEvents {
  /** A message for a client; `name` is the client's own name, not the one on the wire. */
  toClient(name: string, envelope: Envelope): void;
  /** A message for the harness itself. */
  toControl(node: NodeId, envelope: Envelope): void;
  /** A node broke the protocol; `line` is what it wrote, cut to a readable length. */
  violation(node: NodeId, reason: string, line: string): void;
}

/** What a router is made of. */
export interface RouterOptions {
  nodes: readonly NodeId[];
  seed: Seed;
  events: RouterEvents;
  journal: MessageJournal | null;
  /** Hears of messages as they happen. */
  onMessage?: MessageListener;
  now: () => number;
  backlogBytes: number;
  writePerMessage: boolean;
  /** Names of what `addService` will add. */
  services: readonly string[];
  /** A message to a name nobody has is answered with error 1. */
  answerUnknown: boolean;
  /** Timers are exact, as in virtual time: nothing is rounded to what those of the machine can do. */
  exact: boolean;
}

/** A program inside the harness that nodes can talk to by name. */
export interface Service {
  name: string;
  /** The body of the reply, or null for none. */
  handle(envelope: Envelope): string | null;
}

interface Node {
  party: Party;
  life: number;
  pipe: LinePipe | null;
  /** Until `init_ok`, messages wait here. */
  held: Arrival<Packet>[] | null;
}

const HELD_MESSAGES = 100_000;
const PROBE_MS = 250;

/** Routes the messages of one cluster. */
export class Router implements Links {
  readonly #options: RouterOptions;
  readonly #rules: LinkRules;
  readonly #taps = new TapLayers();
  readonly #core: NetCore<Packet>;
  readonly #nodes = new Map<string, Node>();
  readonly #services = new Map<string, { party: Party; service: Service }>();
  /** Clients by their name on the wire. */
  readonly #clients = new Map<string, Party>();
  readonly #wireNames = new WireNames();
  readonly #dirty = new Set<LinePipe>();
  #messages = 0;
  #order = 0;
  #timer: Timer | null = null;
  #timerDueNs = Number.POSITIVE_INFINITY;
  #pumpQueued = false;
  #closed = false;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#rules = new LinkRules([...options.nodes, 'clients', ...options.services], () => {
      this.#core.rulesChanged(options.now());
      this.#pumpSoon();
    });
    this.#core = new NetCore<Packet>({
      seed: options.seed.fork('net'),
      rules: this.#rules,
      tamper: (packet, rng) => {
        const body = tamperBody(packet.envelope.body, rng);
        return body === null ? null : { ...packet, envelope: { ...packet.envelope, body } };
      },
      ended: (arrival) => this.#end(arrival, arrival.fate),
    });
    for (const name of options.nodes) {
      this.#nodes.set(name, { party: { name, endpoint: name }, life: 0, pipe: null, held: [] });
      this.#core.touch('clients', name);
      this.#core.touch(name, 'clients');
      for (const other of options.nodes) if (other !== name) this.#core.touch(name, other);
    }
  }

  /** Makes a service reachable by its name. */
  addService(service: Service): void {
    const party = { name: service.name, endpoint: service.name };
    this.#services.set(service.name, { party, service });
  }

  // -------------------------------------------------------------- lives of nodes

  /** Connects the router to a new life of a node. */
  attach(name: NodeId, open: OpenPipe, life: number): void {
    const node = this.#nodes.get(name)!;
    node.pipe?.close();
    node.life = life;
    node.held = [];
    node.pipe = open(
      {
        lines: (lines) => this.#receive(name, node, lines),
        tooLong: () => this.#options.events.violation(name, 'line too long', ''),
      },
      this.#options,
    );
  }

  /** Forgets an ended life: what it still had to say is not heard. */
  detach(name: NodeId): void {
    const node = this.#nodes.get(name)!;
    node.pipe?.close();
    node.pipe = null;
    for (const arrival of node.held ?? []) this.#end(arrival, 'down');
    node.held = [];
  }

  /** Writes a body to a node outside of the simulated network. */
  control(name: NodeId, body: string): void {
    const { pipe } = this.#nodes.get(name)!;
    pipe?.push(writeEnvelope(this.#messages++, { src: CONTROL, dest: name, body }));
    pipe?.flush();
  }

  /** The node has answered `init`: what waited for it is delivered, in order. */
  release(name: NodeId): void {
    const node = this.#nodes.get(name)!;
    const held = node.held ?? [];
    node.held = null;
    for (const arrival of held) this.#end(arrival, this.#push(node, arrival.message));
    this.#flush();
  }

  /** True when a node has a process to talk to. */
  isUp(name: NodeId): boolean {
    return this.#nodes.get(name)?.pipe != null;
  }

  /** True when the directed link is cut now. */
  isCut(from: string, to: string): boolean {
    return this.#rules.state(from, to).cut;
  }

  // -------------------------------------------------------------- clients

  /** Sends a client's message; `body` is one character per byte. */
  fromClient(client: string, dest: NodeId, body: string, type: Json, msgId: number): void {
    const src = this.#wireNames.of(client);
    const envelope = { src, dest, body, type, msgId, inReplyTo: null };
    this.#send(this.#party(src)!, this.#nodes.get(dest)!.party, envelope);
    this.#pumpSoon();
  }

  // -------------------------------------------------------------- links

  set(faultId: string, entries: readonly LinkEntry[]): void {
    this.#rules.set(faultId, entries);
  }

  tap(faultId: string, tap: MessageTap): void {
    this.#taps.set(faultId, tap);
  }

  clear(faultId: string): void {
    this.#rules.clear(faultId);
    this.#taps.clear(faultId);
  }

  /** Messages have no connections: nothing to reset. */
  reset(): number {
    return 0;
  }

  counters(): LinkCounters[] {
    return this.#core.counters();
  }

  /** Sends a message that nobody receives through the rules of the link, and reports how it fared. */
  async probe(from: string, to: string): Promise<'open' | 'cut' | 'unknown'> {
    const envelope = { src: '', dest: '', body: '', type: null, msgId: null, inReplyTo: null };
    const parties = [from, to].map((endpoint) => ({ name: `probe ${endpoint}`, endpoint }));
    const { delays, base } = this.#rules.state(from, to);
    const waitMs = PROBE_MS + [...delays, ...base].reduce((sum, d) => sum + d.ms + 4 * (d.jitterMs ?? 0), 0);
    for (let attempt = 0; attempt < 3; attempt++) {
      const fate = await new Promise<MessageFate | 'late'>((resolve) => {
        const timer = after(waitMs, () => resolve('late'));
        const probe = (seen: MessageFate): void => {
          timer.cancel();
          resolve(seen);
        };
        const packet = { envelope, order: 0, life: 0, made: false, probe };
        this.#core.send(this.#options.now(), parties[0]!, parties[1]!, 0, packet, true);
        this.#pumpSoon();
      });
      if (fate === 'delivered') return 'open';
      if (fate === 'cut' || fate === 'cut-in-flight') return 'cut';
    }
    return 'unknown';
  }

  /** Stops all timers; nothing is delivered any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const name of this.#nodes.keys()) this.detach(name);
  }

  // -------------------------------------------------------------- inside

  #receive(name: NodeId, node: Node, lines: readonly string[]): void {
    for (const line of lines) {
      if (line.trim() === '') continue;
      const read = readEnvelope(line);
      if ('wrong' in read) {
        this.#options.events.violation(name, read.wrong, line);
        continue;
      }
      const { envelope, extra } = read;
      if (extra !== undefined) {
        this.#options.events.violation(name, `unknown key "${extra}" beside src, dest and body`, line);
      }
      if (envelope.dest === CONTROL) {
        this.#options.events.toControl(name, envelope);
        continue;
      }
      const to = this.#party(envelope.dest);
      if (to === undefined) {
        this.#options.events.violation(name, `unknown dest "${envelope.dest}"`, line);
        this.#answerUnknown(node, envelope);
      } else if (this.#party(envelope.src) === undefined) {
        this.#options.events.violation(name, `unknown src "${envelope.src}"`, line);
      } else this.#send(node.party, to, envelope);
    }
    this.#pump();
  }

  /** Where that is wanted, an error in the name of whoever does not exist. */
  #answerUnknown({ party, pipe }: Node, { src, dest, msgId }: Envelope): void {
    if (!this.#options.answerUnknown || msgId === null || pipe === null || src !== party.name) return;
    // What is no name cannot be the sender of a message either.
    if (!/^[\w.-]+$/.test(dest)) return;
    const body = { type: 'error', in_reply_to: msgId, code: 1, text: `no node ${dest}` };
    pipe.push(writeEnvelope(this.#messages++, { src: dest, dest: src, body: toBytes(JSON.stringify(body)) }));
    this.#dirty.add(pipe);
  }

  #party(name: string): Party | undefined {
    return this.#nodes.get(name)?.party ?? this.#clientParty(name) ?? this.#services.get(name)?.party;
  }

  #clientParty(wire: string): Party | undefined {
    let party = this.#clients.get(wire);
    const name = party === undefined ? this.#wireNames.client(wire) : undefined;
    if (name !== undefined) this.#clients.set(wire, (party = { name, endpoint: 'clients' }));
    return party;
  }

  #send(from: Party, to: Party, envelope: Envelope): void {
    const life = this.#nodes.get(to.name)?.life ?? 0;
    const nowNs = this.#options.now();
    this.#options.onMessage?.({ what: 'sent', atNs: nowNs, ...envelope });
    for (const each of tapped(this.#taps, from, to, envelope, nowNs)) {
      const packet = { envelope: each, order: this.#order++, life, made: each !== envelope };
      this.#core.send(nowNs, from, to, each.body.length, packet);
    }
  }

  /** Delivers what is due and sets the timer for what is not. */
  #pump(): void {
    this.#pumpQueued = false;
    if (this.#closed) return;
    // Services answer while they are delivered to, so look again until nothing is due.
    for (let due = this.#core.due(this.#options.now()); due.length > 0; ) {
      for (const arrival of due) this.#arrive(arrival);
      due = this.#core.due(this.#options.now());
    }
    this.#flush();
    const next = this.#core.nextDueNs;
    if (next === this.#timerDueNs) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#timerDueNs = next;
    if (next === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.max(0, (next - this.#options.now()) / 1e6);
    // Timers of the machine are no finer than this; those of virtual time are exact.
    const waitMs = this.#options.exact ? leftMs : Math.ceil(leftMs);
    this.#timer = after(waitMs, () => {
      this.#timerDueNs = Number.POSITIVE_INFINITY;
      this.#pump();
    });
  }

  /** One pump for all that is sent in this turn. */
  #pumpSoon(): void {
    if (this.#pumpQueued) return;
    this.#pumpQueued = true;
    queueMicrotask(() => this.#pump());
  }

  #flush(): void {
    for (const pipe of this.#dirty) pipe.flush();
    this.#dirty.clear();
  }

  #arrive(arrival: Arrival<Packet>): void {
    const { message, to, fate } = arrival;
    if (fate !== 'delivered' || message.probe !== undefined) {
      this.#end(arrival, fate);
      return;
    }
    const node = this.#nodes.get(to.name);
    if (node !== undefined) {
      if (node.pipe === null || node.life !== message.life) this.#end(arrival, 'down');
      else if (node.held === null) this.#end(arrival, this.#push(node, message));
      else if (node.held.length < HELD_MESSAGES) node.held.push(arrival);
      else this.#end(arrival, 'overflow');
      return;
    }
    this.#end(arrival, 'delivered');
    const local = this.#services.get(to.name);
    if (local === undefined) this.#options.events.toClient(to.name, message.envelope);
    else this.#serve(local, arrival);
  }

  #push(node: Node, packet: Packet): MessageFate {
    const pipe = node.pipe!;
    if (!pipe.push(writeEnvelope(this.#messages++, packet.envelope))) return 'overflow';
    this.#dirty.add(pipe);
    return 'delivered';
  }

  #serve({ party, service }: { party: Party; service: Service }, { message, from }: Arrival<Packet>): void {
    const body = service.handle(message.envelope);
    if (body === null) return;
    const { src: dest, dest: src, msgId } = message.envelope;
    const to = this.#party(dest) ?? from;
    const envelope = { src, dest, body, type: null, msgId: null, inReplyTo: msgId };
    this.#send(party, to, envelope);
  }

  /** The last word on a message: to the journal, or to whoever probes. */
  #end(arrival: Arrival<Packet>, fate: MessageFate): void {
    const { message } = arrival;
    if (message.probe !== undefined) {
      message.probe(fate);
      return;
    }
    if (fate === 'down' || fate === 'overflow') this.#core.undelivered(arrival);
    const { journal, now, onMessage } = this.#options;
    if (fate === 'delivered') onMessage?.({ what: 'received', atNs: now(), ...message.envelope });
    if (journal === null) return;
    journal.add(recordOf(arrival, fate, this.#order++, now()));
  }
}
