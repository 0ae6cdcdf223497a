/**
 * Writes histories of observed logs: snapshots of nodes, told by what is new in them as the engine tells them.
 */
import type { History } from '../../../harness/history/history.ts';
import type { Json } from '../../../harness/op.ts';
import { ElectionHistory } from '../election-history.ts';

export type LogItem = [term: number | null, value: Json];

/** A node's log at one instant. */
export interface Snapshot {
  node: string;
  log: LogItem[];
  commit?: number;
  term?: number;
  leading?: boolean;
  life?: string;
}

/** The observations of these snapshots, 100 ms apart; those at `missing` are left out of the history. */
export function logsHistory(
  snapshots: readonly Snapshot[],
  missing: ReadonlySet<number> = new Set(),
): History {
  const history = new ElectionHistory();
  const before = new Map<string, { texts: string[]; commit: number; reads: number }>();
  for (const [at, { node, log, commit = 0, ...rest }] of snapshots.entries()) {
    const { texts: known, commit: done, reads } = before.get(node) ?? { texts: [], commit: 0, reads: 0 };
    const texts = log.map((item) => JSON.stringify(item));
    let same = 0;
    while (same < texts.length && texts[same] === known[same]) same++;
    const from = Math.min(same, done) + 1;
    before.set(node, { texts, commit, reads: reads + 1 });
    if (missing.has(at)) continue;
    const prevTerm = from > 1 ? { prevTerm: log[from - 2]![0] } : {};
    const told = {
      read: reads + 1,
      from,
      entries: log.slice(from - 1),
      ...prevTerm,
      last: log.length,
      commit,
      ...rest,
    };
    history.observe('log', node, at * 100, at * 100 + 5, told as unknown as Json);
  }
  return history.build();
}
