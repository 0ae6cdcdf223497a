/**
 * A part of a history that suggests the same checker as the whole. One read by itself does not say that it is of a
 * register; an invocation of `write` behind everything says so, and changes nothing: what was never completed and
 * began after all else explains nothing and promises nothing.
 */
import { clientFunctions, suggestChecker } from '../checkers/suggest.ts';
import { historyOf } from '../harness/history/builder.ts';
import type { History } from '../harness/history/history.ts';
import type { Op } from '../harness/op.ts';

/** The part, followed by the first invocation of every function it lacks where that makes it recognizable. O(n). */
export function recognizable(part: History, whole: History): History {
  const wanted = suggestChecker(whole)?.name;
  if (wanted === undefined || suggestChecker(part)?.name === wanted) return part;
  const there = new Set(clientFunctions(part));
  const ops: Op[] = [...part.ops()];
  const { processes } = whole.columns;
  // A part can have processes of its own, made up for what it read.
  const largest = (columns: Int32Array): number => columns.reduce((most, each) => Math.max(most, each), 0);
  let process = Math.max(largest(processes), largest(part.columns.processes));
  for (const f of clientFunctions(whole)) {
    if (there.has(f)) continue;
    const [first] = whole.indexesWhere(
      (i) => processes[i]! >= 0 && whole.type(i) === 'invoke' && whole.f(i) === f,
    );
    if (first === undefined) continue;
    ops.push({ ...whole.op(first), index: ops.length, time: ops.at(-1)?.time ?? 0, process: ++process });
  }
  const longer = historyOf(ops);
  return suggestChecker(longer)?.name === wanted ? longer : part;
}
