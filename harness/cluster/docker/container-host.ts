/**
 * The processes of nodes that are containers. Where the engine is on this machine their processes are in our process
 * table too, and are hurt and looked at as any others; on another machine the engine does it.
 */
import { writeSync } from 'node:fs';
import { posix } from 'node:path';
import type { NodeId, ProgramSpec } from '../../contracts.ts';
import { sleep, within } from '../../time.ts';
import { ClusterError } from '../cluster-error.ts';
import { processInfo, signal } from '../proc.ts';
import type { Freezing, Probing, ProcessHost } from '../process-host.ts';
import { killTree, livingTree, type Plumbing, type RunningProcess } from '../processes.ts';
import { isProcessHere } from './container-process.ts';
import { type ContainerSpec, type Engine, EngineError, type Labels } from './engine.ts';
import type { EngineContainer } from './engine-container.ts';

/** What containers are made with, beyond the program of their node. */
export interface ContainerPlan {
  engine: Engine;
  labels: Labels;
  /** The value of FAULTLINE_RUN in their environment. */
  run: string;
  spec(node: NodeId): Omit<ContainerSpec, 'command' | 'env' | 'cwd'>;
  /** A container is about to start. */
  starting(node: NodeId): void;
  /** A container runs in a network namespace of its own, which is new: rules on it must be set again. */
  started(node: NodeId, container: Started): Promise<void>;
  /** Where the harness asks nodes from, so that no fault touches it, and where they are. */
  probing(node: NodeId): Pick<Probing, 'localAddress' | 'localPort' | 'at'>;
}

/** A container that was started. */
export interface Started {
  /** Null where its processes are not on this machine. */
  pid: number | null;
  /** Ports of the engine's machine, by port of the container. */
  published: Readonly<Record<number, number>>;
}

interface Kept {
  container: EngineContainer;
  /** What it was made of. */
  made: string;
}

interface Running {
  container: EngineContainer;
  isHere: boolean;
  isOver: boolean;
}

/** One try of a command that asks whether a node is ready. */
const TRY_MS = 2_000;
/** Docker's, where an image has none. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The containers of one cluster. */
export class ContainerHost implements ProcessHost {
  readonly #plan: ContainerPlan;
  readonly #kept = new Map<NodeId, Kept>();
  readonly #running = new Map<RunningProcess, Running>();

  constructor(plan: ContainerPlan) {
    this.#plan = plan;
  }

  /** The container of a node, if it has one; it may have ended. */
  container(node: NodeId): EngineContainer | null {
    return this.#kept.get(node)?.container ?? null;
  }

  /** See `ProcessHost.start`. */
  async start(
    node: NodeId,
    program: ProgramSpec,
    environment: Record<string, string>,
    plumbing: Plumbing,
    onSpawn: (pid: number, startTicks: number) => void,
  ): Promise<RunningProcess> {
    const container = await this.#containerFor(node, program, environment);
    const problem = await problemOf(container, program);
    if (problem !== null) throw new ClusterError(`cannot start ${program.file}: ${problem}`);
    const sinks = {
      stdout: (chunk: Buffer) => void writeSync(plumbing.stdoutFd, chunk),
      stderr: (chunk: Buffer) => void writeSync(plumbing.stderrFd, chunk),
    };
    this.#plan.starting(node);
    const started = await container.start(sinks, sleep).catch((error: unknown) => {
      throw new ClusterError(`cannot start ${program.file || 'the image'}: ${whyNotStarted(error)}`);
    });
    const isHere = await isProcessHere(started.pid, `FAULTLINE_RUN=${this.#plan.run}`);
    const pid = isHere ? started.pid : 0;
    const running: RunningProcess = {
      pid,
      startTicks: isHere ? (processInfo(pid)?.startTicks ?? 0) : 0,
      stdin: null,
      stdout: null,
      exited: started.exited,
    };
    const entry = { container, isHere, isOver: false };
    this.#running.set(running, entry);
    void started.exited.then(() => {
      entry.isOver = true;
    });
    if (isHere) onSpawn(pid, running.startTicks);
    await this.#plan.started(node, { pid: isHere ? pid : null, published: started.published });
    return running;
  }

  /** Commands that ask whether a node is ready run in its container. */
  probing(node: NodeId): Probing {
    return {
      ...this.#plan.probing(node),
      words: (file, args) => [file, ...args],
      run: async (file, args, signal) => {
        const container = this.container(node);
        if (container === null) return false;
        const answered = within(TRY_MS, `${file} in the container`, container.run([file, ...args], {}));
        // A container that is not up yet refuses; what is too slow or not there has not answered well either.
        const code = await answered.catch(() => 1);
        signal.throwIfAborted();
        return code === 0;
      },
    };
  }

