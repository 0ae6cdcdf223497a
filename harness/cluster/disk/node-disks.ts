/**
 * A disk of its own for every node: a file system of ours in the place of its data directory, which its processes see
 * and nobody else. A loss of power is the end of the process behind it; the next start of the node mounts anew, with
 * none of what the kernel remembered.
 */
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Capability,
  Disks,
  DiskTrouble,
  Missing,
  NodeId,
  PowerCut,
  PowerLoss,
} from '../../contracts.ts';
import { ClusterError } from '../cluster-error.ts';
import { launchingHost } from '../launched.ts';
import type { ClusterOptions, OwnDisks } from '../options.ts';
import type { ProcessHost } from '../process-host.ts';
import { DiskServer, type TornFile } from './disk-server.ts';
import {
  bringIn,
  bringOut,
  contentsOf,
  type DiskContents,
  lossBetween,
  tornFiles,
} from './journal-contents.ts';
import { troubleLines } from './trouble-lines.ts';

/** What clusters on disks of ours can do: on a layer, and on an ext4. */
const ON_LAYER: readonly Capability[] = ['disk.trouble', 'disk.errors', 'disk.power'];
const ON_JOURNAL: readonly Capability[] = ['disk.shutdown'];

/** What clusters can do whose nodes have disks of ours, of whatever kind. */
export const DISK_OFFERS: readonly Capability[] = [...ON_LAYER, ...ON_JOURNAL];

/** What clusters can do whose processes and files are those of this machine. */
export const LOCAL_OFFERS: readonly Capability[] = ['disk.files', 'process.limits'];

/** The same as missing, with one reason. */
export function missingDisks(reason: string, fix?: string): Missing[] {
  return DISK_OFFERS.map((capability) => ({ capability, reason, ...(fix === undefined ? {} : { fix }) }));
}

/** What disks of this kind cannot do, and why. */
export function missingOn({ kind, noJournal }: Pick<OwnDisks, 'kind' | 'noJournal'>): Missing[] {
  if (kind === 'journal') {
    const reason = 'the disks of this run are ext4 for power:journal';
    const lacks = [...ON_LAYER, 'disk.files' as const];
    return lacks.map((capability) => ({ capability, reason, fix: 'a run of its own' }));
  }
  const why = noJournal ?? { reason: 'the disks of this run are layers of faultline, not ext4' };
  return ON_JOURNAL.map((capability) => ({ capability, ...why }));
}

type ArmedCut = PowerCut & { atSync: number; path: string };

interface NodeDisk {
  server: DiskServer | null;
  /** Resolves when nothing is being done to it. */
  turn: Promise<void>;
  trouble: DiskTrouble | null;
  armed: ArmedCut | null;
  armedLoss: PowerLoss | null;
  /** Files below an ext4 that changed since then are news to it, by their change time, ms. */
  copiedMs: number;
  /** Of servers that have ended. */
  earlierHits: number;
}

/** Ends the processes of a node at once; resolves when they are gone. */
type Kill = (node: NodeId) => Promise<unknown>;

/** The disks of one cluster. */
export class NodeDisks implements Disks {
  readonly #options: Pick<ClusterOptions, 'runId' | 'dataDir' | 'ledger'>;
  readonly #program: string;
  readonly #isJournal: boolean;
  readonly #disks = new Map<NodeId, NodeDisk>();
  readonly #problems: string[] = [];
  #kill: Kill = async () => undefined;
  #closing = false;

  constructor(
    options: Pick<ClusterOptions, 'runId' | 'dataDir' | 'ledger' | 'nodes'>,
    { program, kind }: OwnDisks,
  ) {
    this.#options = options;
    this.#program = program;
    this.#isJournal = kind === 'journal';
    for (const node of options.nodes) {
      const fresh = { server: null, turn: Promise.resolve(), trouble: null, armed: null, armedLoss: null };
      this.#disks.set(node, { ...fresh, copiedMs: 0, earlierHits: 0 });
    }
  }

