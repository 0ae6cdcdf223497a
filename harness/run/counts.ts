/**
 * Counts over a finished history: what verdict.json and every report state in numbers.
 */
import { FAIL, type History, INVOKE, NONE, OK } from '../history/history.ts';
import type { OpCounts, RunCounts } from '../store/files.ts';

/** Counts a history. An invocation that never completed counts as `info`. O(n). */
export function countRun(history: History): RunCounts {
  const { types, processes, fs, keys, errors, pairs } = history.columns;
  const total: OpCounts = empty();
  const byF = new Map<number, OpCounts>();
  const errorIds = new Map<number, number>();
  const seenProcesses = new Set<number>();
  const seenKeys = new Set<number>();
  const leaderF = history.names.find('leader');
  let observations = 0;
  for (let i = 0; i < history.length; i++) {
    const type = types[i]!;
    if (processes[i]! < 0) {
      if (type === OK && fs[i] === leaderF) observations++;
      continue;
    }
    seenProcesses.add(processes[i]!);
    if (keys[i] !== NONE) seenKeys.add(keys[i]!);
    let own = byF.get(fs[i]!);
    if (!own) byF.set(fs[i]!, (own = empty()));
    for (const counts of [total, own]) {
      if (type === INVOKE) {
        counts.invoked++;
        if (pairs[i] === NONE) counts.info++;
      } else if (type === OK) counts.ok++;
      else if (type === FAIL) counts.fail++;
      else counts.info++;
    }
    if (errors[i] !== NONE) errorIds.set(errors[i]!, (errorIds.get(errors[i]!) ?? 0) + 1);
  }
  return {
    ...total,
    operations: history.length,
    byF: Object.fromEntries([...byF].map(([f, counts]) => [history.names.get(f), counts])),
    errors: byKind(history, errorIds),
    processes: seenProcesses.size,
    keys: seenKeys.size,
    observations,
  };
}

function empty(): OpCounts {
  return { invoked: 0, ok: 0, fail: 0, info: 0 };
}

function byKind(history: History, ids: ReadonlyMap<number, number>): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const [id, count] of ids) {
    const { kind } = history.values.get(id) as { kind: string };
    kinds[kind] = (kinds[kind] ?? 0) + count;
  }
  return kinds;
}
