/**
 * Delta debugging (Zeller and Hildebrandt, 2002) in its plain form: leave out ever smaller chunks of a list as
 * long as what remains still fails.
 */

/**
 * A list of which nothing can be left out, or what is left when `attempts` calls of `fails` are used up.
 * `items` must fail; the order is kept.
 */
export function ddmin(
  items: readonly number[],
  fails: (items: readonly number[]) => boolean,
  attempts: number,
): number[] {
  let kept = [...items];
  let left = attempts;
  for (let size = Math.ceil(kept.length / 2); size >= 1; ) {
    let dropped = false;
    // From the end: what came last explains least.
    for (let end = kept.length; end > 0 && left > 0; end -= size) {
      const from = Math.max(0, end - size);
      const fewer = [...kept.slice(0, from), ...kept.slice(end)];
      left--;
      if (!fails(fewer)) continue;
      kept = fewer;
      dropped = true;
    }
    if (left === 0) break;
    if (size > 1) size = Math.ceil(size / 2);
    else if (!dropped) break;
  }
  return kept;
}
