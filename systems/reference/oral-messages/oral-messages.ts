/**
 * Oral messages, OM(m) of "The Byzantine Generals Problem" (Lamport, Shostak and Pease, 1982): a commander sends an
 * order, lieutenants tell each other what they were told, and each takes the majority, so that m traitors among
 * at least 3m + 1 nodes can neither part the loyal ones nor turn the order of a loyal commander. The algorithm
 * is synchronous: what did not come within the time of its round was not said. Instances are named after their
 * commander: `n2/17`.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { byRank } from '../rank.ts';
import { TRAITOR_SETTINGS, Traitor, traitorsAmong } from '../traitors.ts';
import { majority, Orders, type Path, RETREAT } from './orders.ts';

/** The oral-messages program. */
export const oralMessages: ProgramKind = {
  name: 'oral-messages',
  settings: {
    ...TRAITOR_SETTINGS,
    faults: { summary: 'how many traitors it is made for; 0: as many as `traitors`', default: 0 },
    roundMs: { summary: 'time of one round of messages: what comes later was not said', default: 100 },
  },
  bugs: ['one-round', 'trust-first', 'ignore-silence', 'trust-path', 'shared-order'],
  probes: [
    'heard-contradictions',
    'overruled-the-commander',
    'took-silence-for-retreat',
    'found-no-majority',
    'lied',
  ],
  create: (config) => new OralMessages(config),
};

/** Between two sends of one order, with the bug `shared-order`. */
const PACE_MS = 15;

/** One instance at one node. */
interface Instance {
  readonly orders: Orders;
  decision: Json | undefined;
  /** What this node told others about the commander's order, by whom. */
  readonly told: Map<string, Json>;
}

