/**
 * The sim backend: all nodes in this process, in simulated time, over a simulated network, with simulated disks
 * and clocks. The same contract as clusters of processes, so that workloads, faults and observers notice no
 * difference; a run of one seed is the same run every time.
 */
import { join } from 'node:path';
import type {
  Cluster,
  ClusterEvent,
  Evidence,
  NodeAddress,
  NodeId,
  RequestOptions,
} from '../../contracts.ts';
import type { Json } from '../../op.ts';
import type { Body, Program } from '../../program.ts';
import type { SimNode } from '../../sim/node.ts';
import { currentTimeline } from '../../sim/virtual-time.ts';
import { World } from '../../sim/world.ts';
import { checkNodeNames } from '../assemble.ts';
import { ClusterError } from '../cluster-error.ts';
import type { ClusterOptions } from '../options.ts';
import { definite, indefinite, RequestTable } from '../request-table.ts';
import { MessageJournal } from '../stdio/message-journal.ts';
import { SimClocks } from './sim-clocks.ts';
import { SimDisks } from './sim-disks.ts';
import { SimFleet } from './sim-fleet.ts';

/** What this backend can do, everywhere. */
export const SIM_OFFERS = [
  'process.kill',
  'process.pause',
  'process.restart',
  'clock.skew',
  'link.cut',
  'link.latency',
  'link.rate',
  'link.reset',
  'link.loss',
  'link.duplicate',
  'link.reorder',
  'link.tamper',
  'link.listen',
  'message.tap',
  'disk.trouble',
  'disk.errors',
  'disk.power',
  'client-link.cut',
  'client-link.loss',
] as const;

/**
 * Makes a simulated cluster. Throws `ClusterError` outside of simulated time, and for options without a program
 * that can be simulated.
 */
export function createSimCluster(options: ClusterOptions): Cluster {
  checkNodeNames(options.nodes);
  return new SimBackend(options).cluster;
}

class SimBackend {
  readonly cluster: Cluster;
  readonly #options: ClusterOptions;
  readonly #world: World;
  readonly #fleet: SimFleet;
  readonly #journal: MessageJournal | null;
  readonly #requests = new RequestTable();

  constructor(options: ClusterOptions) {
    const timeline = currentTimeline();
    if (timeline === null) throw new ClusterError('a simulated cluster lives in simulated time only');
    const { simulated, messages, nodes } = options;
    if (simulated === undefined) throw new ClusterError('this system has no program that can be simulated');
    this.#options = options;
    this.#journal = messages === undefined ? null : new MessageJournal(messages.path, messages.maxBytes);
    this.#world = new World({
      seed: options.seed,
      timeline,
      nodes,
      program: (node): Program => simulated(this.#address(node)),
      network: { ordered: true, ...options.sim?.network },
      ...(options.sim?.disk === undefined ? {} : { disk: options.sim.disk }),
      isolation: options.sim?.isolation ?? 'copy',
      onNote: (node, text) => this.#fleet.note(node, text),
      onCrash: (node, error) => this.#fleet.crashed(node, error),
    });
    if (this.#journal !== null) this.#listen(this.#journal);
    this.#fleet = new SimFleet(this.#world, options, (node) => this.#ended(node));
    this.cluster = this.#assemble(options);
  }

  #assemble(options: ClusterOptions): Cluster {
    const fleet = this.#fleet;
    return {
      backend: 'sim',
      nodes: [...options.nodes],
      offers: new Set(SIM_OFFERS),
      missing: [],
      links: this.#links(),
      clocks: new SimClocks(this.#world),
      disks: new SimDisks(this.#world, fleet),
      up: (signal) => fleet.up(signal),
      down: async () => {
        fleet.down();
        this.#journal?.close();
        return this.#journal?.problem == null ? [] : [this.#journal.problem];
      },
      state: (node) => fleet.state(this.#world.node(node)),
      address: (node) => this.#address(node),
      clientAddress: (node) => {
        throw new ClusterError(`${node} has no address: simulated nodes listen on no port`);
      },
      kill: async (node) => fleet.end(this.#world.node(node), 'killed'),
      stop: async (node) => fleet.end(this.#world.node(node), 'stopped'),
      restart: (node) => fleet.restart(this.#world.node(node)),
      pause: async (node) => this.#pause(this.#world.node(node)),
      resume: async (node) => this.#resume(this.#world.node(node)),
      pids: (node) => {
        this.#world.node(node);
        return [];
      },
      request: (node, body, call) => this.#request(this.#world.node(node), body, call),
      onEvent: (listener: (event: ClusterEvent) => void) => fleet.onEvent(listener),
      log: (node) => join(options.logsDir, node),
    };
  }

  #links(): Cluster['links'] {
    const { network } = this.#world;
    return {
      set: (fault, entries) => network.rules.set(fault, entries),
      tap: (fault, tap) => network.taps.set(fault, tap),
      clear: (fault) => {
        network.rules.clear(fault);
        network.taps.clear(fault);
      },
      reset: (links) => network.reset(links),
      counters: () => network.counters(),
      probe: async (from, to) => {
        const { cut, loss } = network.rules.state(from, to);
        return cut ? 'cut' : loss >= 1 ? 'unknown' : 'open';
      },
    };
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

  #request(node: SimNode, body: Record<string, Json>, call: RequestOptions): Promise<Record<string, Json>> {
    const { network } = this.#world;
    if (!node.up && !network.isCut('clients', node.id)) {
      return Promise.reject(definite('connection-refused', `${node.id} is not running`));
    }
    const { msgId, reply } = this.#requests.begin(node.id, call);
    const client = network.client(call.client, (answer) => {
      // Late replies and second copies match nothing and are dropped.
      this.#requests.settle(call.client, answer);
    });
    const sent: Body = { ...body, type: String(body['type'] ?? ''), msg_id: msgId };
    network.send(client, node.party, sent, this.#world.now);
    return reply;
  }

  #ended(node: SimNode): void {
    // Across a cut the client cannot learn that the node ended; its request runs into the timeout.
    if (this.#world.network.isCut(node.id, 'clients')) return;
    this.#requests.failNode(node.id, () =>
      indefinite('connection-reset', `${node.id} ended before it answered`),
    );
  }

  #pause(node: SimNode): Evidence {
    if (!node.up) return { state: 'skipped', bit: null, summary: `${node.id} was not running`, measures: {} };
    node.pause();
    return { state: 'installed', bit: true, summary: `${node.id} handles nothing`, measures: {} };
  }

  #resume(node: SimNode): Evidence {
    if (!node.up) return { state: 'skipped', bit: null, summary: `${node.id} was not running`, measures: {} };
    node.resume();
    return { state: 'installed', bit: true, summary: `${node.id} goes on`, measures: {} };
  }

  #listen(journal: MessageJournal): void {
    this.#world.network.listener = (fate, link, flight, copy, endOrder) => {
      const { body, sentNs, order, bytes, tampered, made } = flight;
      journal.add({
        sentOrder: order,
        endOrder,
        sentNs,
        endNs: this.#world.now,
        fate,
        from: link.from.name,
        src: link.from.name,
        dest: link.to.name,
        type: body.type,
        msgId: body['msg_id'] ?? null,
        inReplyTo: body['in_reply_to'] ?? null,
        bytes,
        marks: `${copy ? 'c' : ''}${tampered ? 't' : ''}${made ? 'f' : ''}`,
      });
    };
  }
}
