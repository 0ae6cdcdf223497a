/**
 * Committed offsets: what is read back must have been committed, and a commit that was acknowledged before
 * the question is not forgotten, unless a later one replaced it.
 */
import { FAIL, type History, NONE, OK } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import {
  clientCalls,
  type Evidence,
  NEVER,
  outcomeCode,
  returned,
  step,
  type ValueIds,
  who,
} from '../evidence.ts';

interface Commit {
  call: number;
  ret: number;
  offset: number;
}

/** Judges `commit {log: offset}` against `committed -> {log: offset}`. O(commits log commits + answers). */
export function judgeCommits(
  history: History,
  ids: ValueIds,
  evidence: Evidence,
): { commits: number; commitReads: number } {
  const { fs } = history.columns;
  const commitF = history.names.find('commit');
  const byLog = new Map<number, Commit[]>();
  const calls = clientCalls(history, 'commit', 'committed');
  const stats = { commits: 0, commitReads: 0 };
  for (const call of calls) {
    if (fs[call] !== commitF || outcomeCode(history, call) === FAIL) continue;
    stats.commits++;
    for (const [key, offset] of offsetsIn(history.value(call))) {
      const commit: Commit = { call, ret: returned(history, call), offset };
      const list = byLog.get(ids.of(key));
      if (list === undefined) byLog.set(ids.of(key), [commit]);
      else list.push(commit);
    }
  }
  const logs = new Map([...byLog].map(([id, commits]) => [id, new CommitLog(commits)]));
  for (const call of calls) {
    if (fs[call] === commitF || outcomeCode(history, call) !== OK) continue;
    stats.commitReads++;
    const answer = new Map(offsetsIn(history.value(history.pair(call))));
    const asked = logsAsked(history.value(call)) ?? [...answer.keys()];
    for (const key of new Set([...asked, ...answer.keys()])) {
      const log = logs.get(ids.of(key));
      judge(history, key, call, answer.get(key), log, evidence);
    }
  }
  return stats;
}

function offsetsIn(value: Json): [string, number][] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
}

function logsAsked(value: Json): string[] | null {
  return Array.isArray(value)
    ? value.map((key) => (typeof key === 'string' ? key : JSON.stringify(key)))
    : null;
}

/** Commits of one log, to ask which were over by when. */
class CommitLog {
  readonly byOffset = new Map<number, Commit[]>();
  readonly #returned: Commit[];
  /** For each prefix of `#returned`: the commit in it that was invoked last. */
  readonly #latest: Commit[] = [];

  constructor(commits: readonly Commit[]) {
    this.#returned = commits.filter((commit) => commit.ret !== NEVER).sort((a, b) => a.ret - b.ret);
    for (const commit of this.#returned) {
      const before = this.#latest.at(-1);
      this.#latest.push(before !== undefined && before.call > commit.call ? before : commit);
    }
    for (const commit of commits) {
      const list = this.byOffset.get(commit.offset);
      if (list === undefined) this.byOffset.set(commit.offset, [commit]);
      else list.push(commit);
    }
  }

  /** Of the commits acknowledged before this event, the one invoked last. O(log n). */
  latestBefore(event: number): Commit | undefined {
    let low = 0;
    let high = this.#returned.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.#returned[mid]!.ret < event) low = mid + 1;
      else high = mid;
    }
    return this.#latest[low - 1];
  }
}

function judge(
  history: History,
  key: string,
  call: number,
  offset: number | undefined,
  log: CommitLog | undefined,
  evidence: Evidence,
): void {
  const latest = log?.latestBefore(call);
  const ret = history.pair(call);
  const candidates =
    offset === undefined ? [] : (log?.byOffset.get(offset) ?? []).filter((c) => c.call < ret);
  const [name, told] = [
    JSON.stringify(key),
    offset === undefined ? 'no committed offset' : `offset ${offset}`,
  ];
  if (offset !== undefined && candidates.length === 0) {
    evidence.add('phantom-commit', () => ({
      sentence: `Only committed offsets may be read back, but ${who(history, call)} got offset ${offset} of log ${name}, which nobody had committed.`,
      steps: [step(history, call, `The committed offset was said to be ${offset}.`)],
      key,
    }));
    return;
  }
  // A commit of this offset may be the last one if no other began after it ended and was over before the question.
  if (latest === undefined || candidates.some((commit) => commit.ret >= latest.call)) return;
  const replaced = candidates.at(-1)?.call ?? NONE;
  evidence.add('lost-commit', () => ({
    sentence: `An acknowledged commit must be remembered, but ${who(history, call)} got ${told} of log ${name} after ${who(history, latest.call)} had committed offset ${latest.offset}.`,
    steps: [
      ...(replaced === NONE ? [] : [step(history, replaced, `Offset ${offset} was committed.`)]),
      step(history, latest.call, `Offset ${latest.offset} was committed after it and acknowledged.`),
      step(history, call, `The committed offset was then said to be ${offset ?? 'none'}.`),
    ],
    key,
  }));
}
