/**
 * Clocks of nodes by patching their vDSO. Keeps, per node, the skew it should show, and brings every process of the
 * node to it: those that run now, those that are forked or started later, and those that start another program
 * (which throws the patch away). Attaching may wait for threads, so it is done ahead, whenever a node has become ready;
 * from then on a change is a write. Processes are looked at from time to time, often while a skew is installed.
 */
import type { ClockSkew, Evidence, NodeId } from '../../contracts.ts';
import { monotonicNs } from '../../time.ts';
import type { ClockHost, OwnedClocks } from '../options.ts';
import {
  type AttachWay,
  attach,
  attachNow,
  inspectClock,
  type PatchedProcess,
  readSetting,
  writeSetting,
} from './attach.ts';
import { clockEvidence, type ProcessReading } from './clock-evidence.ts';
import { ClockWatch } from './clock-watch.ts';
import { offsetAt, REAL_TIME, type Setting, spread, toSetting } from './control-block.ts';
import { ProcessGone } from './process-files.ts';
import { REAL_TIME_STEP_NS, realNs } from './real-time.ts';

/** Rounds of looking for processes that were forked while their parent was being written. */
const ROUNDS = 8;
const SET_TRIES = 3;
const IDLE_TURN_MS = 500;

interface NodeClock {
  /** What the node should show; null once reset, and from the start. */
  wanted: Setting | null;
  patched: Map<number, PatchedProcess>;
  /** Processes that could not be brought to the setting, and why. */
  failures: Map<number, string>;
  /** Work on this node's processes goes one piece after the other. */
  queue: Promise<void>;
  /** What attaching to its processes took when it became ready, ms; null: it never was. */
  aheadMs: number | null;
  /** What attaching has taken since the last change was begun, ms. */
  attachingMs: number;
}

/** Clocks by vDSO patch; needs Linux on x86-64 and the right to write the nodes' memory. */
export function vdsoClocks(host: ClockHost): OwnedClocks {
  return new VdsoClocks(host);
}

class VdsoClocks implements OwnedClocks {
  readonly mechanism = 'vdso';
  readonly #host: ClockHost;
  readonly #nodes = new Map<NodeId, NodeClock>();
  readonly #watch = new ClockWatch((node) => this.#look(node));
  /** For programs that nodes with the right time start, so that the next change finds them attached. */
  readonly #idle = new ClockWatch((node) => this.#look(node), IDLE_TURN_MS);
  #closed = false;

