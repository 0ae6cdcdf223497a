/**
 * Primary-backup replication (Alsberg and Day, 1976; Budhiraja and others, 1993) with a view service: n1 says
 * who is primary and who backup, the primary has every operation confirmed by its backup before it answers, reads
 * included, because a backup that was promoted meanwhile will not confirm. With `sync: false` it answers first and
 * copies later, and loses what it had not copied.
 */
import type { Json } from '../../../harness/op.ts';
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { byRank } from '../rank.ts';
import { Relay } from '../relay.ts';
import { type Item, Replica } from './replica.ts';
import { NO_VIEW, type View, ViewService } from './views.ts';

/** The primary-backup program. */
export const primaryBackup: ProgramKind = {
  name: 'primary-backup',
  probes: ['changed-view'],
  settings: {
    sync: { summary: 'false: acknowledge before the backup has it', default: true },
    pingMs: { summary: 'time between two pings to the view service', default: 50 },
  },
  bugs: ['ack-before-backup', 'local-read', 'no-view-check', 'no-transfer', 'promote-spare'],
  create: (config) => new PrimaryBackup(config),
};

const OPERATIONS: ReadonlySet<string> = new Set(['read', 'write', 'cas', 'command']);

class PrimaryBackup implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #relay!: Relay;
  #replica!: Replica;
  #service: ViewService | null = null;
  #serviceName = '';
  #view: View = NO_VIEW;
  /** Primary: the backup of this view holds everything. */
  #ready = false;
  /** Names one transfer: operations that follow it are numbered from 1. */
  #epoch = '';
  #sent: { number: number; request: Request; answered: boolean }[] = [];
  #lastNumber = 0;
  /** Backup: the transfer it follows, and the last operation applied. */
  #followed = '';
  #applied = 0;

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#relay = new Relay(node);
    this.#replica = new Replica(node);
    this.#serviceName = [node.id, ...node.peers].sort(byRank)[0]!;
    if (this.#serviceName === node.id) this.#service = new ViewService(node, this.#config.bugs);
    const saved = node.storage.read('view') as unknown as View | undefined;
    // A restarted primary does not know what its backup has: it transfers everything again.
    if (saved !== undefined) this.#view = saved;
    this.#begin();
    this.#tick();
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) {
      this.#onClient({ from, body });
      return;
    }
    switch (body.type) {
      case 'ping':
        this.#service?.onPing(from, body);
        return;
      case 'view':
        this.#adopt(body['view'] as unknown as View);
        return;
      case 'transfer':
        this.#onTransfer(from, body);
        return;
      case 'transferred':
        this.#onTransferred(body);
        return;
      case 'apply':
        this.#onApply(from, body);
        return;
      case 'applied':
        this.#onApplied(body);
        return;
      case 'lost':
        if (body['epoch'] === this.#epoch && this.#leading) this.#begin();
        return;
      case 'relay':
        this.#relay.received(from, body, (request) => this.#perform(request));
        return;
      case 'relayed':
        this.#relay.relayed(body);
        return;
      default:
        this.#node.note(`does not know the message ${body.type} of ${from}`);
    }
  }

  onTimer(): void {
    this.#tick();
  }

  #has(bug: string): boolean {
    return this.#config.bugs.has(bug);
  }

  get #leading(): boolean {
    return this.#view.primary === this.#node.id && this.#ready;
  }

  get #async(): boolean {
    return this.#config.settings['sync'] === false || this.#has('ack-before-backup');
  }

  #tick(): void {
    this.#node.setTimer('tick', this.#config.settings['pingMs'] as number);
    if (this.#service !== null) {
      this.#service.tick();
      return;
    }
    this.#node.send(this.#serviceName, { type: 'ping', ready: this.#ready ? this.#view.number : 0 });
    if (this.#view.primary !== this.#node.id) return;
    if (this.#ready) for (const { number, request } of this.#sent) this.#sendApply(number, request);
    else this.#transfer();
  }

  #adopt(view: View): void {
    if (view.number <= this.#view.number) return;
    this.#view = view;
    this.#node.storage.write('view', view as unknown as Json);
    this.#begin();
  }

  /** A view begins, or this node's life in it: nothing is served before the backup holds everything. */
  #begin(): void {
    const dropped = this.#sent;
    this.#sent = [];
    this.#ready = false;
    for (const { request, answered } of dropped) {
      if (!answered) this.#relay.fail(request, 13, 'the view changed, outcome unknown');
    }
    if (this.#view.primary !== this.#node.id) return;
    this.#epoch = `${this.#node.id} ${Math.floor(this.#node.random() * 2 ** 40).toString(36)}`;
    this.#lastNumber = 0;
    if (this.#view.backup === null) this.#ready = true;
    else this.#transfer();
  }

  #transfer(): void {
    const { backup, number } = this.#view;
    if (backup === null) return;
    const items = this.#replica.items as unknown as Json;
    this.#node.send(backup, { type: 'transfer', view: number, epoch: this.#epoch, items });
  }

  #onTransfer(from: string, body: Body): void {
    const number = Number(body['view']);
    if (number < this.#view.number) return;
    if (number > this.#view.number) this.#adopt({ number, primary: from, backup: this.#node.id });
    if (this.#view.primary !== from) return;
    const epoch = String(body['epoch']);
    if (this.#followed !== epoch) {
      if (!this.#has('no-transfer')) this.#replica.replace(body['items'] as unknown as Item[]);
      this.#followed = epoch;
      this.#applied = 0;
    }
    this.#node.send(from, { type: 'transferred', epoch });
  }

  #onTransferred(body: Body): void {
    if (body['epoch'] === this.#epoch && this.#view.primary === this.#node.id) this.#ready = true;
  }

  #onClient(request: Request): void {
    const { body } = request;
    // Whoever keeps the views gets none sent, and knows best.
    const { primary } = this.#service?.view ?? this.#view;
    if (body.type === 'leader') {
      const { number: term, primary: leader } = this.#view;
      this.#node.reply(request, { type: 'leader_ok', leading: this.#leading, leader, term });
    } else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else if (!OPERATIONS.has(body.type)) {
      this.#node.fail(request, 10, `primary-backup does not know the operation ${body.type}`);
    } else if (body.type === 'command' || this.#view.primary === this.#node.id) this.#perform(request);
    else if (primary === null) this.#node.fail(request, 11, 'there is no primary yet');
    else this.#relay.pass(request, primary);
  }

  /** The primary's part. */
  #perform(request: Request): void {
    if (!this.#leading) {
      this.#relay.fail(request, 11, `not the primary of view ${this.#view.number}`);
      return;
    }
    const alone = this.#view.backup === null;
    if (alone || (request.body.type === 'read' && (this.#has('local-read') || this.#async))) {
      this.#answer(request);
      return;
    }
    const entry = { number: ++this.#lastNumber, request, answered: this.#async };
    if (this.#async) this.#answer(request);
    this.#sent.push(entry);
    this.#sendApply(entry.number, request);
  }

  #answer(request: Request): void {
    const reply = this.#replica.apply(request.body);
    const term = this.#view.number;
    this.#relay.answer(request, reply.type === 'command_ok' ? { ...reply, term } : reply);
  }

  #sendApply(number: number, request: Request): void {
    const { msg_id: _, relay: __, ...operation } = request.body;
    const { number: view, backup } = this.#view;
    if (backup !== null)
      this.#node.send(backup, { type: 'apply', view, epoch: this.#epoch, number, operation });
  }

  /** The backup's part: operations of the view it is in, in order, none left out. */
  #onApply(from: string, body: Body): void {
    const checked = !this.#has('no-view-check');
    if (checked && body['view'] !== this.#view.number) return;
    if (checked && body['epoch'] !== this.#followed) {
      // Restarted since: it has what it applied, and does not know where that ends.
      this.#node.send(from, { type: 'lost', epoch: body['epoch'] ?? null });
      return;
    }
    const number = Number(body['number']);
    if (number === this.#applied + 1 || !checked) {
      this.#replica.apply(body['operation'] as unknown as Body);
      this.#applied = number;
    }
    this.#node.send(from, { type: 'applied', epoch: body['epoch'] ?? null, upTo: this.#applied });
  }

  /** The backup has it: it happens here as well, and the client hears of it. */
  #onApplied(body: Body): void {
    if (body['epoch'] !== this.#epoch || this.#view.primary !== this.#node.id) return;
    const upTo = Number(body['upTo']);
    while (this.#sent.length > 0 && this.#sent[0]!.number <= upTo) {
      const { request, answered } = this.#sent.shift()!;
      if (!answered) this.#answer(request);
    }
  }
}
