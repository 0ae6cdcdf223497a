/**
 * Rules on directed links, layered by fault: each fault installs and removes its own layer, and what a link
 * does is the sum of all layers on it. Shared by the backends; changing a layer is atomic for a reader.
 */
import type { Delay, Endpoint, LinkEntry, LinkRule } from '../contracts.ts';

/** A delay of one layer; `fault` addresses its random draws. */
export interface LayeredDelay extends Delay {
  fault: string;
}

/** Everything that holds on one directed link now. */
export interface LinkState {
  cut: boolean;
  delays: readonly LayeredDelay[];
  /** Delays of the network itself, no fault's. */
  base: readonly LayeredDelay[];
  loss: number;
  duplicate: number;
  reorder: number;
  tamper: number;
  corrupt: number;
  replay: number;
  /** How old a packet is at least that comes again. */
  replayAgeMs: number;
  forge: number;
  /** Longest packet that passes; Infinity when all do. */
  mtu: number;
  /** Bytes per second; Infinity when not limited. */
  rate: number;
  /** Bytes that may wait under the rate; Infinity when all may. */
  queueBytes: number;
  overtake: boolean;
}

/** A link on which nothing is installed. */
export const CLEAR: LinkState = {
  cut: false,
  delays: [],
  base: [],
  loss: 0,
  duplicate: 0,
  reorder: 0,
  tamper: 0,
  corrupt: 0,
  replay: 0,
  replayAgeMs: 0,
  forge: 0,
  mtu: Number.POSITIVE_INFINITY,
  rate: Number.POSITIVE_INFINITY,
  queueBytes: Number.POSITIVE_INFINITY,
  overtake: false,
};

/** The layers of every directed link. */
export class LinkRules {
  readonly #layers = new Map<string, readonly LinkEntry[]>();
  readonly #links = new Map<string, LinkState>();
  readonly #endpoints: ReadonlySet<Endpoint>;
  readonly #changed: () => void;

  /** `changed` runs after every set and clear that changed something. */
  constructor(endpoints: readonly Endpoint[], changed: () => void = () => undefined) {
    this.#endpoints = new Set(endpoints);
    this.#changed = changed;
  }

  /** Installs or replaces the layer of a fault. Throws RangeError on a rule or an endpoint that means nothing. */
  set(fault: string, entries: readonly LinkEntry[]): void {
    for (const entry of entries) {
      for (const end of [entry.from, entry.to]) {
        if (!this.#endpoints.has(end)) {
          throw new RangeError(`no endpoint "${end}"; there are ${[...this.#endpoints].join(', ')}`);
        }
      }
      checkRule(entry);
    }
    this.#layers.set(fault, entries);
    this.#rebuild();
  }

  /** Removes the layer of a fault, if there is one. */
  clear(fault: string): void {
    if (this.#layers.delete(fault)) this.#rebuild();
  }

  /** What holds on the directed link now. */
  state(from: Endpoint, to: Endpoint): LinkState {
    return this.stateAt(linkKey(from, to));
  }

  /** The same by the link's key, for who has it at hand. */
  stateAt(key: string): LinkState {
    return this.#links.get(key) ?? CLEAR;
  }

  #rebuild(): void {
    this.#links.clear();
    for (const [fault, entries] of this.#layers) {
      for (const { from, to, rule } of entries) {
        const key = linkKey(from, to);
        this.#links.set(key, join(this.#links.get(key) ?? CLEAR, rule, fault));
      }
    }
    this.#changed();
  }
}

/** True when a message finds no room in the line of a limited link, which is free at `freeAtNs`. */
export function isFull({ rate, queueBytes }: LinkState, freeAtNs: number, nowNs: number): boolean {
  return queueBytes < Number.POSITIVE_INFINITY && ((freeAtNs - nowNs) / 1e9) * rate > queueBytes;
}

/** The key of a directed link in maps. */
export function linkKey(from: Endpoint, to: Endpoint): string {
  return `${from}>${to}`;
}

/** A link that is cut and nothing else: the state of most links that are not clear, and one object for all of them. */
const CUT: LinkState = { ...CLEAR, cut: true };

/** Two layers on one link: cuts and delays add up, chances are independent, the slower rate holds. */
function join(state: LinkState, rule: LinkRule, fault: string): LinkState {
  if (isCutAlone(rule)) return state.cut ? state : state === CLEAR ? CUT : { ...state, cut: true };
  const either = (p: number, q = 0): number => 1 - (1 - p) * (1 - q);
  return {
    cut: state.cut || rule.cut === true,
    delays: rule.delay === undefined ? state.delays : [...state.delays, { ...rule.delay, fault }],
    base: rule.base === undefined ? state.base : [...state.base, { ...rule.base, fault }],
    loss: either(state.loss, rule.loss),
    duplicate: either(state.duplicate, rule.duplicate),
    reorder: either(state.reorder, rule.reorder),
    tamper: either(state.tamper, rule.tamper),
    corrupt: either(state.corrupt, rule.corrupt),
    replay: either(state.replay, rule.replay),
    replayAgeMs: Math.max(state.replayAgeMs, rule.replayAgeMs ?? 0),
    forge: either(state.forge, rule.forge),
    mtu: Math.min(state.mtu, rule.mtu ?? Number.POSITIVE_INFINITY),
    rate: Math.min(state.rate, rule.rate ?? Number.POSITIVE_INFINITY),
    queueBytes: Math.min(state.queueBytes, rule.queueBytes ?? Number.POSITIVE_INFINITY),
    overtake: state.overtake || rule.overtake === true,
  };
}

function isCutAlone(rule: LinkRule): boolean {
  if (rule.cut !== true) return false;
  for (const name in rule) if (name !== 'cut') return false;
  return true;
}

function checkRule({ from, to, rule }: LinkEntry): void {
  const wrong = (what: string): never => {
    throw new RangeError(`link ${from} -> ${to}: ${what}`);
  };
  for (const name of ['loss', 'duplicate', 'reorder', 'tamper', 'corrupt', 'replay', 'forge'] as const) {
    const p = rule[name] ?? 0;
    if (!(p >= 0 && p <= 1)) wrong(`${name} must be in [0, 1], not ${p}`);
  }
  if (rule.mtu !== undefined && !(rule.mtu >= 68 && Number.isInteger(rule.mtu))) {
    wrong(`mtu must be a whole number of bytes from 68, not ${rule.mtu}`);
  }
  if (rule.rate !== undefined && !(rule.rate > 0)) wrong(`rate must be above 0 bytes/s, not ${rule.rate}`);
  for (const { ms, jitterMs = 0 } of [rule.delay, rule.base].filter((delay) => delay !== undefined))
    if (!(ms >= 0 && jitterMs >= 0)) wrong(`delay must not be negative (${ms} ms, jitter ${jitterMs} ms)`);
}
