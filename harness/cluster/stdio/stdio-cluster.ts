/**
 * The stdio backend: nodes speak the Maelstrom protocol over stdin and stdout, and the harness is the
 * network between them. Sees every message, and can do to it whatever a network can.
 */
import { join } from 'node:path';
import type { Cluster, NodeAddress, NodeId, RequestOptions } from '../../contracts.ts';
import type { Json } from '../../op.ts';
import { currentTimeline } from '../../sim/virtual-time.ts';
import { monotonicNs, signalAfter } from '../../time.ts';
import { assembleCluster, checkNodeNames } from '../assemble.ts';
import { ClusterError } from '../cluster-error.ts';
import { DISK_OFFERS, diskHost, disksOf, LOCAL_OFFERS } from '../disk/node-disks.ts';
import { Fleet } from '../fleet.ts';
import { LockstepHost } from '../lockstep/lockstep-host.ts';
import { SteppedProcess } from '../lockstep/stepped-process.ts';
import { VirtualClocks } from '../lockstep/virtual-clocks.ts';
import { DISTANCE, distanceRules } from '../lockstep/virtual-distance.ts';
import { stringifyLossless } from '../lossless-json.ts';
import type { ClusterOptions } from '../options.ts';
import type { RunningProcess } from '../processes.ts';
import { definite, indefinite, RequestTable } from '../request-table.ts';
import { ViolationReport } from '../violation-report.ts';
import { type Envelope, parseBody, parseExactBody, toBytes, toText } from './envelope.ts';
import { MessageJournal } from './message-journal.ts';
import { NodePipe, type OpenPipe } from './node-pipe.ts';
import { Router } from './router.ts';
import { makeServices } from './services/services.ts';
import { WIRE, wireRules } from './wire-rules.ts';

const BACKLOG_BYTES = 16 * 1024 * 1024;
/** How long a node may take to answer a greeting. */
const GREETING_MS = 5_000;

/** Makes a cluster whose network is the harness. Throws `ClusterError` for impossible options. */
export function createStdioCluster(options: ClusterOptions): Cluster {
  checkNodeNames(options.nodes);
  return new StdioBackend(options).cluster;
}

