/**
 * Sets with removal that converge (observed-remove sets; Shapiro and others, 2011): every add has a tag of its
 * own, a removal buries the tags it saw, and tags and graves only grow. An element is there while one of its tags
 * is not buried.
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

  /** All that is there. */
  get elements(): Json[] {
    const found = new Map<string, Json>();
    for (const [tag, element] of this.#tags) if (!this.#buried.has(tag)) found.set(textOf(element), element);
    return [...found.values()];
  }

  get state(): SetState {
    return { tags: [...this.#tags], buried: [...this.#buried] };
  }

  /** Tags of an element that are not buried. */
  tagsOf(element: Json): string[] {
    const name = textOf(element);
    return [...this.#tags]
      .filter(([tag, e]) => textOf(e) === name && !this.#buried.has(tag))
      .map(([tag]) => tag);
  }

  /** Takes in another state; returns what was new in it. */
  merge({ tags, buried }: SetState): SetState {
    const fresh = {
      tags: tags.filter(([tag]) => !this.#tags.has(tag)),
      buried: buried.filter((tag) => !this.#buried.has(tag)),
    };
    for (const [tag, element] of fresh.tags) this.#tags.set(tag, element);
    for (const tag of fresh.buried) this.#buried.add(tag);
    return fresh;
  }

  /** Forgets tags altogether: not how elements are removed. */
  forget(tags: readonly string[]): void {
    for (const tag of tags) this.#tags.delete(tag);
  }
}
