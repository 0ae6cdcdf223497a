/**
 * The campaign's side: tries are put into queues, a few more than workers can carry out at once, so that no worker
 * waits for us and the budget can still take back what nobody has begun. Redis only carries messages: when it comes
 * back empty everything is said again, and results are looked for in the store.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { every, sleep, type Timer } from '../../time.ts';
import { OVER_BUDGET, UNTAKEN } from '../attempts.ts';
import type { Ran, Runner, Task } from '../runner.ts';
import { hasFirst, isRerun, type Lane, type Waiting } from './lane.ts';
import type { JobData, JobResult, NightRecord, WorkerRecord } from './messages.ts';
import { keyOf, type Needs } from './needs.ts';
import type { EndedJob, Exchange } from './redis.ts';
import { Roster } from './roster.ts';
import type { SharedStore } from './shared-store.ts';
import { fetchTake, lostTakes, resultsOf } from './transfer.ts';

/** What a night over workers needs. */
export interface RemoteRunning {
  exchange: Exchange;
  /** As it may be shown. */
  address: string;
  store: SharedStore;
  night: Omit<NightRecord, 'queues' | 'ending'>;
  needsOf(task: Task): Needs;
  /** Folder of the run among those of the night: `raft-register-storm.2`. */
  leafOf(task: Task): string;
  /** The night goes on after a campaign that was killed: results of it may be in the store already. */
  resumed: boolean;
  /** How long a run waits for a worker that can carry it out, ms. */
  patienceMs: number;
  stop: AbortSignal;
  leave: AbortSignal;
  /** One line for people. */
  tell(text: string): void;
}

const TURN_MS = 150;
const PRESENCE_MS = 2_000;
const SEARCH_MS = 5_000;
/** After the second interrupt, or once nobody carries out our runs any more. */
const LEAVE_MS = 5_000;
/** Nights that were cut short and that nobody went on with stay in Redis for so long. */
const FORGOTTEN_MS = 7 * 24 * 3_600_000;

/** A runner that has workers carry out its tries. */
export class RemoteRunner implements Runner {
  readonly width = Number.POSITIVE_INFINITY;
  readonly #how: RemoteRunning;
  readonly #lanes = new Map<string, Lane>();
  readonly #slots = new Map<string, number>();
  readonly #roster: Roster;
  readonly #notes: string[] = [];
  readonly #timers: Timer[] = [];
  #sinceSearchMs = 0;
  #closed = false;
  #awaySaid = false;
  #leavingMs = 0;

  constructor(how: RemoteRunning) {
    this.#how = how;
    this.#roster = new Roster(how.night, how.tell);
  }