class StdioBackend {
  readonly cluster: Cluster;
  readonly #options: ClusterOptions;
  readonly #fleet: Fleet;
  readonly #router: Router;
  readonly #journal: MessageJournal | null;
  readonly #requests = new RequestTable();
  /** Requests of the harness itself that wait for their answer, one per node at a time. */
  readonly #asked = new Map<NodeId, { msgId: number; answered: (body: Record<string, Json>) => void }>();

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { messages, nodes, seed, stdio } = options;
    const lockstep = lockstepOf(options);
    const disks = lockstep === null ? disksOf(options) : null;
    const created = monotonicNs();
    const now = options.now ?? (() => monotonicNs() - created);
    this.#journal = messages === undefined ? null : new MessageJournal(messages.path, messages.maxBytes);
    const report = new ViolationReport((event) => this.#fleet.emit(event));
    const services = makeServices(seed.fork('services'));
    const names = services.map(({ name }) => name);
    this.#router = new Router({
      nodes,
      services: names,
      seed,
      journal: this.#journal,
      ...(options.onMessage === undefined ? {} : { onMessage: options.onMessage }),
      now,
      backlogBytes: stdio?.backlogBytes ?? BACKLOG_BYTES,
      writePerMessage: stdio?.writePerMessage ?? false,
      answerUnknown: stdio?.wire?.unknownDest === 'error',
      exact: lockstep !== null,
      events: {
        toClient: (name, envelope) => this.#toClient(name, envelope),
        toControl: (node, envelope) => this.#toControl(node, envelope),
        violation: (node, reason, line) => this.#violation(report, node, reason, toText(line)),
      },
    });
    for (const service of services) this.#router.addService(service);
    if (stdio?.wire !== undefined) this.#router.set(WIRE, wireRules(stdio.wire, nodes, names));
    if (lockstep !== null) this.#router.set(DISTANCE, distanceRules(nodes, names));
    this.#fleet = new Fleet(lockstep === null ? options : { ...options, clocks: () => lockstep.clocks }, {
      protocol: 'pipe',
      ...(lockstep === null ? diskHost(disks) : { host: lockstep.host }),
      address: (node) => this.#address(node),
      spawned: (node, process, life) => this.#router.attach(node, pipeOf(process), life),
      init: (node, signal) => this.#init(node, signal),
      ended: (node) => this.#ended(node),
    });
    this.cluster = assembleCluster(options, {
      backend: 'stdio',
      offers: STDIO_OFFERS,
      fleet: this.#fleet,
      links: this.#router,
      disks,
      openNetwork: async () => undefined,
      closeNetwork: async () => {
        lockstep?.host.close();
        return this.#closeNetwork();
      },
      address: (node) => this.#address(node),
      clientAddress: noAddress,
      request: (node, body, call) => this.#request(node, body, call),
      complain: (node, reason, line) => report.add(node, reason, line),
      ...(lockstep && { caveats: () => lockstep.host.caveats() }),
    });
  }

  #closeNetwork(): string[] {
    this.#router.close();
    this.#journal?.close();
    return this.#journal?.problem == null ? [] : [this.#journal.problem];
  }

  #violation(report: ViolationReport, node: NodeId, reason: string, line: string): void {
    this.#fleet.node(node).note(line);
    report.add(node, reason, line);
  }

  #toControl(node: NodeId, envelope: Envelope): void {
    const asked = this.#asked.get(node);
    const body = parseBody(envelope.body);
    if (asked !== undefined && asked.msgId === body['in_reply_to']) asked.answered(body);
  }

  #address(node: NodeId): NodeAddress {
    const { nodes, dataDir } = this.#options;
    const others = nodes.filter((other) => other !== node);
    return {
      id: node,
      index: nodes.indexOf(node),
      host: '127.0.0.1',
      ports: {},
      dataDir: join(dataDir, node),
      peers: others.map((id) => ({ id, host: '127.0.0.1', ports: {} })),
    };
  }

  /** Sends `init` and greetings outside of the simulated network; a node that starts is not yet part of it. */
  async #init(node: NodeId, signal: AbortSignal): Promise<void> {
    const init = { type: 'init', node_id: node, node_ids: [...this.#options.nodes] };
    const reply = await this.#ask(node, 1, init, signal);
    if (reply['type'] !== 'init_ok') {
      throw new ClusterError(`${node} answered init with ${JSON.stringify(reply)}, not init_ok`, { node });
    }
    this.#router.release(node);
    const greetings = this.#options.stdio?.wire?.greetings?.(node) ?? [];
    for (const [i, body] of greetings.entries()) await this.#greet(node, i + 2, body, signal);
  }

  async #greet(node: NodeId, msgId: number, body: Record<string, Json>, signal: AbortSignal): Promise<void> {
    try {
      await this.#ask(node, msgId, body, AbortSignal.any([signal, signalAfter(GREETING_MS)]));
    } catch (error) {
      if (signal.aborted) throw error;
      const type = String(body['type']);
      throw new ClusterError(`${node} did not answer ${type} within ${GREETING_MS / 1_000} s`, { node });
    }
  }

  async #ask(
    node: NodeId,
    msgId: number,
    body: Record<string, Json>,
    signal: AbortSignal,
  ): Promise<Record<string, Json>> {
    return new Promise<Record<string, Json>>((resolve, reject) => {
      this.#asked.set(node, { msgId, answered: resolve });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#router.control(node, stringifyLossless({ ...body, msg_id: msgId }));
    }).finally(() => this.#asked.delete(node));
  }

  #request(node: NodeId, body: Record<string, Json>, call: RequestOptions): Promise<Record<string, Json>> {
    const cut = this.#router.isCut('clients', node);
    if (!this.#router.isUp(node) && !cut) {
      return Promise.reject(definite('connection-refused', `${node} is not running`));
    }
    const { msgId, reply } = this.#requests.begin(node, call);
    const text = stringifyLossless({ ...body, msg_id: msgId });
    this.#router.fromClient(call.client, node, toBytes(text), body['type'] ?? null, msgId);
    return reply;
  }

  #toClient(client: string, envelope: Envelope): void {
    // Late replies and second copies match nothing and are dropped, as the protocol asks.
    if (envelope.inReplyTo === null) return;
    // Ids are what they were written as: 1 and 1.0 are two.
    const exact = envelope.type === 'generate_ok';
    this.#requests.settle(client, exact ? parseExactBody(envelope.body) : parseBody(envelope.body));
  }

  #ended(node: NodeId): void {
    this.#router.detach(node);
    // Across a cut the client cannot learn that the node ended; its request runs into the timeout.
    if (this.#router.isCut(node, 'clients')) return;
    this.#requests.failNode(node, () => indefinite('connection-reset', `${node} ended before it answered`));
  }
}

/** Both directions of a life, as the router wants them. */
function pipeOf(process: RunningProcess): OpenPipe {
  return process instanceof SteppedProcess
    ? (events, options) => process.open(events, options)
    : (events, options) => new NodePipe(process, events, options);
}

/** What virtual time puts in the place of the machine. Throws `ClusterError` outside of simulated time. */
function noAddress(node: NodeId): never {
  throw new ClusterError(`${node} has no address: nodes of the stdio backend listen on no port`);
}

function lockstepOf({
  dataDir,
  nodes,
  seed,
  ready,
  virtualTime,
}: ClusterOptions): { host: LockstepHost; clocks: VirtualClocks } | null {
  if (virtualTime === undefined) return null;
  if (currentTimeline() === null) throw new ClusterError('virtual time needs a run in simulated time');
  if (ready.kind !== 'init') {
    throw new ClusterError(
      `virtual time is for nodes that answer init; these are asked for readiness by ${ready.kind}`,
    );
  }
  const clocks = new VirtualClocks(nodes, (node) => host.poke(node));
  const host = new LockstepHost({
    ...virtualTime,
    dataDir,
    folder: join(dataDir, '.steps'),
    seed,
    wallNs: (node) => clocks.wallNs(node),
  });
  return { host, clocks };
}

/** What this backend can do where the platform allows everything. */
export const STDIO_OFFERS = [
  'process.kill',
  'process.pause',
  'process.restart',
  'clock.skew',
  'link.cut',
  'link.latency',
  'link.rate',
  'link.loss',
  'link.duplicate',
  'link.reorder',
  'link.tamper',
  'link.listen',
  'message.tap',
  'client-link.cut',
  'client-link.loss',
  ...DISK_OFFERS,
  ...LOCAL_OFFERS,
] as const;
