/**
 * Committed offsets: every answer against every commit.
 */
import type { Json } from '../../harness/op.ts';
import type { Charge, PlainOp } from './plain.ts';

/** What answers about committed offsets break. O(answers * logs * commits^2). */
export function commitCharges(ops: readonly PlainOp[]): Charge[] {
  const commits = ops.filter((op) => op.f === 'commit' && op.outcome !== 'fail');
  return ops
    .filter((op) => op.f === 'committed' && op.outcome === 'ok')
    .flatMap((op) => {
      const told = offsets(op.answer);
      const asked = Array.isArray(op.value)
        ? op.value.map((key) => (typeof key === 'string' ? key : JSON.stringify(key)))
        : [];
      return [...new Set([...asked, ...told.keys()])].flatMap((log) =>
        judged(op, log, told.get(log), commits),
      );
    });
}

function judged(op: PlainOp, log: string, offset: number | undefined, all: readonly PlainOp[]): Charge[] {
  const commits = all.filter((commit) => offsets(commit.value).has(log));
  const same = commits.filter((commit) => offsets(commit.value).get(log) === offset && commit.at < op.done);
  if (offset !== undefined && same.length === 0) return [{ kind: 'phantom-commit' }];
  const over = commits.filter((commit) => commit.outcome === 'ok' && commit.done < op.at);
  // Whatever the answer rests on, another commit began after it was over, and was over before the question.
  const ends = (commit: PlainOp): number =>
    commit.outcome === 'ok' ? commit.done : Number.POSITIVE_INFINITY;
  const forgotten = over.length > 0 && same.every((commit) => over.some((other) => other.at > ends(commit)));
  return forgotten ? [{ kind: 'lost-commit' }] : [];
}

function offsets(value: Json): Map<string, number> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return new Map();
  return new Map(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