  constructor(host: ClockHost) {
    this.#host = host;
    host.onStart((node) => this.#onStart(node));
    host.onReady?.((node) => this.#onReady(node));
  }

  async set(node: NodeId, skew: ClockSkew): Promise<Evidence> {
    const setting = toSetting(skew, realNs());
    const clock = this.#clock(node);
    const began = monotonicNs();
    clock.attachingMs = 0;
    clock.wanted = setting;
    let evidence: Evidence;
    let tries = 0;
    let written: number | undefined;
    do {
      let pids: readonly number[] = [];
      await this.#serially(clock, async () => {
        // Those that are attached at once; looking for others takes longer than writing to them.
        for (const pid of clock.patched.keys()) isBrought(clock, pid);
        written ??= since(began);
        pids = await this.#bring(node, clock);
      });
      evidence = this.#evidence(node, clock, pids);
      // A process that started another program between the write and the read-back is real again: once more.
    } while (evidence.bit === false && ++tries < SET_TRIES);
    if (clock.wanted !== null && !this.#closed) this.#watch.add(node);
    const { attachingMs, aheadMs } = clock;
    // Written: to those attached before. Took: until all were read back.
    const times = { writtenMs: written ?? null, attachingMs, tookMs: since(began), attachedAheadMs: aheadMs };
    Object.assign(evidence.measures, times);
    return evidence;
  }

  async reset(node: NodeId): Promise<Evidence> {
    const clock = this.#clock(node);
    clock.wanted = null;
    this.#watch.remove(node);
    await this.#serially(clock, async () => this.#release(node, clock));
    return this.#evidence(node, clock, this.#host.pids(node));
  }

  async read(node: NodeId): Promise<number | null> {
    const clock = this.#clock(node);
    await clock.queue;
    const readings = this.#readings(clock, this.#host.pids(node));
    const first = readings.find(({ setting }) => setting !== 'unreadable');
    if (first === undefined || first.setting === 'unreadable') return null;
    return Number(offsetAt(first.setting, realNs()));
  }

  /** What is read is the setting itself; only when it was in force is as uncertain as the reading took. */
  errorNs(node: NodeId, tookNs: number): number {
    const { wanted } = this.#clock(node);
    if (wanted === null) return 0;
    const now = realNs();
    return spread(wanted, now - BigInt(Math.ceil(tookNs)) - REAL_TIME_STEP_NS, now + REAL_TIME_STEP_NS);
  }

  close(): void {
    this.#closed = true;
    this.#watch.stop();
    this.#idle.stop();
    for (const [node, clock] of this.#nodes) {
      clock.wanted = null;
      this.#release(node, clock);
    }
  }

  /** A node's new process gets the skew of its node before it is asked anything. */
  async #onStart(node: NodeId): Promise<void> {
    const clock = this.#nodes.get(node);
    if (clock === undefined || clock.wanted === null || this.#closed) return;
    // Stopping it at once, rather than waiting for it to sleep, leaves it the least time with the real clock.
    await this.#serially(clock, async () => void (await this.#bring(node, clock, 'stopped')));
    if (clock.wanted !== null && !this.#closed) this.#watch.hurry(node);
  }

  /** Attaches before anybody asks for a skew: a thread that stands in the way costs milliseconds, and a run has time now. */
  async #onReady(node: NodeId): Promise<void> {
    if (this.#closed) return;
    const clock = this.#clock(node);
    const began = monotonicNs();
    await this.#serially(clock, async () => {
      const pids = await this.#bring(node, clock);
      if (clock.wanted === null) this.#rehearse(node, clock, pids);
    });
    clock.aheadMs = since(began);
    if (!this.#closed) this.#idle.add(node);
  }

  /** A change that changes nothing: what is done for the first time takes this program longer than the process it is done to. */
  #rehearse(node: NodeId, clock: NodeClock, pids: readonly number[]): void {
    for (const setting of [toSetting({ offsetNs: 0 }, realNs()), REAL_TIME]) {
      for (const pid of clock.patched.keys()) writeTo(clock, pid, setting);
      this.#evidence(node, clock, pids);
    }
  }

