/**
 * One container of an engine: started with its output attached from the first byte, asked, hurt and removed.
 */
import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import type { Exit } from '../cluster-error.ts';

/** Runs a request to the engine and words its failure. */
export type Answer = <T>(work: Promise<T>, what: string, timeoutMs?: number | null) => Promise<T>;

/** Takes what a container writes. */
export interface Sinks {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

/** A container that runs: its first process, and how it ended. */
export interface StartedContainer {
  /** Process id on the engine's machine; 0 when it has ended already. */
  pid: number;
  /** Host ports by port of the container, where ports are published. */
  published: Record<number, number>;
  /** Resolves when it has ended and its output is read to the end; the engine's silence is an unknown end. */
  exited: Promise<Exit>;
}

/** A container as the engine's client hands it out. */
export interface RawContainer {
  id: string;
  modem: {
    demuxStream(stream: NodeJS.ReadableStream, stdout: Writable, stderr: Writable): void;
  };
  infoArchive(options: { path: string }): Promise<NodeJS.ReadableStream>;
  getArchive(options: { path: string }): Promise<NodeJS.ReadableStream>;
  attach(options: { stream: true; stdout: true; stderr: true }): Promise<NodeJS.ReadWriteStream>;
  wait(options: { condition: 'next-exit' }): Promise<{ StatusCode: number }>;
  start(): Promise<unknown>;
  inspect(): Promise<{
    State: { Pid: number; Paused: boolean; Running: boolean; ExitCode: number; OOMKilled?: boolean };
    Config: { Env?: string[] | null };
    NetworkSettings: { Ports: Record<string, { HostPort: string }[] | null> };
  }>;
  kill(options: { signal: string }): Promise<unknown>;
  pause(): Promise<unknown>;
  unpause(): Promise<unknown>;
  top(): Promise<{ Titles: string[]; Processes: string[][] }>;
  exec(options: object): Promise<{
    start(options: object): Promise<Readable>;
    inspect(): Promise<{ ExitCode: number | null }>;
  }>;
  stats(options: { stream: false; 'one-shot': boolean }): Promise<{
    cpu_stats?: { cpu_usage?: { total_usage?: number } };
    memory_stats?: { usage?: number };
    pids_stats?: { current?: number };
  }>;
  remove(options: { force: boolean; v: boolean }): Promise<unknown>;
}

/** Names of signals by number, as exit codes above 128 tell them. */
const SIGNALS: Readonly<Record<number, string>> = {
  ...{ 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 4: 'SIGILL', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE' },
  ...{ 9: 'SIGKILL', 11: 'SIGSEGV', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM' },
};

const OUT_OF_MEMORY = 'by the kernel: more memory than docker.memory allows';

/** How long the rest of an ended container's output is waited for. */
const DRAIN_MS = 1_000;

/** One container. */
export class EngineContainer {
  readonly #container: RawContainer;
  readonly #answer: Answer;

  /** Made by `Engine.createContainer`. */
  constructor(container: RawContainer, answer: Answer) {
    this.#container = container;
    this.#answer = answer;
  }

  get id(): string {
    return this.#container.id;
  }

  /** True when the container's file system has something at the path. */
  async has(path: string): Promise<boolean> {
    try {
      const answer = await this.#answer(this.#container.infoArchive({ path }), `about ${path}`);
      // It has no body, and keeps its connection until somebody has seen that.
      answer.resume();
      return true;
    } catch (error) {
      if ((error as { status?: number | null }).status === 404) return false;
      throw error;
    }
  }

  /** The environment its program gets. */
  async environment(): Promise<Record<string, string>> {
    const { Config } = await this.#answer(this.#container.inspect(), 'about it');
    const pairs = (Config.Env ?? []).map((text) => [
      text.split('=', 1)[0]!,
      text.slice(text.indexOf('=') + 1),
    ]);
    return Object.fromEntries(pairs);
  }

  /** A path as a tar archive. */
  async copyOut(path: string): Promise<Readable> {
    const archive = await this.#answer(this.#container.getArchive({ path }), `to copy ${path}`);
    return archive as Readable;
  }

  /** Starts it. Rejects with the engine's reason when its program cannot be started. */
  async start(sinks: Sinks, later: (ms: number) => Promise<void>): Promise<StartedContainer> {
    const output = (await this.#answer(
      this.#container.attach({ stream: true, stdout: true, stderr: true }),
      'for its output',
    )) as unknown as Readable;
    const drained = new Promise<void>((resolve) => {
      output.once('end', resolve);
      output.once('close', resolve);
      output.once('error', () => resolve());
    });
    this.#container.modem.demuxStream(output, sinkOf(sinks.stdout), sinkOf(sinks.stderr));
    // A container may live as long as it likes.
    const end = this.#answer(this.#container.wait({ condition: 'next-exit' }), 'how it ended', null).then(
      ({ StatusCode }) => this.#withReason(exitOf(StatusCode)),
      () => ({ code: null, signal: null }),
    );
    try {
      await this.#answer(this.#container.start(), 'to start it');
    } catch (error) {
      output.destroy();
      throw error;
    }
    const { State, NetworkSettings } = await this.#answer(this.#container.inspect(), 'about it');
    const exited = Promise.race([end, this.#lostSight(drained, later)]).then(async (exit) => {
      await Promise.race([drained, later(DRAIN_MS)]);
      output.destroy();
      return exit;
    });
    return { pid: State.Pid, published: publishedOf(NetworkSettings.Ports), exited };
  }

  /**
   * A wait whose engine dies is never answered. Its output ends then, too: an engine that cannot be asked any more
   * leaves the end of the container unknown.
   */
  async #lostSight(drained: Promise<void>, later: (ms: number) => Promise<void>): Promise<Exit> {
    await drained;
    for (;;) {
      await later(DRAIN_MS);
      try {
        const { State } = await this.#answer(this.#container.inspect(), 'about it');
        if (!State.Running) return this.#withReason(exitOf(State.ExitCode));
      } catch {
        return { code: null, signal: null };
      }
    }
  }

