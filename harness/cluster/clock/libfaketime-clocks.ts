/**
 * Clocks of nodes through libfaketime: each node is started with the library loaded and a file it follows; a skew
 * is a change of that file. Second choice: it must be there from the start, does nothing to statically linked
 * programs, and drift and strobe are steps made by a timer here.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ClockSkew, Evidence, NodeId } from '../../contracts.ts';
import { every, type Timer } from '../../time.ts';
import type { ClockHost, OwnedClocks } from '../options.ts';
import { clockEvidence, type ProcessReading } from './clock-evidence.ts';
import { offsetAt, REAL_TIME, type Setting, spread, toSetting } from './control-block.ts';
import { libfaketimeEnv, readOffset, writeOffset } from './libfaketime.ts';
import { realNs } from './real-time.ts';

/** Between two steps of a drifting clock; a strobe steps at its half period, but not more often than this. */
const DRIFT_STEP_MS = 50;
const FASTEST_STEP_MS = 5;

/** Clocks by preloading `library`. Keeps one file per node in a temporary folder until `close`. */
export function libfaketimeClocks(host: ClockHost, library: string): OwnedClocks {
  return new LibfaketimeClocks(host, library);
}

class LibfaketimeClocks implements OwnedClocks {
  readonly mechanism = 'libfaketime';
  readonly #host: ClockHost;
  readonly #library: string;
  readonly #dir = fs.mkdtempSync(path.join(os.tmpdir(), 'faultline-clocks-'));
  readonly #wanted = new Map<NodeId, Setting>();
  readonly #steps = new Map<NodeId, Timer>();

  constructor(host: ClockHost, library: string) {
    this.#host = host;
    this.#library = library;
  }

  async set(node: NodeId, skew: ClockSkew): Promise<Evidence> {
    const setting = toSetting(skew, realNs());
    this.#wanted.set(node, setting);
    this.#steps.get(node)?.cancel();
    this.#step(node, setting);
    const { strobe, driftPpm = 0 } = skew;
    if (strobe !== undefined || driftPpm !== 0) {
      const halfMs = strobe === undefined ? DRIFT_STEP_MS : strobe.halfPeriodNs / 1e6;
      const stepMs = Math.max(FASTEST_STEP_MS, Math.min(DRIFT_STEP_MS, halfMs));
      this.#steps.set(
        node,
        every(stepMs, () => this.#step(node, setting), true),
      );
    }
    return this.#evidence(node, setting);
  }

  async reset(node: NodeId): Promise<Evidence> {
    this.#steps.get(node)?.cancel();
    this.#steps.delete(node);
    if (this.#wanted.delete(node)) this.#step(node, REAL_TIME);
    return this.#evidence(node, null);
  }

  async read(node: NodeId): Promise<number | null> {
    return this.#host.pids(node).length === 0 ? null : this.#offset(node);
  }

  /** The file holds the offset to the nanosecond; a clock that drifts or strobes lags behind by up to a step. */
  errorNs(node: NodeId, tookNs: number): number {
    const wanted = this.#wanted.get(node);
    if (wanted === undefined) return 0;
    const now = realNs();
    return spread(wanted, now - BigInt(Math.ceil(tookNs + DRIFT_STEP_MS * 1e6)), now);
  }

  environment(node: NodeId): Record<string, string> {
    const file = this.#file(node);
    if (!fs.existsSync(file)) writeOffset(file, 0);
    return libfaketimeEnv(this.#library, file);
  }

  close(): void {
    for (const timer of this.#steps.values()) timer.cancel();
    this.#steps.clear();
    fs.rmSync(this.#dir, { recursive: true, force: true });
  }

  #step(node: NodeId, setting: Setting): void {
    writeOffset(this.#file(node), Number(offsetAt(setting, realNs())));
  }

  #offset(node: NodeId): number | null {
    const file = this.#file(node);
    return fs.existsSync(file) ? readOffset(file) : 0;
  }

  #file(node: NodeId): string {
    return path.join(this.#dir, `${node}.clock`);
  }

  /** The file says what is shown; whether a process follows it shows in what it has loaded. */
  #evidence(node: NodeId, wanted: Setting | null): Evidence {
    const offsetNs = this.#offset(node);
    const failures = new Map<number, string>();
    const readings = this.#host.pids(node).map((pid): ProcessReading => {
      const because = whyDeaf(pid) ?? (offsetNs === null ? 'the offset file cannot be read' : null);
      if (because === null) return { pid, setting: wanted ?? REAL_TIME };
      failures.set(pid, because);
      return { pid, setting: 'unreadable', because };
    });
    const how = (): undefined => undefined;
    const evidence = clockEvidence({
      node,
      mechanism: this.mechanism,
      wanted,
      readings,
      failures,
      how,
      nowNs: realNs(),
    });
    evidence.measures['offsetNs'] = offsetNs;
    return evidence;
  }
}

/** Why a process does not follow its file, or null when it does. */
function whyDeaf(pid: number): string | null {
  try {
    const maps = fs.readFileSync(`/proc/${pid}/maps`, 'latin1');
    return maps.includes('libfaketime') ? null : 'libfaketime is not loaded (a statically linked program?)';
  } catch {
    return 'its memory map cannot be read';
  }
}
