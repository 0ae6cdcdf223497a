/**
 * Links of a cluster whose nodes are joined by the switch of ours: every rule holds for single packets, and a change
 * of any number of links is one write that takes effect for all of them at once.
 */
import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Endpoint, LinkCounters, MessageTap, NodeId } from '../../contracts.ts';
import { monotonicNs, sleep } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { killTree, type RunningProcess, startProcess } from '../processes.ts';
import {
  BANK_AT,
  bankAt,
  countersAt,
  decodeCounters,
  encodeBank,
  encodeHead,
  fileSize,
  READY_AT,
} from './layout.ts';
import type { NodeNetwork } from './node-network.ts';
import { PacketLinks } from './packet-links.ts';
import { packetTap, tapCounts } from './packet-tap.ts';
import { Prober } from './prober.ts';
import { findSwitch } from './switch-program.ts';

/** What the links are made of. */
export interface SwitchLinksOptions {
  nodes: readonly NodeId[];
  network: NodeNetwork;
  seed: bigint;
  /** For the file of rules and the switch's own words. */
  folder: string;
  /** Where packets are recorded; absent: they are not. */
  capture?: string;
}

const START_MS = 5_000;
const PROBE_MS = 300;

/** The links of one cluster. */
export class SwitchLinks extends PacketLinks {
  readonly #options: SwitchLinksOptions;
  readonly #taps = new Map<string, { tap: MessageTap; before: LinkCounters[] }>();
  #file: number | null = null;
  #bank = 0;
  #process: RunningProcess | null = null;
  #prober: Prober | null = null;
  #problem: string | null = null;

  constructor(options: SwitchLinksOptions) {
    super(options.nodes, options.network);
    this.#options = options;
  }

  /** Starts the switch on devices that exist. Throws `ClusterError`. */
  async open(): Promise<void> {
    const { network, seed, folder, capture } = this.#options;
    const program = await findSwitch();
    if (!('path' in program)) {
      const fix = program.fix === undefined ? '' : ` (${program.fix})`;
      throw new ClusterError(`no switch for the nodes: ${program.reason}${fix}`);
    }
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'links');
    const { ports } = network;
    this.#file = openSync(path, 'w+');
    writeSync(this.#file, Buffer.alloc(fileSize(ports)), 0, fileSize(ports), 0);
    const free = network.freeAddress.split('.').map(Number);
    writeSync(this.#file, encodeHead(ports, seed, free), 0, undefined, 0);
    this.install();
    const devices = this.endpoints.map((_, port) => network.device(port));
    const log = openSync(join(folder, 'switch.log'), 'a');
    try {
      const args = [path, capture ?? '-', ...devices];
      const plumbing = { protocol: 'none' as const, stdoutFd: log, stderrFd: log };
      this.#process = await startProcess({ file: program.path, args }, {}, plumbing, () => undefined);
    } finally {
      closeSync(log);
    }
    const ends = this.endpoints.map((end, port) => ({
      namespace: end === 'clients' ? '/proc/self/ns/net' : network.namespace(end),
      device: end === 'clients' ? network.clientDevice : 'eth0',
      mac: network.mac(port),
    }));
    // The harness's own namespace is entered first, while it still is the prober's.
    const [prober] = await Promise.all([
      Prober.start(program.path, [ends.at(-1)!, ...ends.slice(0, -1)]),
      this.#forwarding(folder),
    ]);
    this.#prober = prober;
  }

  /** Stops the switch. Returns what went wrong. */
  async close(): Promise<string[]> {
    const problem = this.#problem;
    this.counters();
    await this.#prober?.close();
    const running = this.#process;
    this.#process = null;
    if (running !== null) {
      process.kill(running.pid, 'SIGTERM');
      const late = sleep(500).then(() => killTree(running));
      await Promise.race([running.exited, late]);
      await running.exited;
    }
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    return problem === null ? [] : [problem];
  }

  /** Frames are changed, dropped, repeated and made up as the tap means; messages are not seen. */
  tap(faultId: string, tap: MessageTap): void {
    const before = this.counters();
    this.set(faultId, packetTap(tap.spec, this.links));
    this.#taps.set(faultId, { tap, before });
  }

  override clear(faultId: string): void {
    super.clear(faultId);
    const tapped = this.#taps.get(faultId);
    if (tapped === undefined) return;
    this.#taps.delete(faultId);
    Object.assign(tapped.tap.counts, tapCounts(tapped.tap.spec, tapped.before, this.counters()));
  }

  /** Sends frames from one device; `open` when one arrives at the other. */
  async probe(from: Endpoint, to: Endpoint): Promise<'open' | 'cut' | 'unknown'> {
    if (this.#prober === null) return 'unknown';
    const { delays, base } = this.state({ from, to });
    const waitMs = PROBE_MS + [...delays, ...base].reduce((sum, d) => sum + d.ms + 4 * (d.jitterMs ?? 0), 0);
    const seat = (end: Endpoint): number => (end === 'clients' ? 0 : this.endpoints.indexOf(end) + 1);
    if (await this.#prober.ask(seat(from), seat(to), waitMs)) return 'open';
    return this.state({ from, to }).cut ? 'cut' : 'unknown';
  }

  async #forwarding(folder: string): Promise<void> {
    const ended = { now: false };
    void this.#process!.exited.then(() => {
      ended.now = true;
      if (this.#process === null) return;
      this.#problem = `the switch of the nodes' network ended by itself (see ${join(folder, 'switch.log')})`;
    });
    const ready = Buffer.alloc(4);
    const deadline = monotonicNs() + START_MS * 1e6;
    for (;;) {
      readSync(this.#file!, ready, 0, 4, READY_AT);
      if (ready.readUInt32LE(0) === 1) return;
      if (ended.now) throw new ClusterError(`the switch did not start (see ${join(folder, 'switch.log')})`);
      if (monotonicNs() > deadline) throw new ClusterError(`the switch was not ready within ${START_MS} ms`);
      await sleep(1);
    }
  }

  /** Writes the bank that is not in force, then puts it in force: one word, for all links at once. */
  protected install(): void {
    const file = this.#file!;
    const states = this.endpoints.flatMap((from) => this.endpoints.map((to) => this.state({ from, to })));
    const bank = encodeBank(states);
    this.#bank = (this.#bank + 1) >>> 0;
    writeSync(file, bank, 0, bank.length, bankAt(this.#bank, this.endpoints.length));
    const word = Buffer.alloc(4);
    word.writeUInt32LE(this.#bank, 0);
    writeSync(file, word, 0, 4, BANK_AT);
  }

  protected get isOpen(): boolean {
    return this.#file !== null;
  }

  protected count(): LinkCounters[] {
    const ports = this.endpoints.length;
    const { position, length } = countersAt(ports);
    const data = Buffer.alloc(length);
    readSync(this.#file!, data, 0, length, position);
    return this.links.map(({ from, to, ports: [i, j] }) => ({
      ...decodeCounters(from, to, data, i * ports + j),
      resets: 0,
    }));
  }
}
