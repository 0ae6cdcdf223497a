/**
 * The process behind one node's disk, from the moment there is power until there is none: it ends with the harness,
 * and what was mounted ends with it and the processes that use it. Lines go in, a line of JSON comes out for each.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Json } from '../../op.ts';
import { within } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { killTree, type RunningProcess, startProcess } from '../processes.ts';

/** What a disk is made of. */
export interface DiskServerOptions {
  program: string;
  /** What is on the disk; the disk is seen in its place. */
  folder: string;
  /** A folder beside it, for what was removed and may come back. */
  graves: string;
  /** A file beside it: the disk is an ext4 in it, and not a layer over the folder. */
  image?: string;
  /** Where its words on errors go; they are read back. */
  stderrFd: number;
  environment?: Record<string, string>;
  onSpawn?: (pid: number, startTicks: number) => void;
}

/** What a loss of power took. */
export interface DiskLosses {
  /** Files that lost something, of those with unsynced content. */
  files: number;
  unsyncedFiles: number;
  /** Blocks of 4 KiB put back to what was synced, and bytes cut off at the ends of files. */
  blocks: number;
  bytes: number;
  /** Creations, removals and renames undone, of those no sync came after. */
  names: number;
  unsyncedNames: number;
  /** Steps that did not work; other than 0: the disk is not as it should be. */
  problems: number;
}

/** A file of an ext4 whose end by loss of power was torn: runs of blocks of 4 KiB as `[first, how many]`. */
export interface TornFile {
  name: string;
  unsynced: [number, number][];
  /** Those of them that were written back. */
  written: [number, number][];
}

/** What happened on a disk since it was mounted. */
export interface DiskCounts {
  reads: number;
  writes: number;
  syncs: number;
  /** Operations that met trouble. */
  slowed: number;
  refused: number;
  lied: number;
  unsyncedFiles: number;
  unsyncedNames: number;
}

const START_MS = 5_000;
const ANSWER_MS = 10_000;

/** One running disk. */
export class DiskServer {
  /** Called once when the sync came at which everything was to end: the disk answers nobody from then on. */
  onCut: (() => void) | null = null;
  readonly #process: RunningProcess;
  readonly #waiting: { resolve: (answer: Record<string, Json>) => void; reject: (error: Error) => void }[] =
    [];
  #partial = '';
  #ended = false;

  private constructor(running: RunningProcess) {
    this.#process = running;
    running.stdout?.setEncoding('utf8');
    running.stdout?.on('data', (text: string) => this.#hear(text));
    void running.exited.then(() => {
      this.#ended = true;
      const nobody = (): void => {
        for (const { reject } of this.#waiting.splice(0)) reject(new ClusterError('the disk has ended'));
      };
      // Its last words may still be on their way.
      if (running.stdout === null || running.stdout.closed) nobody();
      else running.stdout.once('close', nobody);
    });
  }

  /** Mounts a disk; rejects with `ClusterError` in the words of what failed. */
  static async start(options: DiskServerOptions): Promise<DiskServer> {
    const { program, folder, graves, image, stderrFd, environment = {}, onSpawn = () => undefined } = options;
    const nothing = openSync('/dev/null', 'r+');
    try {
      const args = image === undefined ? ['serve', folder, graves] : ['image', folder, image];
      const plumbing = { protocol: 'pipe' as const, stdoutFd: nothing, stderrFd };
      const running = await startProcess({ file: program, args }, environment, plumbing, onSpawn);
      const server = new DiskServer(running);
      const ready = new Promise<Record<string, Json>>((resolve, reject) => {
        server.#waiting.push({ resolve, reject });
      });
      await within(START_MS, 'a disk', ready).catch(() => {
        killTree(running);
        throw new ClusterError(`no disk: ${wordsIn(stderrFd) || 'it did not say why'}`);
      });
      return server;
    } finally {
      closeSync(nothing);
    }
  }

  /** Its process, whose namespaces hold the mount. */
  get pid(): number {
    return this.#process.pid;
  }

  /** False once it has ended, by whatever end. */
  get alive(): boolean {
    return !this.#ended;
  }

  /** Says one line; resolves with the answer. Rejects when the disk has ended or refuses. */
  async say(line: string): Promise<Record<string, Json>> {
    if (this.#ended) throw new ClusterError('the disk has ended');
    const answer = new Promise<Record<string, Json>>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    this.#process.stdin?.write(`${line}\n`);
    const told = await within(ANSWER_MS, 'an answer of the disk', answer);
    if (told['error'] !== undefined) throw new ClusterError(`the disk: ${String(told['error'])}: ${line}`);
    return told;
  }

  /** What happened on it so far. */
  async counts(): Promise<DiskCounts> {
    return (await this.say('counts')) as unknown as DiskCounts;
  }

  /**
   * The end by loss of power, of which the disk does not tell what was lost: an ext4. With a seed other than 0 a part
   * of what was unsynced is written back before; resolves with the blocks that were unsynced, of some files.
   */
  async shutDown(seed: number): Promise<TornFile[]> {
    const told = await this.say(`power-off ${seed}`);
    await this.#process.exited;
    return (told['files'] ?? []) as unknown as TornFile[];
  }

  /** The end by loss of power; with a seed other than 0, writes under way are torn by it. */
  async powerOff(seed: number): Promise<DiskLosses> {
    const losses = (await this.say(`power-off ${seed}`)) as unknown as DiskLosses;
    await this.#process.exited;
    return losses;
  }

  /** The end with everything kept. */
  async close(): Promise<void> {
    killTree(this.#process);
    await this.#process.exited;
  }

  #hear(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop()!;
    for (const line of lines) {
      const told = JSON.parse(line) as Record<string, Json>;
      if (told['event'] === 'ended') this.onCut?.();
      else this.#waiting.shift()?.resolve(told);
    }
  }
}

function wordsIn(fd: number): string {
  const bytes = Buffer.alloc(1024);
  const length = readSync(fd, bytes, 0, bytes.length, 0);
  return bytes.toString('utf8', 0, length).trim().split('\n').at(-1) ?? '';
}
