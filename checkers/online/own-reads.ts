/**
 * Whether a list-append transaction read what it had itself read and appended before.
 */
import type { Json } from '../../harness/op.ts';

/** What a transaction knows of one list: all of it, or only how it ends. */
interface Known {
  all: boolean;
  end: Json[];
}

/** True when some read contradicts an earlier micro-operation of its own transaction. O(elements). */
export function contradictsItself(mops: readonly Json[][]): boolean {
  const lists = new Map<Json, Known>();
  for (const [f, key, argument] of mops) {
    const known = lists.get(key!) ?? { all: false, end: [] };
    lists.set(key!, known);
    if (f === 'append') known.end.push(argument!);
    if (f !== 'r' || !Array.isArray(argument)) continue;
    const from = argument.length - known.end.length;
    if (from < 0 || (known.all && from > 0)) return true;
    for (let i = 0; i < known.end.length; i++) if (argument[from + i] !== known.end[i]) return true;
    known.all = true;
    known.end = [...argument];
  }
  return false;
}
