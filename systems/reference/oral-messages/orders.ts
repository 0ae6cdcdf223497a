/**
 * What one node heard about the order of one instance, as a tree of reports, and what follows from it: the
 * recursive majority of Lamport, Shostak and Pease, "The Byzantine Generals Problem" (1982).
 */
import type { Json } from '../../../harness/op.ts';

/** The order that stands for silence and for a tie. */
export const RETREAT = 'retreat';

/** Who passed a report on, the commander first. */
export type Path = readonly string[];

/** Reports of one instance at one node. */
export class Orders {
  readonly #me: string;
  readonly #nodes: readonly string[];
  /** Reports by path. */
  readonly #heard = new Map<string, Json>();
  /** What was heard first, by whatever path. */
  first: Json = null;

  constructor(me: string, nodes: readonly string[]) {
    this.#me = me;
    this.#nodes = nodes;
  }

  /** Keeps the first report by a path; true when it was new. */
  hear(path: Path, value: Json): boolean {
    const name = path.join(' ');
    if (this.#heard.has(name)) return false;
    if (this.#heard.size === 0) this.first = value;
    this.#heard.set(name, value);
    return true;
  }

  /** What came by this path, undefined for silence. */
  direct(path: Path): Json | undefined {
    return this.#heard.get(path.join(' '));
  }

  /** What came from a commander, and what others say that came to them: not what was said about those in turn. */
  reportsOf(commander: string): Json[] {
    return [...this.#heard].flatMap(([path, value]) => {
      const nodes = path.split(' ');
      return nodes[0] === commander && nodes.length <= 2 ? [value] : [];
    });
  }

  /**
   * The order by OM(m): what came by `path`, against what all others say that came to them by it. `silence` stands
   * for reports that never came; undefined leaves them out. O(n^m).
   */
  order(path: Path, m: number, silence: Json | undefined): Json | undefined {
    const own = this.direct(path) ?? silence;
    if (m === 0) return own;
    const votes: Json[] = own === undefined ? [] : [own];
    for (const other of this.#nodes) {
      if (other === this.#me || path.includes(other)) continue;
      const vote = this.order([...path, other], m - 1, silence);
      if (vote !== undefined) votes.push(vote);
    }
    return majority(votes) ?? silence ?? own;
  }
}

/** The value of more than half of the votes, or undefined. */
export function majority(votes: readonly Json[]): Json | undefined {
  const counts = new Map<string, number>();
  for (const vote of votes) {
    const name = JSON.stringify(vote);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    if (2 * count > votes.length) return vote;
  }
  return undefined;
}