class OralMessages implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #nodes: string[] = [];
  #traitor: Traitor | null = null;
  readonly #instances = new Map<string, Instance>();
  /** The order given last, with the bug `shared-order`, and what waits to be sent. */
  #latest: Json = null;
  readonly #unsent: { to: string; name: string }[] = [];

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#nodes = [node.id, ...node.peers].sort(byRank);
    if (traitorsAmong(this.#nodes, this.#traitors).includes(node.id))
      this.#traitor = new Traitor(node, String(this.#config.settings['lies']));
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) this.#onClient({ from, body });
    else if (body.type === 'order') this.#onOrder(from, body);
    else this.#node.note(`does not know the message ${body.type} of ${from}`);
  }

  onTimer(timer: string): void {
    if (timer === 'pace') this.#sendNext();
    else this.#decide(timer);
  }

  get #traitors(): number {
    return Number(this.#config.settings['traitors']);
  }

  /** How deep reports of reports go. */
  get #depth(): number {
    if (this.#has('one-round')) return 0;
    return Number(this.#config.settings['faults']) || this.#traitors;
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  /** The instance of this name; the first that is heard of it starts its clock. */
  #instance(name: string): Instance {
    let instance = this.#instances.get(name);
    if (instance === undefined) {
      const orders = new Orders(this.#node.id, this.#nodes);
      instance = { orders, decision: undefined, told: new Map() };
      this.#instances.set(name, instance);
      this.#node.setTimer(name, (this.#depth + 1) * Number(this.#config.settings['roundMs']));
    }
    return instance;
  }

  /** The commander gives its order. */
  #command(name: string, value: Json): void {
    const instance = this.#instance(name);
    const path = [this.#node.id];
    if (!instance.orders.hear(path, value)) return;
    if (!this.#has('shared-order')) {
      for (const peer of this.#node.peers) this.#tell(peer, name, path, value);
      return;
    }
    this.#latest = value;
    for (const to of this.#node.peers) this.#unsent.push({ to, name });
    this.#node.setTimer('pace', PACE_MS);
  }

  #sendNext(): void {
    const next = this.#unsent.shift();
    if (next !== undefined) this.#tell(next.to, next.name, [this.#node.id], this.#latest);
    if (this.#unsent.length > 0) this.#node.setTimer('pace', PACE_MS);
  }

  /** Sends a report, `path` being who passed it on, this node last. */
  #tell(to: string, name: string, path: Path, truth: Json): void {
    const lie = truth === RETREAT ? 'attack' : RETREAT;
    const value = this.#traitor === null ? truth : this.#traitor.value(to, truth, lie);
    this.#node.sometimes('lied', value !== truth);
    if (value === undefined) return;
    if (path.length <= 2) this.#instance(name).told.set(to, value);
    this.#node.send(to, { type: 'order', instance: name, path: [...path], value });
    if (this.#traitor === null || path.length !== 2) return;
    // And in the name of others, as if they had passed it on: nobody believes that who looks at the sender.
    for (const other of this.#node.peers)
      if (other !== to && !path.includes(other))
        this.#node.send(to, { type: 'order', instance: name, path: [path[0]!, other], value: lie });
  }

  #onOrder(from: string, body: Body): void {
    const name = String(body['instance']);
    const path = body['path'] as string[];
    if (!this.#plausible(from, name, path)) return;
    const instance = this.#instance(name);
    if (instance.decision !== undefined) return;
    const value = body['value'] ?? RETREAT;
    if (!instance.orders.hear(path, value) || path.length > this.#depth) return;
    for (const peer of this.#node.peers)
      if (!path.includes(peer)) this.#tell(peer, name, [...path, this.#node.id], value);
  }

  /** The report came by different nodes from the commander to its sender, and not through here. */
  #plausible(from: string, name: string, path: Path): boolean {
    return (
      path[0] === commanderOf(name) &&
      (path.at(-1) === from || this.#has('trust-path')) &&
      !path.includes(this.#node.id) &&
      path.length <= this.#depth + 1 &&
      new Set(path).size === path.length &&
      path.every((each) => this.#nodes.includes(each))
    );
  }

  #decide(name: string): void {
    const { orders } = this.#instance(name);
    const instance = this.#instance(name);
    const commander = commanderOf(name);
    const silence = this.#has('ignore-silence') ? undefined : RETREAT;
    if (commander === this.#node.id) instance.decision = orders.direct([commander]) ?? RETREAT;
    else if (this.#has('trust-first')) instance.decision = orders.first;
    else instance.decision = orders.order([commander], this.#depth, silence) ?? RETREAT;
    this.#report(instance, commander);
  }

  /** What makes an instance one in which the algorithm was needed. */
  #report({ orders, decision }: Instance, commander: string): void {
    if (this.#traitor !== null || commander === this.#node.id) return;
    const order = orders.direct([commander]);
    const said = orders.reportsOf(commander);
    this.#node.sometimes('heard-contradictions', new Set(said).size > 1);
    this.#node.sometimes('found-no-majority', majority(said) === undefined && said.length > 1);
    this.#node.sometimes('overruled-the-commander', order !== undefined && order !== decision);
    this.#node.sometimes('took-silence-for-retreat', order === undefined);
  }

  #onClient(request: Request): void {
    const { body } = request;
    const name = String(body['instance']);
    if (body.type === 'propose') {
      if (commanderOf(name) !== this.#node.id) {
        this.#node.fail(request, 22, `${name} has another commander`);
        return;
      }
      this.#command(name, body['value'] ?? RETREAT);
      this.#node.reply(request, { type: 'propose_ok' });
    } else if (body.type === 'decide') {
      this.#node.reply(request, {
        type: 'decide_ok',
        value: this.#instances.get(name)?.decision ?? null,
      });
    } else if (body.type === 'say') {
      const value = this.#instances.get(name)?.told.get(String(body['to'])) ?? null;
      this.#node.reply(request, { type: 'say_ok', value });
    } else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else this.#node.fail(request, 10, `oral-messages does not know the operation ${body.type}`);
  }
}

/** Who commands in an instance. */
function commanderOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}
