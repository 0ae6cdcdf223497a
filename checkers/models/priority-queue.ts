/**
 * A priority queue: the largest number comes out first. Items are numbers, so that no two different items ever
 * have equal priority and every step has one outcome.
 */
import type { Json } from '../../harness/op.ts';
import { orderedCollection } from './ordered-collection.ts';

function place(items: readonly Json[], item: Json): readonly Json[] {
  const at = items.findIndex((held) => (held as number) <= (item as number));
  return at < 0 ? [...items, item] : [...items.slice(0, at), item, ...items.slice(at)];
}

/** The `priority-queue` model. */
export const priorityQueue = orderedCollection({
  name: 'priority-queue',
  summary:
    'largest number first: enqueue n, dequeue and peek complete with the number or null when empty; initially empty',
  insert: 'enqueue',
  take: 'dequeue',
  inserted: 'enqueued',
  taken: 'dequeued',
  place,
  accepts: (item) => (typeof item === 'number' ? null : 'a number'),
});
