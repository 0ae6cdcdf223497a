/**
 * The processes of nodes on other machines: started, seen and ended by the script on each host. Their numbers mean nothing
 * here, so that no signal of this machine is ever sent for them.
 */
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { NodeId, ProgramSpec } from '../../contracts.ts';
import { monotonicNs, sleep } from '../../time.ts';
import { ClusterError, type Exit } from '../cluster-error.ts';
import type { Freezing, ProcessHost } from '../process-host.ts';
import type { Plumbing, RunningProcess } from '../processes.ts';
import type { Channel } from './connection.ts';
import type { RemoteHost } from './remote-host.ts';
import type { Uploads } from './uploads.ts';

/** What the processes need of their cluster. */
export interface RemotePlan {
  host(node: NodeId): RemoteHost;
  uploads(node: NodeId): Uploads;
}

/** One life of a node. */
interface Life {
  node: NodeId;
  number: number;
  plumbing: Plumbing;
  logs: Channel | null;
  read: { stdout: number; stderr: number };
  /** Its end is being asked for: the answer tells that nothing of it is left. */
  ending: Promise<void> | null;
  over: boolean;
  finish(exit: Exit): void;
}

const DRAIN_MS = 1_000;
const UNKNOWN_END: Exit = { code: null, signal: null };

/** The processes of one cluster. */
export class RemoteProcesses implements ProcessHost {
  readonly #plan: RemotePlan;
  readonly #lives = new Map<RunningProcess, Life>();
  readonly #count = new Map<NodeId, number>();

  constructor(plan: RemotePlan) {
    this.#plan = plan;
  }

  /** See `ProcessHost.start`. Nothing goes to the ledger: its pids are of this machine. */
  async start(
    node: NodeId,
    program: ProgramSpec,
    environment: Record<string, string>,
    plumbing: Plumbing,
  ): Promise<RunningProcess> {
    const host = this.#plan.host(node);
    const number = (this.#count.get(node) ?? 0) + 1;
    this.#count.set(node, number);
    const placed = await this.#plan.uploads(node).placed(program);
    const { status, text } = await host.answer(
      'start',
      String(number),
      launchText(placed, environment, host.plan.folder),
    );
    if (status === 2) throw new ClusterError(`cannot start ${program.file}: ${text}`);
    if (status !== 0) throw new ClusterError(`cannot start ${program.file} on ${host.name}: ${text}`);
    const [pid = 0, startTicks = 0] = text.split(' ').map(Number);
    let finish: (exit: Exit) => void = () => undefined;
    const exited = new Promise<Exit>((resolve) => {
      finish = resolve;
    });
    const running: RunningProcess = { pid, startTicks, stdin: null, stdout: null, exited };
    const read = { stdout: 0, stderr: 0 };
    const life: Life = { node, number, plumbing, logs: null, read, ending: null, over: false, finish };
    this.#lives.set(running, life);
    // Where nobody listens yet, `back` does once the connection is there again.
    await this.#listen(life).catch(() => undefined);
    return running;
  }

  /** Never any of this machine. */
  living(): number[] {
    return [];
  }

  /** Asks for the end of everything the node started, once; `exited` resolves when nothing is left. */
  kill(process: RunningProcess): number[] {
    const life = this.#lives.get(process);
    if (life !== undefined) life.ending ??= this.#end(life);
    return [];
  }

  /** See `ProcessHost.ask`. What went wrong shows in what does not happen. */
  ask(process: RunningProcess, name: NodeJS.Signals): void {
    const life = this.#lives.get(process);
    if (life === undefined) return;
    const word = name.replace(/^SIG/, '');
    this.#plan
      .host(life.node)
      .ask('ask', word)
      .catch(() => undefined);
  }

  /** See `ProcessHost.forget`. */
  forget(process: RunningProcess): void {
    this.#lives.delete(process);
  }

  /** By the host, which reads the states of processes back. */
  freezing(process: RunningProcess): Freezing | null {
    const life = this.#lives.get(process);
    if (life === undefined) return null;
    return async (frozen) => {
      const [outcome, ...lines] = (
        await this.#plan.host(life.node).ask('freeze', frozen ? 'STOP' : 'CONT')
      ).split('\n');
      const pids = lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid > 0);
      return { pids, reached: outcome === 'reached' };
    };
  }