  #clock(node: NodeId): NodeClock {
    let clock = this.#nodes.get(node);
    if (clock === undefined) {
      const [patched, failures] = [new Map(), new Map()];
      clock = { wanted: null, patched, failures, queue: Promise.resolve(), aheadMs: null, attachingMs: 0 };
      this.#nodes.set(node, clock);
    }
    return clock;
  }

  #serially(clock: NodeClock, work: () => Promise<void>): Promise<void> {
    const done = clock.queue.then(work);
    clock.queue = done.catch(() => undefined);
    return done;
  }

  /**
   * Brings every process of the node to the wanted setting, parents first, until no new process appears; resolves with
   * those there are then.
   */
  async #bring(node: NodeId, clock: NodeClock, way: AttachWay = 'auto'): Promise<readonly number[]> {
    const seen = new Set<number>();
    clock.failures.clear();
    let pids: readonly number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      pids = this.#host.pids(node);
      const fresh = pids.filter((pid) => !seen.has(pid));
      if (fresh.length === 0) break;
      for (const pid of fresh) {
        seen.add(pid);
        await this.#bringOne(node, clock, pid, way);
      }
    }
    for (const pid of clock.patched.keys()) if (!seen.has(pid)) this.#keepOrForget(clock, pid);
    return pids;
  }

  async #bringOne(node: NodeId, clock: NodeClock, pid: number, way: AttachWay): Promise<void> {
    const options = { way, isPaused: () => this.#host.isPaused(node) };
    try {
      if (isBrought(clock, pid)) return;
      const began = monotonicNs();
      const patched = await attach(pid, options);
      clock.attachingMs += since(began);
      clock.patched.set(pid, patched);
      // A reset may have come while we waited for the process to stand still.
      writeSetting(patched, clock.wanted ?? REAL_TIME);
    } catch (error) {
      clock.patched.delete(pid);
      if (!(error instanceof ProcessGone)) clock.failures.set(pid, (error as Error).message);
    }
  }

  /** A patched process that left the tree (it became a daemon) still gets what its node should show. */
  #keepOrForget(clock: NodeClock, pid: number): void {
    if (!isBrought(clock, pid)) clock.patched.delete(pid);
  }

  /** Real time for everything patched; the patch stays. Processes that never were patched are not touched. */
  #release(node: NodeId, clock: NodeClock): void {
    clock.failures.clear();
    for (const pid of this.#host.pids(node)) {
      tryQuietly(clock, pid, () => {
        if (inspectClock(pid) === null) return;
        const patched = attachNow(pid);
        if (patched === null) return;
        clock.patched.set(pid, patched);
      });
    }
    for (const pid of clock.patched.keys()) this.#keepOrForget(clock, pid);
  }

  #readings(clock: NodeClock, pids: readonly number[]): ProcessReading[] {
    return pids.flatMap((pid): ProcessReading[] => {
      try {
        return [{ pid, setting: shownBy(clock, pid) ?? inspectClock(pid) ?? REAL_TIME }];
      } catch (error) {
        if (error instanceof ProcessGone) return [];
        return [{ pid, setting: 'unreadable', because: (error as Error).message }];
      }
    });
  }

  #evidence(node: NodeId, clock: NodeClock, pids: readonly number[]): Evidence {
    return clockEvidence({
      node,
      mechanism: this.mechanism,
      wanted: clock.wanted,
      readings: this.#readings(clock, pids),
      failures: clock.failures,
      how: (pid) => clock.patched.get(pid),
      nowNs: realNs(),
    });
  }

  /** Cheap when every process of the node shows what it should. */
  async #look(node: NodeId): Promise<void> {
    const clock = this.#clock(node);
    const astray = this.#host.pids(node).some((pid) => {
      return !clock.failures.has(pid) && shownBy(clock, pid) === null;
    });
    if (!astray) return;
    await this.#serially(clock, async () => {
      if ((clock.wanted !== null || clock.aheadMs !== null) && !this.#closed) await this.#bring(node, clock);
    });
  }
}

/** Milliseconds, in hundredths: for people. */
function since(ns: number): number {
  return Math.round((monotonicNs() - ns) / 1e4) / 100;
}

/** Writes what the node should show into a process that is patched already; false where that is not so any more. */
function isBrought(clock: NodeClock, pid: number): boolean {
  return writeTo(clock, pid, clock.wanted ?? REAL_TIME);
}

function writeTo(clock: NodeClock, pid: number, setting: Setting): boolean {
  const patched = clock.patched.get(pid);
  if (patched === undefined) return false;
  try {
    writeSetting(patched, setting);
    return true;
  } catch {
    return false;
  }
}

/** What a process that we patched shows; null where it runs another program now, or never was patched. */
function shownBy(clock: NodeClock, pid: number): Setting | null {
  const patched = clock.patched.get(pid);
  if (patched === undefined) return null;
  try {
    return readSetting(patched);
  } catch {
    return null;
  }
}

function tryQuietly(clock: NodeClock, pid: number, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ProcessGone)) clock.failures.set(pid, (error as Error).message);
  }
}
