/**
 * What simulated nodes note, in the same files as the output of real ones: a marker line for every life, and
 * every line with the simulated time.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import type { NodeId } from '../../contracts.ts';
import { EPOCH_MS } from '../../sim/clock.ts';

const BUFFER_CHARS = 64 * 1024;

/** The log of one node. */
export class SimNodeLog {
  readonly #fd: number;
  #text = '';
  #last: string[] = [];
  #open = true;

  /** Creates `<folder>/stderr.log`; throws the file system's error when it cannot. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#fd = openSync(`${folder}/stderr.log`, 'a');
  }

  /** A new life begins. */
  begin(node: NodeId, life: number, nowNs: number): void {
    this.#last = [];
    this.#write(`--- faultline: ${node} life ${life}, run time ${Math.round(nowNs / 1e6)} ms ---\n`);
    this.#flush();
  }

  /** Adds what the node said at its own wall-clock time. */
  note(text: string, nowNs: number): void {
    this.#last.push(text);
    if (this.#last.length > 20) this.#last.shift();
    this.#write(`${new Date(EPOCH_MS + nowNs / 1e6).toISOString()} ${text}\n`);
  }

  /** Last lines of this life. */
  tail(): string[] {
    return [...this.#last];
  }

  /** Writes what is buffered and closes; idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#flush();
    this.#open = false;
    closeSync(this.#fd);
  }

  #write(line: string): void {
    if (!this.#open) return;
    this.#text += line;
    if (this.#text.length >= BUFFER_CHARS) this.#flush();
  }

  #flush(): void {
    writeSync(this.#fd, this.#text);
    this.#text = '';
  }
}
