/**
 * A first-in first-out queue.
 */
import { orderedCollection } from './ordered-collection.ts';

/** The `queue` model. */
export const queue = orderedCollection({
  name: 'queue',
  summary:
    'first in, first out: enqueue v, dequeue and peek complete with the item or null when empty; initially empty',
  insert: 'enqueue',
  take: 'dequeue',
  inserted: 'enqueued',
  taken: 'dequeued',
  place: (items, item) => [...items, item],
});