  /** What a host says of its node: `none`, `3 up`, `3 exit 1`, `3 lost`. */
  heard(node: NodeId, state: string): void {
    const [number, what, code] = state.split(' ');
    const life = this.#current(node);
    if (life === undefined || life.number !== Number(number) || life.ending !== null) return;
    if (what === 'exit') void this.#over(life, exitOf(Number(code)));
    if (what === 'lost') void this.#over(life, UNKNOWN_END);
  }

  /** The connection is there again: output is read on from where it broke off. */
  async back(node: NodeId): Promise<void> {
    const life = this.#current(node);
    if (life !== undefined) await this.#listen(life);
  }

  /** The host will not say anything any more. */
  lost(node: NodeId): void {
    const life = this.#current(node);
    if (life === undefined) return;
    life.over = true;
    life.finish(UNKNOWN_END);
  }

  #current(node: NodeId): Life | undefined {
    return [...this.#lives.values()].find((life) => life.node === node && !life.over);
  }

  async #end(life: Life): Promise<void> {
    const host = this.#plan.host(life.node);
    try {
      await host.ask('end');
      const [, , code] = (await host.ask('state')).split(' ');
      await this.#over(life, code === undefined ? UNKNOWN_END : exitOf(Number(code)));
    } catch {
      // The host is lost or will say so: a later attempt is made by whoever closes it.
      await this.#over(life, UNKNOWN_END);
    }
  }

  /** A life has ended: its last words first. */
  async #over(life: Life, exit: Exit): Promise<void> {
    if (life.over) return;
    life.over = true;
    // Its last words may be lost with the host; that it ended is known all the same.
    await this.#drain(life).catch(() => undefined);
    life.logs?.destroy();
    life.finish(exit);
  }

  async #drain({ node, number, read }: Life): Promise<void> {
    const sizes = (await this.#plan.host(node).ask('sizes', String(number))).split('\n').map(Number);
    const end = monotonicNs() + DRAIN_MS * 1e6;
    const isRead = (): boolean => read.stdout >= (sizes[0] ?? 0) && read.stderr >= (sizes[1] ?? 0);
    while (!isRead() && monotonicNs() < end) await sleep(5);
  }

  /** Output of a life as it is written, into the files of the run. */
  async #listen(life: Life): Promise<void> {
    const { node, number, plumbing, read } = life;
    const logs = await this.#plan.host(node).logs(number, read.stdout, read.stderr);
    life.logs = logs;
    const take = (stream: 'stdout' | 'stderr', fd: number) => (chunk: Buffer) => {
      read[stream] += chunk.length;
      try {
        writeSync(fd, chunk);
      } catch {
        // The disk is full, or the run is over and its files are closed; the host's own files are not affected.
      }
    };
    logs.onOutput(take('stdout', plumbing.stdoutFd));
    logs.onError(take('stderr', plumbing.stderrFd));
  }
}

/** What `host.sh start` reads: working directory, program and PATH to check, then the script that becomes the program. */
function launchText(
  { file, args, cwd, env }: ProgramSpec,
  environment: Record<string, string>,
  folder: string,
): string {
  const place = cwd ?? `${folder}/cwd`;
  const variables = { ...env, ...environment, FAULTLINE_AT: folder };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`);
  const words = [file, ...args].map(quoted).join(' ');
  const script = [...lines, `cd ${quoted(place)} && exec ${words}`];
  return [place, file, env?.['PATH'] ?? '', ...script].join('\n');
}

/** One word for a shell, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A shell tells signals by numbers above 128. */
function exitOf(code: number): Exit {
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name === undefined ? { code, signal: null } : { code: null, signal: name };
}
