/**
 * Byzantine nodes of reference programs: which nodes they are, and how they lie. A traitor runs the program as
 * everybody does; what it sends passes through here. Whom a message comes from cannot be forged.
 */
import type { Json } from '../../harness/op.ts';
import type { NodeHandle, Setting } from './api.ts';
import { byRank } from './rank.ts';

/** The ways to lie. */
export const LIES = ['equivocate', 'lie', 'silent', 'random'] as const;

/** The settings of a program with traitors. */
export const TRAITOR_SETTINGS: Readonly<Record<'traitors' | 'lies', Setting>> = {
  traitors: { summary: 'how many nodes are traitors: the first ones, n1 and so on', default: 1 },
  lies: {
    summary:
      'what a traitor does: tells different nodes different values, lies to all alike, stays silent, or any of it by chance',
    default: 'equivocate',
    choices: LIES,
  },
};

/** The traitors among these nodes. */
export function traitorsAmong(nodes: readonly string[], traitors: number): string[] {
  return [...nodes].sort(byRank).slice(0, traitors);
}

/** The most traitors that so many nodes are made to bear: f where there are 3f + 1, and one where even one is too many. */
export function mostFaulty(nodes: number): number {
  return Math.max(1, Math.floor((nodes - 1) / 3));
}

/** What becomes of a value that a traitor sends to one node; undefined: nothing is sent. */
export class Traitor {
  readonly #node: NodeHandle;
  readonly #lies: string;
  readonly #fooled: ReadonlySet<string>;

  constructor(node: NodeHandle, lies: string) {
    this.#node = node;
    this.#lies = lies;
    // Every other node is told something else.
    this.#fooled = new Set([...node.peers].sort(byRank).filter((_, i) => i % 2 === 0));
  }

  /** The value for `to` in place of the true one. `lie` is what may be said instead. */
  value(to: string, truth: Json, lie: Json): Json | undefined {
    switch (this.#lies) {
      case 'silent':
        return undefined;
      case 'lie':
        return lie;
      case 'random': {
        const draw = this.#node.random();
        return draw < 0.25 ? undefined : draw < 0.6 ? lie : truth;
      }
      default:
        return this.#fooled.has(to) ? lie : truth;
    }
  }
}
