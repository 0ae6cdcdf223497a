/**
 * Who works for a night: every worker as it last announced itself, what it can be given, and why some get nothing.
 */
import type { NightRecord, WorkerRecord } from './messages.ts';
import { PROTOCOL } from './messages.ts';
import { meets, type Needs, needsText, PROGRAM, PROJECT } from './needs.ts';

/** The workers of one night. */
export class Roster {
  readonly #night: Pick<NightRecord, 'id' | 'version'>;
  readonly #tell: (text: string) => void;
  #workers: readonly WorkerRecord[] = [];

  constructor(night: Pick<NightRecord, 'id' | 'version'>, tell: (text: string) => void) {
    this.#night = night;
    this.#tell = tell;
  }

  /** Takes over who is there now, and says who came and who went. */
  update(workers: readonly WorkerRecord[]): void {
    const before = new Map(this.#workers.map((worker) => [worker.id, worker]));
    for (const worker of workers) this.#meet(worker, before.get(worker.id));
    for (const [id, worker] of before)
      if (!workers.some((one) => one.id === id)) this.#tell(`worker ${nameOf(worker)} is gone`);
    this.#workers = workers;
  }

  /** Those that take what they can. */
  usable(): WorkerRecord[] {
    return this.#workers.filter((worker) => !worker.draining && this.#refusal(worker) === null);
  }

  /** Those that can take this. */
  able(needs: Needs): WorkerRecord[] {
    return this.usable().filter((worker) => meets(this.#abilities(worker), needs));
  }

  /** What of these needs the worker lacks that lacks least, in words. */
  lacking(needs: Needs): string {
    const lacks = (worker: WorkerRecord): Needs =>
      needs.filter((clause) => !meets(this.#abilities(worker), [clause]));
    const least = this.usable()
      .map(lacks)
      .filter((one) => one.length > 0)
      .sort((a, b) => a.length - b.length)[0];
    return needsText(least ?? needs);
  }

  /** Ids of the jobs that somebody carries out. */
  busy(): Set<string> {
    return new Set(this.#workers.flatMap((worker) => worker.busy));
  }

  #meet(worker: WorkerRecord, before: WorkerRecord | undefined): void {
    const refusal = this.#refusal(worker);
    if (before !== undefined && refusal === this.#refusal(before)) return;
    const slots = worker.slots === 1 ? 'one run at a time' : `${worker.slots} runs at a time`;
    if (refusal !== null) this.#tell(`worker ${nameOf(worker)} gets nothing: ${refusal}`);
    else
      this.#tell(
        `worker ${nameOf(worker)}: ${slots}; can ${worker.can.filter((one) => !one.startsWith(PROGRAM)).join(', ')}`,
      );
  }

  #refusal({ protocol, version, refuses }: WorkerRecord): string | null {
    const { id, version: own } = this.#night;
    if (protocol !== PROTOCOL || version !== own) return `it is faultline ${version}, this is ${own}`;
    return refuses[id] ?? null;
  }

  #abilities({ can, projects }: WorkerRecord): string[] {
    return projects.includes(this.#night.id) ? [...can, PROJECT] : can;
  }
}

function nameOf({ host, pid }: WorkerRecord): string {
  return `${host}:${pid}`;
}
