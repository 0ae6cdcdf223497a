/**
 * A shell on a host that stays: commands go in one by one and come out with a status, on one channel, so that none of
 * them costs a login.
 */
import { after, type Timer } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import type { Channel } from './connection.ts';

/** What a command came to. */
export interface Answer {
  status: number;
  /** What it wrote, on both streams. */
  text: string;
}

interface Waiting {
  id: number;
  resolve(answer: Answer): void;
  reject(error: Error): void;
  timer: Timer | null;
}

/** One `host.sh serve`. */
export class ShellSession {
  readonly #channel: Channel;
  readonly #name: string;
  readonly #waiting: Waiting[] = [];
  #text = '';
  #last = 0;
  #over: Error | null = null;

  constructor(channel: Channel, name: string) {
    this.#channel = channel;
    this.#name = name;
    channel.onOutput((chunk) => this.#hear(chunk));
    channel.onError((chunk) => this.#hear(chunk));
    void channel.closed.then(() => this.#fail(new ClusterError(`the connection to ${name} broke`)));
  }

  /** True once nothing can be asked any more. */
  get isOver(): boolean {
    return this.#over !== null;
  }

  /** Asks; answers come in order. Rejects with `ClusterError` when there is none in time, and the session is over. */
  ask(verb: string, argument: string, input: string, timeoutMs: number): Promise<Answer> {
    if (this.#over !== null) return Promise.reject(this.#over);
    const id = ++this.#last;
    const lines = input === '' ? [] : input.replace(/\n$/, '').split('\n');
    return new Promise((resolve, reject) => {
      const timer = after(timeoutMs, () => {
        this.#fail(new ClusterError(`${this.#name} did not answer "${verb}" within ${timeoutMs} ms`));
        this.#channel.destroy();
      });
      this.#waiting.push({ id, resolve, reject, timer });
      this.#channel.write(`${[`${id} ${verb} ${argument} ${lines.length}`, ...lines].join('\n')}\n`);
    });
  }

  /** No more questions. */
  close(): void {
    this.#channel.end();
  }

  #hear(chunk: Buffer): void {
    this.#text += chunk.toString('utf8');
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined) return;
      const end = new RegExp(`\\n=${first.id} (\\d+)\\n`).exec(this.#text);
      if (end === null) return;
      const text = this.#text.slice(0, end.index);
      this.#text = this.#text.slice(end.index + end[0].length);
      this.#waiting.shift();
      first.timer?.cancel();
      first.resolve({ status: Number(end[1]), text: text.replace(/\n$/, '') });
    }
  }

  #fail(error: Error): void {
    this.#over ??= error;
    for (const { timer, reject } of this.#waiting.splice(0)) {
      timer?.cancel();
      reject(this.#over);
    }
  }
}
