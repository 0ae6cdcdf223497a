/**
 * A last-in first-out stack.
 */
import { orderedCollection } from './ordered-collection.ts';

/** The `stack` model. */
export const stack = orderedCollection({
  name: 'stack',
  summary:
    'last in, first out: push v, pop and peek complete with the item or null when empty; initially empty',
  insert: 'push',
  take: 'pop',
  inserted: 'pushed',
  taken: 'popped',
  place: (items, item) => [item, ...items],
});
