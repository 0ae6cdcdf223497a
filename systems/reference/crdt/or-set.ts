/**
 * Sets with removal that converge (observed-remove sets; Shapiro and others, 2011): every add has a tag of its
 * own, a removal buries the tags it saw, and tags and graves only grow. An element is there while one of its tags
 * is not buried. What is new since some position can be told apart, so that not all of it is sent again and again.
 */
import type { Json } from '../../../harness/op.ts';
import { textOf } from '../canonical.ts';

/** What two nodes exchange: tagged elements, buried tags. */
export interface SetState {
  tags: [tag: string, element: Json][];
  buried: string[];
}

/** One set on one node. */
export class ObservedRemoveSet {
  readonly #tags = new Map<string, Json>();
  readonly #buried = new Set<string>();
  /** Tags of an element, by its text. */
  readonly #byElement = new Map<string, string[]>();
  /** Every tag and every grave in the order in which they came to be known here. */
  readonly #changes: { tag: string; buried: boolean }[] = [];

  /** All that is there. */
  get elements(): Json[] {
    const found = new Map<string, Json>();
    for (const [tag, element] of this.#tags) if (!this.#buried.has(tag)) found.set(textOf(element), element);
    return [...found.values()];
  }

  /** Number of changes known so far. */
  get position(): number {
    return this.#changes.length;
  }

  /** What came to be known after a position. O(what did). */
  since(position: number): SetState {
    const state: SetState = { tags: [], buried: [] };
    for (let i = position; i < this.#changes.length; i++) {
      const { tag, buried } = this.#changes[i]!;
      if (buried) state.buried.push(tag);
      else if (this.#tags.has(tag)) state.tags.push([tag, this.#tags.get(tag)!]);
    }
    return state;
  }

  /** Tags of an element that are not buried. */
  tagsOf(element: Json): string[] {
    const tags = this.#byElement.get(textOf(element)) ?? [];
    return tags.filter((tag) => this.#tags.has(tag) && !this.#buried.has(tag));
  }

  /** Takes in another state; returns what was new in it. */
  merge({ tags, buried }: SetState): SetState {
    const fresh = {
      tags: tags.filter(([tag]) => !this.#tags.has(tag)),
      buried: buried.filter((tag) => !this.#buried.has(tag)),
    };
    for (const [tag, element] of fresh.tags) {
      this.#tags.set(tag, element);
      const name = textOf(element);
      const others = this.#byElement.get(name);
      if (others === undefined) this.#byElement.set(name, [tag]);
      else others.push(tag);
      this.#changes.push({ tag, buried: false });
    }
    for (const tag of fresh.buried) {
      this.#buried.add(tag);
      this.#changes.push({ tag, buried: true });
    }
    return fresh;
  }

  /** Forgets tags altogether: not how elements are removed. */
  forget(tags: readonly string[]): void {
    for (const tag of tags) this.#tags.delete(tag);
  }
}
