/**
 * Shows what nodes write to standard error while a run goes: follows the files in its folder.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, RunListener } from '../../harness/events.ts';
import { RUN_FILES } from '../../harness/store/files.ts';
import { every, type Timer } from '../../harness/time.ts';
import { type Io, line, visible } from '../io.ts';

const EVERY_MS = 200;
const CHUNK = 64 * 1024;

/** Follows the files from the moment the plan is ready. */
export class StderrTail {
  readonly #io: Io;
  readonly #files: { node: string; path: string; at: number; rest: string }[] = [];
  #timer: Timer | null = null;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Learns of the run, and of its end. */
  readonly heed: RunListener = (event: RunEvent) => {
    if (event.kind === 'plan-ready') {
      for (const node of event.nodes) {
        const path = join(event.folder, RUN_FILES.logs, node, 'stderr.log');
        this.#files.push({ node, path, at: 0, rest: '' });
      }
      this.#timer = every(EVERY_MS, () => this.#read(), true);
    }
    if (event.kind === 'ended') this.close();
  };

  /** Shows the rest and stops; idempotent. */
  close(): void {
    if (this.#timer === null) return;
    this.#timer.cancel();
    this.#timer = null;
    this.#read();
  }

  #read(): void {
    for (const file of this.#files) {
      const lines = (file.rest + textFrom(file)).split('\n');
      file.rest = lines.pop()!;
      for (const said of lines) {
        if (!said.startsWith('--- faultline: ')) line(this.#io.err, `${file.node}  ${visible(said)}`);
      }
    }
  }
}

function textFrom(file: { path: string; at: number }): string {
  let fd: number;
  try {
    fd = openSync(file.path, 'r');
  } catch {
    return ''; // not there yet
  }
  const buffer = Buffer.alloc(CHUNK);
  let text = '';
  for (let read = readSync(fd, buffer, 0, CHUNK, file.at); read > 0; ) {
    text += buffer.toString('utf8', 0, read);
    file.at += read;
    read = readSync(fd, buffer, 0, CHUNK, file.at);
  }
  closeSync(fd);
  return text;
}
