/**
 * Shopping carts as values: what was put in and what was taken out. Kept apart, so that two versions can be
 * merged without bringing back what one of them had removed.
 */
import type { Json } from '../../../harness/op.ts';
import { textOf } from '../canonical.ts';

/** A cart. Items are in it while they are not among the removed ones. */
export interface Cart {
  items: Json[];
  removed: Json[];
}

/** What is in the cart. */
export function itemsOf({ items, removed }: Cart): Json[] {
  const gone = new Set(removed.map(textOf));
  return items.filter((item) => !gone.has(textOf(item)));
}

/**
 * One cart of several. `union` is the mistake the Dynamo paper itself reports: a union of what is in them brings
 * removed items back.
 */
export function mergeCarts(carts: readonly Cart[], union: boolean): Cart {
  if (union) return { items: distinct(carts.flatMap(itemsOf)), removed: [] };
  return {
    items: distinct(carts.flatMap((cart) => cart.items)),
    removed: distinct(carts.flatMap((cart) => cart.removed)),
  };
}

function distinct(values: readonly Json[]): Json[] {
  return [...new Map(values.map((value) => [textOf(value), value])).values()];
}
