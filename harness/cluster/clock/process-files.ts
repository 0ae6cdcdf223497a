/**
 * What /proc lets us see and change inside a process: its memory, where its vDSO is, where its threads stand.
 * All calls are short, synchronous uses of kernel files.
 */
import fs from 'node:fs';
import { VdsoError } from './vdso-image.ts';

/** Thrown when a process is not there (any more), or has just become another program. */
export class ProcessGone extends VdsoError {
  constructor(pid: number) {
    super(`process ${pid} is gone`);
    this.name = 'ProcessGone';
  }
}

/** Thrown where the kernel was told not to let anybody write code pages through /proc/PID/mem. */
export class WriteRefused extends VdsoError {
  constructor() {
    super('the kernel refuses to write code through /proc/PID/mem (EIO, see proc_mem.force_override)');
    this.name = 'WriteRefused';
  }
}

/** Address range of a process's vDSO; throws `ProcessGone`, or `VdsoError` when it has none. */
export function vdsoRange(pid: number): { start: number; bytes: number } {
  const maps = readOrNull(`/proc/${pid}/maps`);
  // The maps of a process that is ending are empty.
  if (maps === null || maps === '') throw new ProcessGone(pid);
  const line = maps.split('\n').find((text) => text.endsWith('[vdso]'));
  const range = /^([0-9a-f]+)-([0-9a-f]+) /.exec(line ?? '');
  if (range === null) throw new VdsoError(`process ${pid} has no vDSO`);
  const start = Number.parseInt(range[1]!, 16);
  return { start, bytes: Number.parseInt(range[2]!, 16) - start };
}

/** Where each thread of a process is. `running` when it is not known, because the thread executes or is about to. */
export function threadPositions(pid: number): (number | 'running')[] {
  let names: string[];
  try {
    names = fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    throw new ProcessGone(pid);
  }
  return names.flatMap((name): (number | 'running')[] => {
    const text = readOrNull(`/proc/${pid}/task/${name}/syscall`);
    if (text === null) {
      // A thread that ended since the listing cannot be in anybody's way; a file that cannot be read tells nothing.
      return fs.existsSync(`/proc/${pid}/task/${name}`) ? ['running'] : [];
    }
    const words = text.trim().split(' ');
    return words.length < 3 ? ['running'] : [Number.parseInt(words.at(-1)!, 16)];
  });
}

/** An open /proc/PID/mem: reads and writes what the process itself sees, also where it may not write. */
export class ProcessMemory {
  readonly pid: number;
  readonly #fd: number;

  /** Throws `ProcessGone`, or `VdsoError` when the system does not permit it. */
  constructor(pid: number) {
    this.pid = pid;
    try {
      this.#fd = fs.openSync(`/proc/${pid}/mem`, 'r+');
    } catch (error) {
      throw translate(error, pid);
    }
  }

  /** Throws `ProcessGone` when the memory belongs to nobody any more, or nothing is mapped there (any more). */
  read(address: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    let got = 0;
    try {
      while (got < length) {
        const n = fs.readSync(this.#fd, bytes, got, length - got, address + got);
        if (n === 0) throw new ProcessGone(this.pid);
        got += n;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EIO') throw new ProcessGone(this.pid);
      throw translate(error, this.pid);
    }
    return bytes;
  }

  /** One write call: up to a page, it is done at once with respect to forks. */
  write(address: number, bytes: Uint8Array): void {
    try {
      const n = fs.writeSync(this.#fd, bytes, 0, bytes.length, address);
      if (n === 0) throw new ProcessGone(this.pid);
      if (n !== bytes.length)
        throw new VdsoError(`only ${n} of ${bytes.length} bytes written to ${this.pid}`);
    } catch (error) {
      throw translate(error, this.pid);
    }
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

function translate(error: unknown, pid: number): Error {
  if (error instanceof VdsoError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ESRCH') return new ProcessGone(pid);
  return new VdsoError(`memory of process ${pid} is not ours to change (${code ?? String(error)})`);
}

function readOrNull(path: string): string | null {
  try {
    return fs.readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
