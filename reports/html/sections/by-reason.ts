/**
 * What could not be done, gathered by why: five things that fail for one reason are one line.
 */
import type { ReportModel } from '../../model.ts';

/** Names that share a reason, and the reason with what would help; in the order in which reasons come first. O(n). */
export function byReason(skipped: ReportModel['skipped']): { what: string[]; why: string }[] {
  const found = new Map<string, string[]>();
  for (const { what, reason, fix } of skipped) {
    const why = `${reason}${fix === '' ? '' : ` (${fix})`}`;
    found.set(why, [...(found.get(why) ?? []), what]);
  }
  return [...found].map(([why, what]) => ({ what, why }));
}
