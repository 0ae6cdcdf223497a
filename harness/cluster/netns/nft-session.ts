/**
 * One process of nftables for as long as the nodes live, told a transaction a line. Starting one for every change would
 * take some ten milliseconds each time, and far more on a busy machine; the transaction itself takes a fraction of one.
 * Both ends are named pipes, so that an answer can be waited for without giving way to anything else: rules are in
 * force when `Links.set` returns.
 */
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { monotonicNs } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { killTree, outputNow, type RunningProcess, runCommand, startProcess } from '../processes.ts';

const DEADLINE_MS = 5_000;
/** Between two looks whether there is an answer, ms. */
const LOOK_MS = 0.05;
const NO_ACKNOWLEDGEMENT = 'nftables does not answer';

/** A conversation with nftables. */
export class NftSession {
  readonly #process: RunningProcess;
  readonly #to: number;
  readonly #from: number;
  readonly #sleep = new Int32Array(new SharedArrayBuffer(4));
  #asked = 0;
  #rest = '';

  private constructor(running: RunningProcess, to: number, from: number) {
    this.#process = running;
    this.#to = to;
    this.#from = from;
  }

  /** Starts one, with its pipes in `folder`. Rejects with `ClusterError` where there is no such program. */
  static async start(folder: string): Promise<NftSession> {
    const [into, out] = [join(folder, 'nft.in'), join(folder, 'nft.out')];
    for (const path of [into, out]) rmSync(path, { force: true });
    const made = await runCommand('mkfifo', [into, out], { timeoutMs: DEADLINE_MS });
    if (made.exit.code !== 0) throw new ClusterError(`no pipes to nftables: ${made.stderr.trim()}`);
    // For reading and writing: opening waits for nobody, and there is always another end.
    const open = (path: string): number => openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const [to, from] = [open(into), open(out)];
    // What it prints must not wait in its own buffer.
    const words = ['-c', 'exec stdbuf -oL nft -j -i < "$1" > "$2" 2>&1', 'sh', into, out];
    const plumbing = { protocol: 'none' as const, stdoutFd: from, stderrFd: from };
    const running = await startProcess({ file: 'sh', args: words }, {}, plumbing, () => undefined);
    const session = new NftSession(running, to, from);
    try {
      session.run('list tables bridge');
    } catch (error) {
      await session.close();
      throw new ClusterError(`${(error as Error).message} (apt-get install nftables)`);
    }
    return session;
  }

  /**
   * Carries out commands, divided by `; `, as one transaction, and returns what they print, as JSON. Throws in the
   * words of nftables; then none of them had an effect.
   */
  run(transaction: string): string {
    // Nothing is printed for what succeeds: a word it cannot know is what it certainly answers, in the order of lines.
    const mark = `acknowledge${++this.#asked}`;
    this.#write(`${transaction}\n${mark}\n`);
    const answer = this.#until(`\n${mark}\n`);
    const said = answer.slice(0, answer.lastIndexOf('Error: '));
    const problem = said.slice(Math.max(0, said.indexOf('Error: ')));
    if (problem.startsWith('Error: ')) throw new Error(`nft: ${problem.split('\n')[0]}`);
    return said.slice(said.indexOf('{'));
  }

  /** Ends the process. What it has set stays. */
  async close(): Promise<void> {
    killTree(this.#process);
    await this.#process.exited;
    closeSync(this.#to);
    closeSync(this.#from);
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    const deadline = monotonicNs() + DEADLINE_MS * 1e6;
    for (let at = 0; at < bytes.length; ) {
      at += this.#orLater(deadline, () => writeSync(this.#to, bytes, at));
    }
  }

  #until(end: string): string {
    const deadline = monotonicNs() + DEADLINE_MS * 1e6;
    const bytes = Buffer.alloc(1 << 16);
    for (;;) {
      const at = this.#rest.indexOf(end);
      if (at >= 0) {
        const found = this.#rest.slice(0, at + end.length);
        this.#rest = this.#rest.slice(at + end.length);
        return found;
      }
      const length = this.#orLater(deadline, () => readSync(this.#from, bytes));
      this.#rest += bytes.toString('latin1', 0, length);
    }
  }

  #orLater(deadline: number, transfer: () => number): number {
    for (;;) {
      try {
        return transfer();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
      if (monotonicNs() > deadline) throw new Error(NO_ACKNOWLEDGEMENT);
      Atomics.wait(this.#sleep, 0, 0, LOOK_MS);
    }
  }
}

/** The same for a text of many lines, by a process of its own. Throws in the words of nftables. */
export function runScript(text: string): string {
  return outputNow('nft', ['-f', '-'], text);
}