  /** A SIGKILL of the kernel's, for memory that its limit does not allow, looks like anybody's. */
  async #withReason(exit: Exit): Promise<Exit> {
    if (exit.signal !== 'SIGKILL') return exit;
    const told = await this.#answer(this.#container.inspect(), 'about it').catch(() => null);
    return told?.State.OOMKilled === true ? { ...exit, because: OUT_OF_MEMORY } : exit;
  }

  /** Sends a signal to its first process. */
  async signal(name: string): Promise<void> {
    await this.#answer(this.#container.kill({ signal: name }), `for ${name}`);
  }

  /** Freezes all of its processes, or lets them run again. Resolves with whether they are frozen now. */
  async freeze(frozen: boolean): Promise<boolean> {
    const work = frozen ? this.#container.pause() : this.#container.unpause();
    await this.#answer(work, frozen ? 'to pause' : 'to go on');
    const { State } = await this.#answer(this.#container.inspect(), 'about it');
    return State.Paused;
  }

  /** Process ids on the engine's machine, the first process first. */
  async processes(): Promise<number[]> {
    const { Titles, Processes } = await this.#answer(this.#container.top(), 'for its processes');
    const column = Titles.indexOf('PID');
    return Processes.map((row) => Number(row[column])).sort((a, b) => a - b);
  }

  /** Runs a command in it; resolves with its exit code. */
  async run(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
    const exec = await this.#answer(
      this.#container.exec({
        Cmd: [...argv],
        Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
        AttachStdout: true,
        AttachStderr: true,
      }),
      'to run a command',
    );
    const stream = await this.#answer(exec.start({}), 'to run a command');
    stream.resume();
    await this.#answer(new Promise<void>((resolve) => stream.once('close', resolve)), 'for a command');
    const { ExitCode } = await this.#answer(exec.inspect(), 'about a command');
    return ExitCode ?? 1;
  }

  /** What it uses now: processor time, memory, processes. */
  async stats(): Promise<{ cpuMs: number; memoryBytes: number; processes: number }> {
    const asked = this.#container.stats({ stream: false, 'one-shot': true });
    const { cpu_stats, memory_stats, pids_stats } = await this.#answer(asked, 'for its use of resources');
    return {
      cpuMs: Math.round((cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e6),
      memoryBytes: memory_stats?.usage ?? 0,
      processes: pids_stats?.current ?? 0,
    };
  }

  /** Ends and removes it. */
  async remove(): Promise<void> {
    await this.#answer(this.#container.remove({ force: true, v: true }), 'to remove it');
  }
}

function sinkOf(take: (chunk: Buffer) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(chunk);
      done();
    },
  });
}

/** A shell's way to tell of signals, which is Docker's too. */
function exitOf(status: number): Exit {
  const name = SIGNALS[status - 128];
  return name === undefined ? { code: status, signal: null } : { code: null, signal: name };
}

function publishedOf(
  ports: Record<string, { HostPort: string }[] | null> | undefined,
): Record<number, number> {
  const found = Object.entries(ports ?? {}).flatMap(([name, bindings]) => {
    const port = bindings?.[0]?.HostPort;
    return port === undefined ? [] : [[Number.parseInt(name, 10), Number(port)] as const];
  });
  return Object.fromEntries(found);
}
