/**
 * The hosts of one run: what is on each of them, and what happens when one of them goes away and comes back.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { NodeId } from '../../contracts.ts';
import type { ClusterOptions } from '../options.ts';
import { HostLinks } from './host-links.ts';
import { endpointOf } from './probe-hosts.ts';
import { type HostPlan, RemoteHost } from './remote-host.ts';
import { RemoteProcesses } from './remote-processes.ts';
import { type HostFacts, type ProbedSsh, RECONNECT_MS, REMOTE_FOLDER, WATCHDOG_MS } from './ssh-options.ts';
import { Uploads } from './uploads.ts';

interface Placed {
  plan: HostPlan;
  facts: HostFacts;
  host: RemoteHost;
  uploads: Uploads;
}

/** One host for every node. */
export class SshHosts {
  readonly links: HostLinks;
  readonly processes: RemoteProcesses;
  readonly #options: ClusterOptions;
  readonly #ssh: ProbedSsh;
  readonly #placed: ReadonlyMap<NodeId, Placed>;
  readonly #troubles = new Set<string>();

  constructor(options: ClusterOptions, ssh: ProbedSsh) {
    const { nodes, runId } = options;
    this.#options = options;
    this.#ssh = ssh;
    const kept = ssh.cache === true ? (ssh.folder ?? REMOTE_FOLDER) : null;
    this.#placed = new Map(
      nodes.map((node, i) => {
        const plan = planOf(runId, ssh, node, i);
        const host = this.#made(node, plan);
        return [node, { plan, facts: ssh.facts[i]!, host, uploads: new Uploads(host, kept) }];
      }),
    );
    this.links = new HostLinks({
      nodes,
      table: tableOf(runId),
      host: (node) => this.host(node),
      ip: (node) => this.facts(node).address,
      lifeline: (node) => this.facts(node),
    });
    this.processes = new RemoteProcesses({
      host: (node) => this.host(node),
      uploads: (node) => this.#placed.get(node)!.uploads,
    });
  }

  readonly host = (node: NodeId): RemoteHost => this.#placed.get(node)!.host;
  readonly facts = (node: NodeId): HostFacts => this.#placed.get(node)!.facts;
  readonly plan = (node: NodeId): HostPlan => this.#placed.get(node)!.plan;

  /** Connects to all of them and brings what nodes need. Throws `ClusterError`. */
  async open(): Promise<void> {
    await this.#options.hosts?.([...this.#placed.values()].map(({ plan }) => plan));
    const { upload = [], unpack = [] } = this.#ssh;
    await together([...this.#placed], async ([node, { host, facts, uploads }]) => {
      await host.open();
      await this.links.opened(node);
      if (facts.faketime !== null) await host.ask('fake', '0');
      await uploads.bring(upload, unpack);
    });
  }

  /** Removes everything from all of them; returns what went wrong. */
  async close(): Promise<string[]> {
    const left = await Promise.all([...this.#placed.values()].map(({ host }) => host.close()));
    return left.flat();
  }

  /** What happened to hosts that nobody asked for; null: nothing. */
  trouble(): string | null {
    return this.#troubles.size === 0 ? null : [...this.#troubles].join('; ');
  }

  #made(node: NodeId, plan: HostPlan): RemoteHost {
    return new RemoteHost(plan, {
      state: (state) => this.processes.heard(node, state),
      back: (rebooted) => this.#back(node, rebooted),
      healed: () => this.links.again(node),
      lost: (reason) => {
        this.#troubles.add(reason);
        this.processes.lost(node);
      },
    });
  }

  async #back(node: NodeId, rebooted: boolean): Promise<void> {
    if (rebooted) this.#troubles.add(`${this.host(node).name} was started again during the run`);
    try {
      await this.links.back(node, rebooted);
      await this.processes.back(node);
    } catch (error) {
      this.#troubles.add((error as Error).message);
    }
  }
}

/** On all nodes at once; the first failure is told when all have come to an end, so that nothing is left half made. */
async function together<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const done = await Promise.allSettled(all.map(work));
  const failed = done.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function planOf(runId: string, ssh: ProbedSsh, node: NodeId, i: number): HostPlan {
  const { power, boot, has } = ssh.facts[i]!;
  return {
    endpoint: endpointOf(ssh, ssh.hosts[i]!),
    folder: `${ssh.folder ?? REMOTE_FOLDER}/faultline-${markOf(runId)}-${node}`,
    ...{ power, boot, table: tableOf(runId), filter: has.includes('filter') ? 'nft' : 'iptables' },
    watchdogMs: ssh.watchdogMs ?? WATCHDOG_MS,
    reconnectMs: ssh.reconnectMs ?? RECONNECT_MS,
  };
}

/** Tells a run of this machine from all others, on hosts that several machines use. */
function markOf(runId: string): string {
  return createHash('sha256').update(`${hostname()}\n${runId}`).digest('hex').slice(0, 12);
}

function tableOf(runId: string): string {
  return `faultline_${markOf(runId)}`;
}