  /** Processes in our process table; none of a container elsewhere. */
  living(process: RunningProcess): number[] {
    return this.#running.get(process)?.isHere ? livingTree(process) : [];
  }

  /** See `ProcessHost.kill`. The engine is asked where the processes are not ours to signal. */
  kill(process: RunningProcess): number[] {
    const running = this.#running.get(process);
    if (running === undefined) return [];
    if (running.isHere) return killTree(process);
    if (!running.isOver) this.#ask(running, 'SIGKILL');
    return [];
  }

  /** Asks the first process, which passes it on. */
  ask(process: RunningProcess, name: NodeJS.Signals): void {
    const running = this.#running.get(process);
    if (running === undefined || running.isOver) return;
    if (running.isHere) {
      signal(process.pid, name);
      for (const pid of livingTree(process)) signal(pid, 'SIGCONT');
    } else this.#ask(running, name);
  }

  /** See `ProcessHost.forget`. */
  forget(process: RunningProcess): void {
    this.#running.delete(process);
  }

  /** By the engine where signals do not reach. */
  freezing(process: RunningProcess): Freezing | null {
    const running = this.#running.get(process);
    if (running === undefined || running.isHere) return null;
    return async (frozen) => {
      const pids = await running.container.processes();
      return { pids, reached: (await running.container.freeze(frozen)) === frozen };
    };
  }

  /** Removes what was made; problems are returned. */
  async close(): Promise<string[]> {
    const removals = [...this.#kept].map(async ([node, { container }]) => {
      try {
        await container.remove();
        return [];
      } catch (error) {
        if (error instanceof EngineError && error.status === 404) return [];
        return [`removing the container of ${node}: ${(error as Error).message}`];
      }
    });
    this.#kept.clear();
    return (await Promise.all(removals)).flat();
  }

  /** What went wrong with a request nobody waits for shows in what does not happen. */
  #ask({ container }: Running, name: string): void {
    container.signal(name).catch(() => undefined);
  }

  /** The container of before, unless something else is to run in it. */
  async #containerFor(
    node: NodeId,
    program: ProgramSpec,
    environment: Record<string, string>,
  ): Promise<EngineContainer> {
    const { engine, labels, spec } = this.#plan;
    const wanted: ContainerSpec = {
      ...spec(node),
      command: program.file === '' ? [] : [program.file, ...program.args],
      env: { ...program.env, ...environment },
      ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    };
    const made = JSON.stringify(wanted);
    const kept = this.#kept.get(node);
    if (kept?.made === made) return kept.container;
    await kept?.container.remove();
    this.#kept.delete(node);
    await this.#checkFolder(wanted);
    const container = await engine.createContainer(wanted, labels);
    this.#kept.set(node, { container, made });
    return container;
  }

  /** An engine makes up a working directory that does not exist, so that a container without one is asked first. */
  async #checkFolder({ cwd, ...wanted }: ContainerSpec): Promise<void> {
    if (cwd === undefined) return;
    const { engine, labels } = this.#plan;
    const container = await engine.createContainer(wanted, labels);
    const exists = await container.has(cwd);
    await container.remove();
    if (exists) return;
    throw new ClusterError(`cannot start ${wanted.command[0]}: its working directory ${cwd} does not exist`);
  }
}

/** Why the program cannot run in the container: its init would say so too late, and the engine makes up folders. */
async function problemOf(
  container: EngineContainer,
  { file, cwd, env }: ProgramSpec,
): Promise<string | null> {
  if (file === '') return null;
  if (file.includes('/')) {
    return (await container.has(posix.resolve(cwd ?? '/', file))) ? null : 'no such file in the image';
  }
  const folders = (env?.['PATH'] ?? (await container.environment())['PATH'] ?? DEFAULT_PATH).split(':');
  const found = await Promise.all(folders.map((folder) => container.has(posix.join(folder, file))));
  return found.includes(true) ? null : 'no such command on the PATH';
}

/** In the words of other backends where it is the same thing. */
function whyNotStarted(error: unknown): string {
  const words = error instanceof EngineError ? error.words : (error as Error).message;
  if (/executable file not found in \$PATH/.test(words)) return 'no such command on the PATH';
  if (/no such file or directory/.test(words)) return 'no such file in the image';
  if (/permission denied/.test(words)) return 'permission denied (is it executable?)';
  return words;
}
