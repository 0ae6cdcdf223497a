/**
 * What a node writes: two append-only files that the node holds open itself, so that no byte depends on the
 * harness keeping up, and a marker line at every start that separates its lives.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const TAIL_BYTES = 65_536;

/** The captured output of one node across restarts. */
export class NodeOutput {
  /** Folder that holds `stdout.log` and `stderr.log`. */
  readonly folder: string;
  readonly stdoutFd: number;
  readonly stderrFd: number;
  #stdoutStart = 0;
  #stderrStart = 0;
  #open = true;
  #notesLost = 0;

  /** Opens (and creates) the files; throws the file system's error when it cannot. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    // Opened for reading too: the tail and readiness patterns are read through the same descriptors.
    this.stdoutFd = openSync(join(folder, 'stdout.log'), 'a+');
    this.stderrFd = openSync(join(folder, 'stderr.log'), 'a+');
  }

  /** Writes a marker line to both files; what follows belongs to a new life of the node. */
  beginLife(marker: string): void {
    for (const fd of [this.stdoutFd, this.stderrFd]) writeSync(fd, `--- faultline: ${marker} ---\n`);
    this.#stdoutStart = fstatSync(this.stdoutFd).size;
    this.#stderrStart = fstatSync(this.stderrFd).size;
  }

  /**
   * Adds a line to stdout.log on behalf of a node whose stdout is a pipe. Best effort: the line is reported as
   * an event as well, and a full disk must not stop the network.
   */
  note(line: string): void {
    if (!this.#open) return;
    try {
      writeSync(this.stdoutFd, `${line}\n`);
    } catch {
      this.#notesLost++;
    }
  }

  /** Lines that `note` could not write. */
  get notesLost(): number {
    return this.#notesLost;
  }

  /** Last lines of this life, oldest first: standard error, or standard output where that is silent. */
  tail(lines = 20): string[] {
    if (!this.#open) return [];
    const errors = lastLines(this.stderrFd, this.#stderrStart, lines);
    const rest = lastLines(this.stdoutFd, this.#stdoutStart, lines - errors.length);
    return [...rest, ...errors];
  }

  /** Output of this life from the given offsets on, at most 1 MiB each; add the lengths to read on. */
  readFrom(offsets: { stdout: number; stderr: number }): { stdout: Buffer; stderr: Buffer } {
    return {
      stdout: readAll(this.stdoutFd, this.#stdoutStart + offsets.stdout),
      stderr: readAll(this.stderrFd, this.#stderrStart + offsets.stderr),
    };
  }

  /** Closes the harness's descriptors; idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.stdoutFd);
    closeSync(this.stderrFd);
  }
}

function lastLines(fd: number, start: number, lines: number): string[] {
  if (lines <= 0) return [];
  const from = Math.max(start, fstatSync(fd).size - TAIL_BYTES);
  const text = readAll(fd, from).toString('utf8').trimEnd();
  return text === '' ? [] : text.split('\n').slice(-lines);
}

/** At most 1 MiB from `position` on. */
function readAll(fd: number, position: number): Buffer {
  const size = Math.min(fstatSync(fd).size - position, 1 << 20);
  if (size <= 0) return Buffer.alloc(0);
  const buffer = Buffer.alloc(size);
  return buffer.subarray(0, readSync(fd, buffer, 0, size, position));
}
