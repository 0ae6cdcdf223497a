/**
 * The worker's side of judging a run while it goes: reads the journal as it grows, hands each operation on. The
 * file is the queue between the two, so that a slow judge costs the run neither time nor memory.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Op } from '../op.ts';
import { every } from '../time.ts';
import type { Anomaly } from '../verdict.ts';
import type { CheckerSpec } from '../workload.ts';
import type { LiveCheckerReport, LiveEnd, LiveReply, LiveSetup } from './messages.ts';

/** Whoever judges operations one by one; which checkers exist is the caller's business. */
export interface LiveJudging {
  readonly watching: readonly string[];
  take(op: Op): { checker: string; anomaly: Anomaly }[];
  end(): { checker: string; anomaly: Anomaly }[];
  reports(): LiveCheckerReport[];
}

const LOOK_EVERY_MS = 20;
const CHUNK_BYTES = 1 << 18;
/** Most chunks judged before messages of the run are looked at again. */
const CHUNKS_AT_ONCE = 16;

/** Serves the run that started this worker; call it once, in a worker's entry file. */
export function serveLive(begin: (specs: readonly CheckerSpec[]) => LiveJudging): void {
  const port = parentPort;
  if (port === null) throw new Error('this file only works as a worker of a run');
  const { journal, specs } = workerData as LiveSetup;
  const say = (reply: LiveReply): void => port.postMessage(reply);
  const judging = begin(specs);
  const tail = new JournalTail(journal);
  let operations = 0;
  let journalNs = 0;
  const tell = (found: { checker: string; anomaly: Anomaly }[]): void => {
    for (const { checker, anomaly } of found) say({ kind: 'found', checker, anomaly, operations, journalNs });
  };
  const read = (chunks: number): boolean =>
    tail.read(chunks, (op) => {
      operations++;
      journalNs = op.time;
      tell(judging.take(op));
    });
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      timer.cancel();
      say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };
  const timer = every(LOOK_EVERY_MS, () => guarded(() => read(CHUNKS_AT_ONCE)));
  port.on('message', (_: LiveEnd) => {
    timer.cancel();
    guarded(() => {
      while (read(CHUNKS_AT_ONCE));
      tell(judging.end());
      tail.close();
      say({ kind: 'done', operations, checkers: judging.reports() });
    });
  });
  say({ kind: 'ready', watching: [...judging.watching] });
}

/** Reads whole lines of a file that grows. */
class JournalTail {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #at = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  /** Hands on the operations of up to `chunks` chunks; false when there was nothing new. */
  read(chunks: number, take: (op: Op) => void): boolean {
    for (let i = 0; i < chunks; i++) {
      const length = readSync(this.#fd, this.#buffer, 0, CHUNK_BYTES, this.#at);
      if (length === 0) return i > 0;
      this.#at += length;
      const chunk = this.#buffer.subarray(0, length);
      const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
      const end = bytes.lastIndexOf(10);
      // A copy: the buffer is read into again. What is not a whole line yet waits for the rest of it.
      this.#rest = Buffer.from(bytes.subarray(end + 1));
      if (end < 0) continue;
      for (const line of bytes.toString('utf8', 0, end).split('\n')) take(JSON.parse(line) as Op);
    }
    return true;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
