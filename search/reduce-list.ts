/**
 * Delta debugging of lists: leaves out as much as still fails, in halves, quarters and so on down to single
 * elements (Zeller and Hildebrandt's ddmin with complements only, restarted at single elements until none goes).
 */

/**
 * A part of `items` that `fails` and of which no single element can be left out. `fails` decides, and is
 * expected to hold for all of them. O(n log n) calls when few matter, O(n^2) at worst.
 */
export function reduceList<T>(items: readonly T[], fails: (kept: readonly T[]) => boolean): readonly T[] {
  const steps = reductionSteps(items);
  let step = steps.next();
  while (!step.done) step = steps.next(fails(step.value));
  return step.value;
}

/**
 * The same, one question at a time: yields a part, is told whether it fails, and returns what is left. Stops at
 * chunks of `finest` elements, one where nothing is said.
 */
export function* reductionSteps<T>(
  items: readonly T[],
  finest = 1,
): Generator<readonly T[], readonly T[], boolean> {
  if (items.length === 0 || (yield [])) return [];
  let kept = items;
  let chunk = Math.ceil(kept.length / 2);
  while (kept.length > 1) {
    let removed = false;
    // From the end: what comes late is rarely needed, and what comes early is what the rest happens to.
    for (let end = kept.length; end > 0; ) {
      const from = Math.max(0, end - chunk);
      const rest = [...kept.slice(0, from), ...kept.slice(end)];
      if (rest.length > 0 && (yield rest)) {
        kept = rest;
        removed = true;
      }
      end = from;
    }
    if (chunk <= finest && !removed) break;
    if (chunk > finest) chunk = Math.max(finest, Math.ceil(Math.min(chunk, kept.length) / 2));
  }
  return kept;
}
