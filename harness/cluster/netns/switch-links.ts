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
  RENEWED_AT,
} from './layout.ts';
import { PacketLinks } from './packet-links.ts';
import type { PacketNetwork } from './packet-network.ts';
import { packetTap, tapCounts } from './packet-tap.ts';
import { Prober } from './prober.ts';
import { findSwitch } from './switch-program.ts';

/** What the links are made of. */
export interface SwitchLinksOptions {
  nodes: readonly NodeId[];
  network: PacketNetwork;
  seed: bigint;
  /** For the file of rules and the switch's own words. */
  folder: string;
  /** Where packets are recorded; absent: they are not. */
  capture?: string;
}

const START_MS = 5_000;
const PROBE_MS = 300;
/** Until the switch is told once more that devices have changed, ms; the signal may find it about to sleep. */
const REMIND_MS = 20;

/** A prober, and whose devices it has, in its own order. */
interface Seated {
  prober: Prober;
  seats: readonly Endpoint[];
}

/** The links of one cluster. */
export class SwitchLinks extends PacketLinks {
  readonly #options: SwitchLinksOptions;
  readonly #taps = new Map<string, { tap: MessageTap; before: LinkCounters[] }>();
  #file: number | null = null;
  #bank = 0;
  #process: RunningProcess | null = null;
  #program = '';
  /** Tries links between the devices there were when it was started. */
  #prober: { changes: number; started: Promise<Seated> } | null = null;
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
      const [file, ...args] = network.wordsAtSwitch(program.path, [path, capture ?? '-', ...devices]);
      const plumbing = { protocol: 'none' as const, stdoutFd: log, stderrFd: log };
      this.#process = await startProcess({ file, args }, {}, plumbing, () => undefined);
    } finally {
      closeSync(log);
    }
    this.#program = program.path;
    await Promise.all([this.#findProber(), this.#forwarding(folder)]);
  }

  /** Devices have come in the place of others: frames go through them from now on. Rejects with `ClusterError`. */
  async renew(): Promise<void> {
    const running = this.#process;
    if (running === null) return;
    const before = this.#word(RENEWED_AT);
    const deadline = monotonicNs() + START_MS * 1e6;
    // Asked in any case: what others asked for at the same time may have been done before this device was there.
    for (let looks = 0; looks === 0 || this.#word(RENEWED_AT) === before; looks++) {
      if (this.#process === null) return;
      if (monotonicNs() > deadline) throw new ClusterError('the switch of the nodes does not answer');
      if (looks % REMIND_MS === 0) process.kill(running.pid, 'SIGHUP');
      await sleep(1);
    }
  }

  /** Stops the switch. Returns what went wrong. */
  async close(): Promise<string[]> {
    const problem = this.#problem;
    this.counters();
    // One that was never there, or has ended, is closed.
    await this.#prober?.started.then(({ prober }) => prober.close()).catch(() => undefined);
    this.#prober = null;
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
    if (!this.isOpen) return 'unknown';
    // A node may end while its device is being looked at.
    const found = await this.#findProber().catch(() => null);
    if (found === null) return 'unknown';
    const { prober, seats } = found;
    const [source, target] = [seats.indexOf(from), seats.indexOf(to)];
    if (source < 0 || target < 0) return 'unknown';
    const { delays, base } = this.state({ from, to });
    const waitMs = PROBE_MS + [...delays, ...base].reduce((sum, d) => sum + d.ms + 4 * (d.jitterMs ?? 0), 0);
    if (await prober.ask(source, target, waitMs)) return 'open';
    return this.state({ from, to }).cut ? 'cut' : 'unknown';
  }

  /** The prober of the devices that are there; one at a time, whoever asks. Rejects where it cannot be had. */
  async #findProber(): Promise<Seated> {
    const { changes } = this.network;
    const before = this.#prober;
    if (before?.changes === changes) return before.started;
    const started = (async () => {
      await before?.started.then(({ prober }) => prober.close()).catch(() => undefined);
      return this.#startProber();
    })();
    this.#prober = { changes, started };
    return started;
  }

  async #startProber(): Promise<Seated> {
    // The harness's own namespace is entered first, while it still is the prober's.
    const found = (['clients', ...this.endpoints.slice(0, -1)] as const).flatMap((seat) => {
      const end = this.network.end(seat);
      return end === null ? [] : [{ seat, end }];
    });
    const ends = found.map(({ end }) => end);
    return { prober: await Prober.start(this.#program, ends), seats: found.map(({ seat }) => seat) };
  }

  async #forwarding(folder: string): Promise<void> {
    const ended = { now: false };
    void this.#process!.exited.then(() => {
      ended.now = true;
      if (this.#process === null) return;
      this.#problem = `the switch of the nodes' network ended by itself (see ${join(folder, 'switch.log')})`;
    });
    const deadline = monotonicNs() + START_MS * 1e6;
    for (;;) {
      if (this.#word(READY_AT) === 1) return;
      if (ended.now) throw new ClusterError(`the switch did not start (see ${join(folder, 'switch.log')})`);
      if (monotonicNs() > deadline) throw new ClusterError(`the switch was not ready within ${START_MS} ms`);
      await sleep(1);
    }
  }

  #word(at: number): number {
    const word = Buffer.alloc(4);
    readSync(this.#file!, word, 0, 4, at);
    return word.readUInt32LE(0);
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
