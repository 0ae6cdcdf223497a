/**
 * Names for violations of locks. All other answers of a witness agree with each other, so the last one is what
 * cannot have been.
 */
import { type Kind, named, PLAIN, restHolds, type Scene } from './scene.ts';

/** What a witness about a lock is called. */
export function lockKind(scene: Scene): Kind {
  const { op, inquiry } = scene;
  if (op.outcome === 'info' || !restHolds(scene)) return PLAIN;
  const acquires = op.f.startsWith('acquire');
  if (op.outcome === 'refused') return named(acquires ? 'refused-though-free' : 'refused-though-held');
  if (!acquires) return named('release-not-held');
  if (inquiry.model.name === 'semaphore') return named('over-capacity');
  return named(inquiry.model.name === 'rw-lock' ? 'shared-with-writer' : 'double-acquire');
}
