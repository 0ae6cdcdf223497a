/**
 * Runs the nodes of a cluster in lock step: each under a stepper of its own, none without being told to. A stepper
 * ends with its harness, and its program with it, so nothing is left behind whatever happens to the harness.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { NodeId, ProgramSpec } from '../../contracts.ts';
import type { Seed } from '../../random.ts';
import { ClusterError } from '../cluster-error.ts';
import type { ProcessHost } from '../process-host.ts';
import { forget, killTree, type Plumbing, type RunningProcess, runNow, startProcess } from '../processes.ts';
import { STEP_NOTES, StepChannel } from './step-channel.ts';
import { SteppedProcess } from './stepped-process.ts';

/** What a host needs to know of its cluster. */
export interface LockstepParts {
  /** Path of the compiled stepper. */
  stepper: string;
  /** Processor time one step of a program may take before it counts as one that never waits, s; default 5. */
  stepSeconds?: number;
  /** Where the run keeps the data of its nodes. */
  dataDir: string;
  /** A folder of the run for named pipes; made and removed here. */
  folder: string;
  seed: Seed;
  wallNs(node: NodeId): bigint;
}

const STEP_SECONDS = 5;

/** What costs a run its promise to be the same again, by what was noticed. */
const CAVEATS: readonly [number, string][] = [
  [STEP_NOTES.preempted, 'a thread was interrupted where it computed: another run of this seed may differ'],
  [
    STEP_NOTES.outside,
    'it waited for something outside of virtual time: another run of this seed may differ',
  ],
  [STEP_NOTES.network, 'it used a network of its own, which knows nothing of virtual time'],
  [STEP_NOTES.addresses, 'its memory addresses could not be fixed: another run of this seed may differ'],
];

/**
 * Flags that a runtime needs to run well in turns: the threads with which V8 collects garbage and compiles are waited
 * for in a loop, and threads of which only one runs at a time wait long in it.
 */
function runtimeFlags(file: string): string[] {
  return basename(file) === 'node' ? ['--single-threaded'] : [];
}

/** The processes of one cluster in virtual time. */
export class LockstepHost implements ProcessHost {
  readonly #parts: LockstepParts;
  readonly #lives = new Map<NodeId, number>();
  readonly #running = new Map<NodeId, SteppedProcess>();
  readonly #noticed = new Map<NodeId, number>();
  /** Another path of the data, as long as that of any other run. */
  #alias: string | null = null;

  constructor(parts: LockstepParts) {
    this.#parts = parts;
  }

  async start(
    node: NodeId,
    program: ProgramSpec,
    environment: Record<string, string>,
    plumbing: Plumbing,
    onSpawn: (pid: number, startTicks: number) => void,
  ): Promise<SteppedProcess> {
    const { stepper, folder, seed, wallNs } = this.#parts;
    mkdirSync(folder, { recursive: true });
    const life = (this.#lives.get(node) ?? 0) + 1;
    this.#lives.set(node, life);
    const [commands, reports] = [join(folder, `${node}-${life}-in`), join(folder, `${node}-${life}-out`)];
    const failed = runNow(stepper, ['--fifos', commands, reports]);
    if (failed !== null) throw new ClusterError(`no named pipes in ${folder}: ${failed}`);
    const channel = new StepChannel(commands, reports);
    const draws = String(Math.floor(seed.fork('process', node, life).rng().float() * 2 ** 52));
    const samePath = this.#samePath();
    const spec: ProgramSpec = {
      ...program,
      ...(program.env === undefined ? {} : { env: mapped(program.env, samePath) }),
      file: stepper,
      args: [
        draws,
        String(this.#parts.stepSeconds ?? STEP_SECONDS),
        program.file,
        ...runtimeFlags(program.file),
        ...program.args.map(samePath),
      ],
    };
    const env = { ...environment, UV_USE_IO_URING: '0' };
    try {
      const started = await startProcess(
        spec,
        env,
        { ...plumbing, protocol: 'none', moreFds: [channel.commandFd, channel.reportFd] },
        onSpawn,
      );
      const process = new SteppedProcess({
        pid: started.pid,
        startTicks: started.startTicks,
        channel,
        wallNs: () => wallNs(node),
        trouble: (words) => {
          writeSync(plumbing.stderrFd, `faultline: virtual time: ${program.file}: ${words}\n`);
        },
        noticed: (notes) => this.#noticed.set(node, (this.#noticed.get(node) ?? 0) | notes),
      });
      channel.handedOver();
      this.#running.set(node, process);
      return process;
    } catch (error) {
      channel.handedOver();
      channel.close();
      throw error;
    } finally {
      rmSync(commands, { force: true });
      rmSync(reports, { force: true });
    }
  }

  /** Ids differ from run to run and mean nothing in virtual time. */
  living(): number[] {
    return [];
  }

  kill(process: RunningProcess): number[] {
    if (process instanceof SteppedProcess) process.end();
    return [];
  }

  ask(process: RunningProcess, name: NodeJS.Signals): void {
    if (process instanceof SteppedProcess) process.signal(name);
  }

  hold(process: RunningProcess, held: boolean): void {
    if (process instanceof SteppedProcess) process.hold(held);
  }

  forget(process: RunningProcess): void {
    killTree(process);
    forget(process.pid);
  }

  /** A node's clock was set: it may be later than it thinks. */
  poke(node: NodeId): void {
    this.#running.get(node)?.flush();
  }

  /** Why another run of the same seed may differ; one sentence per node and reason. */
  caveats(): string[] {
    return [...this.#noticed].flatMap(([node, notes]) =>
      CAVEATS.filter(([bit]) => (notes & bit) !== 0).map(([, words]) => `${node}: ${words}`),
    );
  }

  /** Removes what was made. */
  close(): void {
    rmSync(this.#parts.folder, { recursive: true, force: true });
    if (this.#alias !== null) rmSync(dirname(this.#alias), { recursive: true, force: true });
    this.#alias = null;
  }

  /**
   * Puts a path of constant length in place of the data's own. Programs keep their arguments in memory, and where
   * things lie in memory decides what some of them draw (the generator of OpenSSL, which Node uses): the same run
   * stored elsewhere would be another one.
   */
  #samePath(): (text: string) => string {
    const { dataDir } = this.#parts;
    if (this.#alias === null) {
      this.#alias = join(mkdtempSync(join(tmpdir(), 'faultline-')), 'data');
      symlinkSync(dataDir, this.#alias);
    }
    const alias = this.#alias;
    return (text) => text.replaceAll(dataDir, alias);
  }
}

function mapped(env: Record<string, string>, map: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, map(value)]));
}