  notes(): string[] {
    return [...this.#notes];
  }

  /** Whether any worker came that could be given anything. */
  get served(): boolean {
    return this.#slots.size > 0 || this.#roster.usable().length > 0;
  }

  /** Says that there is a night; workers come from then on. */
  async begin(): Promise<void> {
    const { exchange } = this.#how;
    await exchange.sweep(FORGOTTEN_MS);
    await this.#announce();
    this.#roster.update(await exchange.workers());
    this.#timers.push(every(PRESENCE_MS, () => void this.#present(), true));
    void this.#turns();
    // Workers are to hear of an interrupt at once, and of the second before we leave.
    for (const signal of [this.#how.stop, this.#how.leave])
      signal.addEventListener('abort', () => void this.#present(), { once: true });
  }

  async carryOut(task: Task): Promise<Ran> {
    const needs = this.#how.needsOf(task);
    const lane = this.#lane(needs);
    const id = createHash('sha256').update(`${task.run.id} ${task.attempt}`).digest('hex').slice(0, 20);
    return new Promise<Ran>((settle, fail) => {
      this.#enqueue(lane, { task, key: lane.key, id, again: false, settle, fail });
    });
  }

  /** What is earlier in the plan goes first, also when it comes again. */
  #enqueue({ waiting }: Lane, one: Waiting): void {
    const at = waiting.findIndex(({ task }) => task.order > one.task.order);
    if (at < 0) waiting.push(one);
    else waiting.splice(at, 0, one);
  }

  /** Ends the night for workers; `finished`: nothing of it stays in Redis. */
  async close(finished: boolean): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    const { exchange, night, stop } = this.#how;
    if (exchange.away() !== null) return;
    if (finished) await exchange.forget(night.id);
    else if (stop.aborted) await this.#announce();
  }

  #lane(needs: Needs): Lane {
    const key = keyOf(needs);
    const have = this.#lanes.get(key);
    if (have !== undefined) return have;
    const queue = this.#how.exchange.campaignQueue(this.#how.night.id, key);
    const lane: Lane = { key, needs, queue, waiting: [], sent: new Map(), aloneMs: null, told: false };
    this.#lanes.set(key, lane);
    return lane;
  }

  async #announce(): Promise<void> {
    const { exchange, night, stop, leave } = this.#how;
    const queues = [...this.#lanes.values()].map(({ key, needs }) => ({ key, needs }));
    await exchange.announceNight({
      ...night,
      queues,
      ending: leave.aborted ? 'leave' : stop.aborted ? 'judge' : 'no',
    });
  }

  async #present(): Promise<void> {
    this.#tellAway();
    if (this.#closed || this.#how.exchange.away() !== null) return;
    try {
      await this.#announce();
      this.#roster.update(await this.#how.exchange.workers());
    } catch {
      // Redis went away in the middle of it; the next time tells.
      return;
    }
  }

  #tellAway(): void {
    const away = this.#how.exchange.away();
    if (away !== null && !this.#awaySaid) {
      this.#how.tell(`Redis at ${this.#how.address} is away: ${away}; waiting for it, runs go on`);
    }
    if (away === null && this.#awaySaid) this.#how.tell(`Redis at ${this.#how.address} is back`);
    this.#awaySaid = away !== null;
  }

  async #turns(): Promise<void> {
    while (!this.#closed) {
      await sleep(TURN_MS);
      if (this.#how.stop.aborted) this.#drop();
      if (this.#how.exchange.away() !== null && !this.#how.leave.aborted) continue;
      for (const lane of [...this.#lanes.values()]) {
        try {
          await this.#turn(lane);
        } catch (error) {
          // A command that the end of the connection took along is done again; anything else is a fault of ours.
          if (this.#how.exchange.away() !== null) break;
          for (const one of [...lane.waiting, ...lane.sent.values()]) one.fail(error);
          lane.waiting.length = 0;
          lane.sent.clear();
        }
      }
      this.#sinceSearchMs += TURN_MS;
    }
  }

  async #turn(lane: Lane): Promise<void> {
    if (lane.waiting.length + lane.sent.size === 0) return;
    for (const job of await lane.queue.ended()) await this.#ended(lane, job);
    if (this.#sinceSearchMs >= SEARCH_MS) {
      this.#sinceSearchMs = 0;
      for (const each of this.#lanes.values()) await this.#search(each);
    }
    await this.#takeBack(lane);
    if (!this.#how.stop.aborted) await this.#send(lane);
  }

  async #send(lane: Lane): Promise<void> {
    const able = this.#roster.able(lane.needs);
    if (able.length === 0) await this.#callBack(lane);
    this.#lonely(lane, able.length > 0);
    const room = 2 * able.reduce((sum, { slots }) => sum + slots, 0);
    while (lane.sent.size < room) {
      const [next] = lane.waiting;
      if (next === undefined || (isRerun(next) && this.#isPreceded(lane, able))) return;
      lane.waiting.shift();
      if (!next.task.fits()) {
        next.settle({ kind: 'skipped', because: OVER_BUDGET });
        continue;
      }
      lane.sent.set(next.id, next);
      const [result] = this.#how.resumed ? await resultsOf(this.#how.store, this.#baseOf(next.task)) : [];
      if (result !== undefined) {
        await this.#settle(lane, next, result, false);
        continue;
      }
      next.task.onStart(0, 0);
      await lane.queue.add(next.id, this.#dataOf(next));
    }
  }

  /** Whether these workers have something to begin that decides more than a rerun: they look into every queue. */
  #isPreceded(lane: Lane, able: readonly WorkerRecord[]): boolean {
    const busy = this.#roster.busy();
    return [...this.#lanes.values()].some(
      (other) =>
        other !== lane &&
        hasFirst(other, busy) &&
        this.#roster.able(other.needs).some((worker) => able.includes(worker)),
    );
  }

  /** Nobody is left who could take what was sent: it waits here again, where that is seen. */
  async #callBack(lane: Lane): Promise<void> {
    for (const one of [...lane.sent.values()]) {
      if (!(await lane.queue.remove(one.id))) continue;
      lane.sent.delete(one.id);
      this.#enqueue(lane, { ...one, again: true });
    }
  }

  #dataOf({ task }: Waiting): JobData {
    const { run, attempt, words, repro } = task;
    return { run: run.id, attempt, words: [...words], repro, base: this.#baseOf(task) };
  }

  #baseOf(task: Task): string {
    return `${this.#how.night.id}/runs/${this.#how.leafOf(task)}/${task.attempt}`;
  }

  /** Says once that nobody can carry out these runs, and gives them up when nobody comes. */
  #lonely(lane: Lane, somebody: boolean): void {
    if (somebody || lane.waiting.length === 0) {
      lane.aloneMs = null;
      lane.told = false;
      return;
    }
    lane.aloneMs = (lane.aloneMs ?? 0) + TURN_MS;
    // A worker answers a night that it has just met at its second sign of life.
    if (!lane.told && lane.aloneMs > Math.min(2.5 * PRESENCE_MS, this.#how.patienceMs / 2)) {
      lane.told = true;
      const runs = lane.waiting.length === 1 ? '1 run waits' : `${lane.waiting.length} runs wait`;
      this.#how.tell(`${runs} for ${this.#wanted(lane)}: ${this.#some(lane)}`);
    }
    if (lane.aloneMs < this.#how.patienceMs) return;
    const because = `${UNTAKEN}: it waited for ${this.#wanted(lane)}`;
    for (const one of lane.waiting.splice(0)) one.settle({ kind: 'skipped', because });
  }

  #wanted({ needs }: Lane): string {
    if (this.#roster.usable().length === 0) return `a worker (faultline worker ${this.#how.address})`;
    return `a worker with ${this.#roster.lacking(needs)}`;
  }

  #some({ waiting }: Lane): string {
    const names = [...new Set(waiting.map(({ task }) => task.run.scenario))];
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    return `${names.slice(0, 3).join(', ')}${more}`;
  }

  /** What nobody has begun and would no longer end in time. */
  async #takeBack(lane: Lane): Promise<void> {
    for (const one of [...lane.sent.values()]) {
      if (!this.#how.stop.aborted && one.task.fits()) continue;
      if (!(await lane.queue.remove(one.id))) continue;
      lane.sent.delete(one.id);
      one.settle(this.#how.stop.aborted ? { kind: 'cut' } : { kind: 'skipped', because: OVER_BUDGET });
    }
  }

  async #ended(lane: Lane, { id, result, failed, lost }: EndedJob): Promise<void> {
    const one = lane.sent.get(id);
    // Of before the campaign was killed: whoever waits for it will ask the store.
    if (one === undefined) return;
    if (result?.cut === true && !this.#how.stop.aborted) return this.#again(lane, one);
    if (result !== null) await this.#settle(lane, one, result, one.again || lost > 0);
    else this.#broke(lane, one, failed ?? 'it ended without a result');
    await lane.queue.remove(id);
  }

  #broke(lane: Lane, one: Waiting, because: string): void {
    lane.sent.delete(one.id);
    const outcome = {
      ...{ verdict: 'broken' as const, sentence: because, final: because.startsWith('given up:') },
      ...{ kinds: [], foundBy: [], checkers: {}, operations: 0, faults: { planned: 0, fired: 0 } },
      ...{ digest: null, repro: one.task.repro, ownSeed: null },
    };
    one.settle({ kind: 'ended', outcome, slot: 0, tookMs: 0, worker: null });
  }

  async #settle(lane: Lane, one: Waiting, result: JobResult, again: boolean): Promise<void> {
    lane.sent.delete(one.id);
    const { task } = one;
    try {
      await fetchTake(this.#how.store, result.take, task.path);
      if (again) await this.#keepLost(task);
    } catch (error) {
      one.fail(error);
      return;
    }
    if (result.cut) return one.settle({ kind: 'cut' });
    const { outcome, tookMs, worker, host } = result;
    const slot = this.#slotOf(worker, result.slot);
    one.settle({ kind: 'ended', outcome, slot, tookMs, worker: host });
  }

  /** It was cut when the night was interrupted, and the night goes on now. */
  async #again(lane: Lane, one: Waiting): Promise<void> {
    await lane.queue.remove(one.id);
    await lane.queue.add(one.id, this.#dataOf(one));
  }

  /** What workers wrote that were lost over this try stands beside it. */
  async #keepLost(task: Task): Promise<void> {
    const takes = await lostTakes(this.#how.store, this.#baseOf(task));
    for (const [i, take] of takes.entries()) {
      const folder = `${task.path}.lost-${i + 1}`;
      rmSync(folder, { recursive: true, force: true });
      await fetchTake(this.#how.store, take, folder);
    }
    if (takes.length === 0) return;
    const where = `${this.#how.leafOf(task)}/${basename(task.path)}.lost-1`;
    this.#note(
      `${task.run.id} was taken again: a worker was lost over it; what it wrote is in runs/${where}`,
    );
  }

  #note(text: string): void {
    this.#notes.push(text);
    this.#how.tell(text);
  }

  /** Every slot of every worker is one lane of the picture. */
  #slotOf(worker: string, slot: number): number {
    const name = `${worker} ${slot}`;
    const known = this.#slots.get(name) ?? this.#slots.size;
    this.#slots.set(name, known);
    return known;
  }

  /** Tries that Redis has forgotten, and results that only the store has. */
  async #search(lane: Lane): Promise<void> {
    const busy = this.#roster.busy();
    for (const one of [...lane.sent.values()]) {
      if (busy.has(one.id) || (await lane.queue.exists(one.id))) continue;
      const [result] = await resultsOf(this.#how.store, this.#baseOf(one.task));
      if (result !== undefined) await this.#settle(lane, one, result, true);
      else await lane.queue.add(one.id, this.#dataOf(one));
    }
  }

  /** Interrupted: what nobody has counts for nothing, and after the second time neither does what somebody has. */
  #drop(): void {
    const { leave } = this.#how;
    if (leave.aborted) this.#leavingMs += TURN_MS;
    const busy = this.#roster.busy();
    for (const lane of this.#lanes.values()) {
      for (const one of lane.waiting.splice(0)) one.settle({ kind: 'cut' });
      for (const one of [...lane.sent.values()]) {
        if (this.#leavingMs < LEAVE_MS && (busy.has(one.id) || this.#leavingMs === 0)) continue;
        lane.sent.delete(one.id);
        one.settle({ kind: 'cut' });
      }
    }
  }
}
