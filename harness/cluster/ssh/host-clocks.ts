/**
 * Clocks of nodes on other machines. On hosts that are for the tests alone their own clock is set; elsewhere programs are
 * started with libfaketime, which follows a file. Both show one offset: drift and strobe are steps made from here.
 */
import type { ClockSkew, Evidence, Json, NodeId } from '../../contracts.ts';
import { every, monotonicNs, type Timer } from '../../time.ts';
import { offsetAt, type Setting, spread, toSetting } from '../clock/control-block.ts';
import { libfaketimeEnv } from '../clock/libfaketime.ts';
import { realNs } from '../clock/real-time.ts';
import type { ClocksFactory, OwnedClocks } from '../options.ts';
import type { RemoteHost } from './remote-host.ts';

/** Between two steps of a clock that drifts: each is a message to the host. */
const STEP_MS = 250;
/** What the monotonic clock of a host is read with is this coarse. */
const COARSE_NS = 30_000_000;

/** How clocks are made wrong. `library`: libfaketime on the host of a node. */
export interface HostClocksOptions {
  way: 'machine' | 'libfaketime';
  host(node: NodeId): RemoteHost;
  library(node: NodeId): string;
}

/** Clocks of hosts. */
export function hostClocks(options: HostClocksOptions): ClocksFactory {
  return () => new HostClocks(options);
}

class HostClocks implements OwnedClocks {
  readonly mechanism: string;
  readonly #options: HostClocksOptions;
  readonly #wanted = new Map<NodeId, Setting>();
  readonly #steps = new Map<NodeId, Timer>();
  /** Offsets as the hosts were last told. */
  readonly #shown = new Map<NodeId, number>();
  /** What telling each host took the last time, ns: its clock was set somewhere within. */
  readonly #tookNs = new Map<NodeId, number>();

  constructor(options: HostClocksOptions) {
    this.#options = options;
    this.mechanism = options.way === 'machine' ? 'the clock of each host' : 'libfaketime';
  }

  async set(node: NodeId, skew: ClockSkew): Promise<Evidence> {
    const setting = toSetting(skew, realNs());
    this.#wanted.set(node, setting);
    this.#steps.get(node)?.cancel();
    await this.#show(node, setting);
    if (skew.strobe !== undefined || skew.steps !== undefined || (skew.driftPpm ?? 0) !== 0) {
      // A step that does not arrive is followed by the next one.
      const step = (): void => void this.#show(node, setting).catch(() => undefined);
      this.#steps.set(node, every(STEP_MS, step, true));
    }
    return this.#evidence(node);
  }

  async reset(node: NodeId): Promise<Evidence> {
    this.#steps.get(node)?.cancel();
    this.#steps.delete(node);
    if (this.#wanted.delete(node)) await this.#tell(node, 0);
    return this.#evidence(node);
  }

  /** As it was last told: hosts are not asked ten times a second. */
  async read(node: NodeId): Promise<number | null> {
    return this.#options.host(node).lost === null ? (this.#shown.get(node) ?? 0) : null;
  }

  /** Half of the way there and back, what the host's clock can tell apart, and what drift makes of a step. */
  errorNs(node: NodeId): number {
    const coarse = this.#options.way === 'machine' ? COARSE_NS : 0;
    const wanted = this.#wanted.get(node);
    const now = realNs();
    const step = wanted === undefined ? 0 : spread(wanted, now - BigInt(STEP_MS) * 1_000_000n, now);
    return (this.#tookNs.get(node) ?? 0) / 2 + coarse + step;
  }

  environment(node: NodeId): Record<string, string> {
    const { way, host, library } = this.#options;
    if (way === 'machine') return {};
    return libfaketimeEnv(library(node), `${host(node).plan.folder}/clock`);
  }

  close(): void {
    for (const timer of this.#steps.values()) timer.cancel();
    this.#steps.clear();
  }

  #show(node: NodeId, setting: Setting): Promise<void> {
    return this.#tell(node, Number(offsetAt(setting, realNs())));
  }

  async #tell(node: NodeId, offsetNs: number): Promise<void> {
    const verb = this.#options.way === 'machine' ? 'settime' : 'fake';
    const began = monotonicNs();
    await this.#options.host(node).ask(verb, String(Math.round(offsetNs)));
    this.#tookNs.set(node, monotonicNs() - began);
    this.#shown.set(node, offsetNs);
  }

  /** What the host reads back, and which processes follow it. */
  async #evidence(node: NodeId): Promise<Evidence> {
    const expectedNs = this.#shown.get(node) ?? 0;
    const host = this.#options.host(node);
    const base = { mechanism: this.mechanism, expectedOffsetNs: expectedNs };
    const words = expectedNs === 0 ? 'the real time' : `${(expectedNs / 1e9).toFixed(3)} s off`;
    if (this.#options.way === 'machine') {
      const offsetNs = Number(await host.ask('gettime'));
      const right = Math.abs(offsetNs - expectedNs) <= COARSE_NS;
      return judged(right, `the clock of ${host.name} shows ${words}`, { ...base, offsetNs });
    }
    const [offset = '', ...lines] = (await host.ask('faked')).split('\n');
    const offsetNs = Math.round(Number(offset) * 1e9);
    const processes = lines.filter((line) => line !== '');
    const deaf = processes.filter((line) => !line.endsWith('follows'));
    const measures = { ...base, offsetNs, processes: processes as unknown as Json };
    if (processes.length === 0) {
      const then = expectedNs === 0 ? 'its clock is real' : 'its clock will be wrong from its next start';
      return { state: 'installed', bit: null, summary: `${node} is down; ${then}`, measures };
    }
    // Who never followed shows the real time.
    if (deaf.length > 0 && expectedNs !== 0) {
      const why = deaf.some((line) => line.endsWith('go'))
        ? 'what Go compiles asks no library for the time (ssh.dedicated sets the clock of the host)'
        : 'libfaketime is not loaded (a statically linked program?)';
      return judged(false, `${deaf.length} of ${processes.length} processes of ${node}: ${why}`, measures);
    }
    return judged(
      Math.abs(offsetNs - expectedNs) < 1_000,
      `${processes.length} processes of ${node} show ${words}`,
      measures,
    );
  }
}

function judged(right: boolean, summary: string, measures: Record<string, Json>): Evidence {
  return { state: right ? 'installed' : 'failed', bit: right, summary, measures };
}
