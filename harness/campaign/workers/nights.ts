/**
 * The nights a worker knows of: which it serves, from which queues, and why it takes nothing from the others.
 */
import { join } from 'node:path';
import type { NightRecord } from './messages.ts';
import { PROTOCOL } from './messages.ts';
import { meets, PROGRAM, PROJECT } from './needs.ts';
import { isPlain, isProject, layProject } from './project.ts';
import type { WorkerQueue } from './redis.ts';
import type { SharedStore } from './shared-store.ts';
import type { Working } from './working.ts';

/** A night a worker takes from. */
export interface ServedNight {
  record: NightRecord;
  store: SharedStore;
  /** What it can be given: those first that ask for most. */
  queues: WorkerQueue[];
  /** Where its runs are started. */
  cwd: string;
  hasProject: boolean;
  /** Aborted when the campaign is interrupted once, and twice. */
  judge: AbortController;
  leave: AbortController;
}

interface Known {
  night: ServedNight | null;
  open: Map<string, WorkerQueue>;
  refusal: string | null;
}

/** The key with which a campaign shows that a worker sees the same store. */
export function markKey(night: string): string {
  return `${night}/night.json`;
}

/** What a worker knows of nights. */
export class Nights {
  readonly #how: Working;
  readonly #known = new Map<string, Known>();

  constructor(how: Working) {
    this.#how = how;
  }

  /** In the order of their names, which begin alike only by accident: each campaign gets its turn. */
  served(): ServedNight[] {
    return [...this.#known.values()].flatMap(({ night }) => (night === null ? [] : [night]));
  }

  /** Nights whose project this folder is. */
  projects(): string[] {
    return this.served().flatMap(({ record, hasProject }) => (hasProject ? [record.id] : []));
  }

  /** Programs that runs start and that are installed here, as needs. */
  programs(): string[] {
    return [...new Set(this.served().flatMap(({ record }) => this.#programsOf(record)))];
  }

  #programsOf({ queues }: NightRecord): string[] {
    const wanted = queues.flatMap(({ needs }) => needs.flat()).filter((need) => need.startsWith(PROGRAM));
    return wanted.filter((need) => this.#how.hasProgram?.(need.slice(PROGRAM.length)) === true);
  }

  refusals(): Record<string, string> {
    const refused = [...this.#known].flatMap(([id, { refusal }]) =>
      refusal === null ? [] : [[id, refusal]],
    );
    return Object.fromEntries(refused) as Record<string, string>;
  }

  /** Takes over what campaigns say now. */
  async refresh(records: readonly NightRecord[]): Promise<void> {
    for (const [id, known] of this.#known)
      if (!records.some((record) => record.id === id)) await this.#forget(id, known);
    for (const record of records) {
      const known = this.#known.get(record.id) ?? (await this.#meet(record));
      // What was in the way may be out of it by now.
      if (known.refusal !== null) await this.#try(record, known);
      if (known.night !== null) this.#update(known.night, known.open, record);
    }
  }

  async #meet(record: NightRecord): Promise<Known> {
    const known: Known = { night: null, open: new Map(), refusal: null };
    this.#known.set(record.id, known);
    await this.#try(record, known);
    const { tell } = this.#how;
    if (known.refusal !== null) tell(`nothing is taken from ${record.name}: ${known.refusal}`);
    else if (known.night?.hasProject) tell(`serves ${record.name} in ${known.night.cwd}`);
    else tell(`serves ${record.name} with the files it gives: this folder is not its project`);
    return known;
  }

  async #try(record: NightRecord, known: Known): Promise<void> {
    try {
      known.night = await this.#serve(record);
      known.refusal = null;
    } catch (error) {
      known.refusal = (error as Error).message;
    }
  }

  async #serve(record: NightRecord): Promise<ServedNight> {
    const { version, cwd, commit, folder, id } = this.#how;
    if (record.protocol !== PROTOCOL || record.version !== version)
      throw new Error(`it is of faultline ${record.version}, this is ${version}`);
    if (!isPlain(record.id) || !record.files.every(({ path }) => isPlain(path)))
      throw new Error('it names files outside of its folder');
    const store = this.#how.storeOf(record.store);
    if ((await store.read(markKey(record.id))) === null)
      throw new Error(`${store.shown} is not the store of the campaign (${record.store})`);
    await store.write(`${record.id}/workers/${id}.json`, JSON.stringify({ id, cwd }));
    const hasProject = await isProject(record, cwd, commit);
    const own = join(folder, 'projects', record.id);
    if (!hasProject) await layProject(store, record, own);
    return {
      ...{ record, store, queues: [], cwd: hasProject ? cwd : own, hasProject },
      ...{ judge: new AbortController(), leave: new AbortController() },
    };
  }

  #update(night: ServedNight, open: Known['open'], record: NightRecord): void {
    night.record = record;
    const can = [...this.#how.can, ...this.#programsOf(record), ...(night.hasProject ? [PROJECT] : [])];
    const able = record.queues.filter(({ needs }) => meets(can, needs));
    // Who can do what few can does that first.
    able.sort((a, b) => b.needs.length - a.needs.length || (a.key < b.key ? -1 : 1));
    night.queues = able.map(({ key }) => {
      const queue = open.get(key) ?? this.#how.exchange.workerQueue(record.id, key);
      open.set(key, queue);
      return queue;
    });
    // A night that was interrupted and is gone on with.
    if (record.ending === 'no' && night.judge.signal.aborted) {
      night.judge = new AbortController();
      night.leave = new AbortController();
    }
    if (record.ending !== 'no') night.judge.abort('the campaign was interrupted');
    if (record.ending === 'leave') night.leave.abort('the campaign leaves');
  }

  async #forget(id: string, { open }: Known): Promise<void> {
    this.#known.delete(id);
    for (const queue of open.values()) await queue.close();
  }
}
