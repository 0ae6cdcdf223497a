/**
 * How far a run that was ended from outside is the past of its replay: a killed one up to the last line it wrote, an
 * interrupted one up to the last operation that its clients began.
 */
import { readFileSync } from 'node:fs';
import type { RunMeta } from '../harness/store/files.ts';

/** Up to when the two can be compared, and what ended the run before. */
export interface EarlyEnd {
  untilNs: number;
  by: string;
}

/** Null for a run that ended by itself, and for one whose history says nothing. O(history). */
export function earlyEnd(meta: Pick<RunMeta, 'ended' | 'endedBy'>, history: string): EarlyEnd | null {
  const killed = meta.ended === null;
  const signal = /^SIG/.test(meta.endedBy ?? '') ? meta.endedBy! : null;
  if (!killed && signal === null) return null;
  // The last line may be torn.
  const lines = readFileSync(history, 'utf8').split('\n').slice(0, -1);
  const last = lines.findLast((line) => killed || BEGUN.test(line));
  const time = /"time":(\d+)/.exec(last ?? '')?.[1];
  return time === undefined ? null : { untilNs: Number(time), by: signal ?? 'force' };
}

/** A client's operation that begins, in the load. */
const BEGUN = /"process":\d+,"type":"invoke".*"phase":"load"/;

/** How the comparison is worded: `the run was ended by SIGINT at 6.728 s: the same 825 operations until then...`. */
export function earlyWords({ untilNs, by }: EarlyEnd, same: number): string {
  return `the run before was ended by ${by} at ${(untilNs / 1e9).toFixed(3)} s: the same ${same} operations until then, byte for byte`;
}
