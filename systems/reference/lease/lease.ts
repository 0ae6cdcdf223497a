/**
 * Election and locks on an external service: n1 is the lock service, n2 the resource that locks guard, all others
 * and n2 candidates for the lock `leader`. Any node takes clients' requests and passes them on. A lease bounds
 * how long a holder that is gone blocks the others; it cannot stop a holder that was paused and does not know it.
 * That is what fencing tokens are for: the resource refuses any that is older than one it has seen.
 */
import type { Body, NodeHandle, Program, ProgramConfig, ProgramKind, Request } from '../api.ts';
import { textOf } from '../canonical.ts';
import { byRank } from '../rank.ts';
import { Relay } from '../relay.ts';
import { Candidate } from './candidate.ts';
import { Locks } from './locks.ts';

/** The lease program. */
export const lease: ProgramKind = {
  name: 'lease',
  settings: { leaderTtlMs: { summary: 'length of the lease of a leader', default: 500 } },
  bugs: [
    'no-fencing',
    'forget-tokens',
    'forget-leases',
    'early-expiry',
    'any-release',
    'no-expiry',
    'trust-lease',
  ],
  probes: [
    ...['became-leader', 'lost-the-lead', 'outlived-its-lease'],
    ...['a-lease-ran-out', 'told-watchers', 'refused-a-release', 'restored-leases', 'fenced-a-write'],
  ],
  create: (config) => new Lease(config),
};

const LOCK_OPERATIONS: ReadonlySet<string> = new Set(['acquire', 'renew', 'release']);

class Lease implements Program {
  readonly #config: ProgramConfig;
  #node!: NodeHandle;
  #relay!: Relay;
  #service = '';
  #resource = '';
  #locks: Locks | null = null;
  #candidate: Candidate | null = null;

  constructor(config: ProgramConfig) {
    this.#config = config;
  }

  init(node: NodeHandle): void {
    this.#node = node;
    this.#relay = new Relay(node);
    const [first, second] = [node.id, ...node.peers].sort(byRank);
    this.#service = first!;
    this.#resource = second ?? first!;
    const ttlMs = this.#config.settings['leaderTtlMs'] as number;
    if (node.id === this.#service) this.#locks = new Locks(node, this.#config.bugs);
    else this.#candidate = new Candidate(node, this.#service, ttlMs, this.#config.bugs);
  }

  onMessage(from: string, body: Body): void {
    if (!this.#node.peers.includes(from)) this.#onClient({ from, body });
    else if (body.type === 'relay') this.#relay.received(from, body, (request) => this.#perform(request));
    else if (body.type === 'relayed') this.#relay.relayed(body);
    else if (body.type === 'campaign') this.#onCampaign(from, body);
    else this.#candidate?.onMessage(body);
  }

  onTimer(name: string): void {
    if (this.#locks?.onTimer(name) !== true) this.#candidate?.onTimer(name);
  }

  #onCampaign(from: string, body: Body): void {
    if (this.#locks === null) return;
    const [name, owner] = [String(body['name']), String(body['owner'])];
    const grant = this.#locks.acquire(name, owner, Number(body['ttlMs']));
    if (grant === null) this.#locks.watch(name, from);
    const holder = this.#locks.holder(name);
    const answer = { granted: grant !== null, holder, token: grant?.token ?? null };
    this.#node.send(from, { type: 'campaigned', ...answer, asked: body['asked'] ?? null });
  }

  #onClient(request: Request): void {
    const { body } = request;
    const serves = LOCK_OPERATIONS.has(body.type)
      ? this.#service
      : body.type === 'write'
        ? this.#resource
        : null;
    if (body.type === 'leader') this.#node.reply(request, this.#whoLeads());
    else if (body.type === 'command') this.#onCommand(request);
    else if (body.type === 'echo') {
      this.#node.reply(request, { type: 'echo_ok', echo: body['echo'] ?? null });
    } else if (serves === null) {
      this.#node.fail(request, 10, `lease does not know the operation ${body.type}`);
    } else if (serves === this.#node.id) this.#perform(request);
    else this.#relay.pass(request, serves);
  }

  #whoLeads(): Body {
    const leading = this.#candidate?.leading ?? false;
    const term = leading ? (this.#candidate?.token ?? null) : null;
    return { type: 'leader_ok', leading, leader: this.#candidate?.leader ?? null, term };
  }

  #onCommand(request: Request): void {
    const command = request.body['command'] ?? null;
    if (this.#candidate?.leading !== true) this.#node.fail(request, 11, 'holds no lease');
    else {
      const term = this.#candidate.token;
      this.#node.reply(request, { type: 'command_ok', command, by: this.#node.id, term });
    }
  }

  /** A request at the node that serves it. */
  #perform(request: Request): void {
    const { body } = request;
    const name = `key ${textOf(body['key'])}`;
    const token = Number(body['token']);
    if (body.type === 'write') this.#guardedWrite(request, name, token);
    else if (this.#locks === null) this.#relay.fail(request, 11, 'not the lock service');
    else if (body.type === 'acquire') {
      const ttlMs = Number(body['ttlMs']);
      const grant = this.#locks.acquire(name, String(body['client'] ?? request.from), ttlMs);
      const reply = { type: 'acquire_ok', granted: grant !== null, token: grant?.token ?? null, ttlMs };
      this.#relay.answer(request, reply);
    } else if (body.type === 'renew' ? this.#locks.renew(name, token) : this.#locks.release(name, token)) {
      this.#relay.answer(request, { type: `${body.type}_ok` });
    } else this.#relay.fail(request, 22, 'not held with this token');
  }

  /** The guarded resource: it remembers the highest token it has accepted. */
  #guardedWrite(request: Request, name: string, token: number): void {
    const highest = Number(this.#node.storage.read(name) ?? 0);
    this.#node.sometimes('fenced-a-write', token < highest);
    if (token < highest && !this.#config.bugs.has('no-fencing')) {
      this.#relay.fail(request, 22, `token ${token} is older than ${highest}`);
      return;
    }
    this.#node.storage.write(name, Math.max(token, highest));
    this.#relay.answer(request, { type: 'write_ok' });
  }
}