  /** What these disks cannot do, and why. */
  get missing(): Missing[] {
    return missingOn({ kind: this.#isJournal ? 'journal' : 'layer' });
  }

  /** Says how a node is ended when its power fails. */
  endNodesBy(kill: Kill): void {
    this.#kill = kill;
  }

  /** The words that start a program on the disk of its node, which is mounted when it is not. */
  async wordsOn(node: NodeId, words: readonly string[]): Promise<[string, ...string[]]> {
    const { pid } = await this.#inTurn(node, async () => {
      const server = await this.#mounted(node);
      // The harness leaves files for the node in the folder, which an ext4 over it hides.
      if (this.#isJournal) bringIn(this.#below(node), this.#seenBy(server, node), this.#disk(node).copiedMs);
      return server;
    });
    return [this.#program, 'enter', String(pid), ...words];
  }

  set(node: NodeId, trouble: DiskTrouble | null): Promise<void> {
    return this.#inTurn(node, async () => {
      const disk = this.#disk(node);
      disk.trouble = trouble;
      if (disk.server?.alive === true) for (const line of troubleLines(trouble)) await disk.server.say(line);
    });
  }

  /** Makes durable whatever was written so far: how a cluster was set up is no matter of its promises. */
  async settle(): Promise<void> {
    for (const [node, { server }] of this.#disks) {
      if (server?.alive !== true) continue;
      await server.say('settle');
      if (this.#isJournal) await this.#bringOut(node, server);
    }
  }

  hits(node: NodeId): Promise<number> {
    return this.#inTurn(node, async () => {
      const disk = this.#disk(node);
      return disk.earlierHits + (disk.server?.alive === true ? await hitsOf(disk.server) : 0);
    });
  }

  cutPower(node: NodeId, cut: PowerCut): Promise<PowerLoss> {
    return this.#inTurn(node, () => this.#cut(node, cut));
  }

  /** Whatever is done to a disk waits for what is being done to it: one whose power goes cannot be told anything. */
  #inTurn<T>(node: NodeId, work: () => Promise<T>): Promise<T> {
    const disk = this.#disk(node);
    const result = disk.turn.then(work);
    disk.turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #cut(node: NodeId, { torn, seed }: PowerCut): Promise<PowerLoss> {
    if (this.#isJournal) return this.#shutDown(node, torn ? seed : 0);
    const disk = this.#disk(node);
    const { server } = disk;
    // Killed first, so that it does not live to see the disk go; waited for last, as it may be waiting for the disk.
    const dying = this.#kill(node);
    let loss: PowerLoss = { unsyncedFiles: 0, files: 0, blocks: 0, bytes: 0, names: 0, problems: 0 };
    if (server?.alive === true) {
      disk.earlierHits += await hitsOf(server);
      loss = await server.powerOff(torn ? seed : 0);
    }
    disk.server = null;
    await dying;
    if (loss.problems > 0)
      this.#problems.push(`the disk of ${node} could not be put back in ${loss.problems} places`);
    return loss;
  }

  /** The same on an ext4, which is mounted again at once: what is gone is seen by comparison. */
  async #shutDown(node: NodeId, seed: number): Promise<PowerLoss> {
    const disk = this.#disk(node);
    const { server } = disk;
    const dying = this.#kill(node);
    // What is torn is compared file by file: nobody may write any more.
    if (seed !== 0) await dying;
    let before: DiskContents = new Map();
    let torn: TornFile[] = [];
    if (server?.alive === true) {
      before = contentsOf(this.#seenBy(server, node));
      torn = await server.shutDown(seed);
    }
    disk.server = null;
    await dying;
    const again = await this.#mount(node, disk);
    const after = contentsOf(this.#seenBy(again, node));
    const loss = lossBetween(before, after);
    if (seed !== 0) loss.torn = tornFiles(torn, before, after);
    await this.#bringOut(node, again);
    return loss;
  }

  /** The folder of a node as those who enter its disk see it. */
  #seenBy(server: DiskServer, node: NodeId): string {
    return join(`/proc/${server.pid}/root`, this.#options.dataDir, node);
  }

  armPowerCut(node: NodeId, cut: ArmedCut | null): Promise<void> {
    return this.#inTurn(node, async () => {
      const disk = this.#disk(node);
      disk.armed = cut;
      if (cut !== null) disk.armedLoss = null;
      if (disk.server?.alive === true) await disk.server.say(armLine(cut));
    });
  }

  armedLoss(node: NodeId): PowerLoss | null {
    return this.#disk(node).armedLoss;
  }

  /** Unmounts everything; to be called when the nodes have ended, or to let them. Returns what went wrong. */
  async close(): Promise<string[]> {
    this.#closing = true;
    for (const [node, disk] of this.#disks) {
      await disk.turn;
      await disk.server?.close();
      if (this.#isJournal && disk.server !== null) await this.#takeOut(node, disk);
      disk.server = null;
    }
    return this.#problems.splice(0);
  }

  /** What is in the image goes where it would be without one; it is mounted for that once more. */
  async #takeOut(node: NodeId, disk: NodeDisk): Promise<void> {
    try {
      const server = await this.#mount(node, disk);
      await this.#bringOut(node, server);
      await server.close();
      rmSync(this.#image(node), { force: true });
    } catch (error) {
      this.#problems.push(`the data of ${node} is still in its image: ${(error as Error).message}`);
    }
  }

  /** Has the folder below an ext4 show what is on it at this moment, to whoever looks from outside. */
  async #bringOut(node: NodeId, server: DiskServer): Promise<void> {
    await bringOut(this.#seenBy(server, node), this.#below(node));
    this.#disk(node).copiedMs = this.#now(node);
  }

  /** The time of the file system the data is on, which is what files there are stamped by. */
  #now(node: NodeId): number {
    const mark = join(this.#options.dataDir, '.disks', `${node}.copied`);
    writeFileSync(mark, '');
    return statSync(mark).ctimeMs;
  }

  #below(node: NodeId): string {
    return join(this.#options.dataDir, node);
  }

  #image(node: NodeId): string {
    return join(this.#options.dataDir, '.disks', `${node}.ext4`);
  }

  #disk(node: NodeId): NodeDisk {
    const disk = this.#disks.get(node);
    if (disk === undefined) throw new RangeError(`no node "${node}"`);
    return disk;
  }

  async #mounted(node: NodeId): Promise<DiskServer> {
    const disk = this.#disk(node);
    if (this.#closing) throw new ClusterError(`the disk of ${node} is gone`);
    if (disk.server?.alive === true) return disk.server;
    if (disk.server !== null) this.#problems.push(`the disk of ${node} ended by itself`);
    return this.#mount(node, disk);
  }

  async #mount(node: NodeId, disk: NodeDisk): Promise<DiskServer> {
    const { dataDir, runId, ledger } = this.#options;
    const folder = join(dataDir, '.disks');
    mkdirSync(folder, { recursive: true });
    const words = openSync(join(folder, `${node}.log`), 'w+');
    try {
      const server = await DiskServer.start({
        program: this.#program,
        folder: join(dataDir, node),
        graves: join(folder, `${node}.removed`),
        ...(this.#isJournal ? { image: this.#image(node) } : {}),
        stderrFd: words,
        environment: { FAULTLINE_RUN: runId },
        onSpawn: (pid, startTicks) => ledger?.({ node: `${node}'s disk`, pid, pgid: pid, startTicks }),
      });
      server.onCut = () => void this.#cutNow(node, server);
      for (const line of troubleLines(disk.trouble)) await server.say(line);
      if (disk.armed !== null) await server.say(armLine(disk.armed));
      disk.server = server;
      if (this.#isJournal && disk.copiedMs === 0) disk.copiedMs = this.#now(node);
      return server;
    } finally {
      closeSync(words);
    }
  }

  #cutNow(node: NodeId, server: DiskServer): Promise<void> {
    return this.#inTurn(node, async () => {
      const disk = this.#disk(node);
      // Its power was cut for another reason meanwhile.
      if (disk.server !== server) return;
      const cut = disk.armed ?? { torn: false, seed: 1 };
      disk.armed = null;
      try {
        disk.armedLoss = await this.#cut(node, cut);
      } catch (error) {
        this.#problems.push(`the power of ${node} could not be cut: ${(error as Error).message}`);
      }
    });
  }
}

async function hitsOf(server: DiskServer): Promise<number> {
  const { slowed, refused, lied } = await server.counts();
  return slowed + refused + lied;
}

function armLine(cut: ArmedCut | null): string {
  return cut === null ? 'end-at 0 *' : `end-at ${cut.atSync} ${cut.path}`;
}

/** The disks of a cluster with these options; null: those of the machine. */
export function disksOf(options: ClusterOptions): NodeDisks | null {
  return options.disks === undefined ? null : new NodeDisks(options, options.disks);
}

/** The processes of a cluster whose nodes have disks of their own and nothing else; undefined without any. */
export function diskHost(disks: NodeDisks | null): { host?: ProcessHost } {
  if (disks === null) return {};
  return { host: launchingHost((node, { file, args }) => disks.wordsOn(node, [file, ...args])) };
}
