/**
 * Orders within a log: what one process polls, and the offsets its sends get, go forward; between two polls
 * of one consumer no message is left out unless it was assigned anew.
 */
import type { History } from '../../harness/history/history.ts';
import { both, type Evidence, NEVER, step, who } from '../evidence.ts';
import type { Pace } from '../pace.ts';
import type { Batch, Log, Logs, Sight } from './read-log.ts';

/** Judges the order of polls and sends by process. O(messages log messages). */
export function judgeOrder(
  history: History,
  log: Log,
  offsets: ReadonlyMap<number, Sight>,
  { resets, subscribed }: Pick<Logs, 'resets' | 'subscribed'>,
  skips: boolean,
  evidence: Evidence,
  pace: Pace,
): void {
  const known = Float64Array.from(offsets.keys()).sort();
  // Where logs come and go unannounced, gaps and repeats are allowed.
  const polls = log.polls.filter(({ call, process }) => !((subscribed.get(process) ?? call) < call));
  walk(polls, resets, (before, sight) => {
    pace.step();
    const within = before.call === sight.call ? 'one poll' : 'consecutive polls';
    if (sight.offset <= before.offset) {
      tell(history, log, 'nonmonotonic-poll', before, sight, evidence, [
        `Polls of one process must move forward, but in ${within} of`,
        'returned',
      ]);
    } else if (skips) {
      const gap = known[indexAbove(known, before.offset)];
      // Offsets nobody ever saw a message at (markers of transactions) are no gap.
      if (gap !== undefined && gap < sight.offset && gap > before.offset) {
        const left = offsets.get(gap)!;
        tell(
          history,
          log,
          'poll-skip',
          before,
          sight,
          evidence,
          [
            `Polls of one process must leave nothing out, but offset ${gap} was skipped in ${within} of`,
            'returned',
          ],
          left,
        );
      }
    }
  });
  walk(log.sends, new Map(), (before, sight) => {
    if (sight.offset > before.offset) return;
    tell(history, log, 'nonmonotonic-send', before, sight, evidence, [
      'Sends of one process must get growing offsets, but those of',
      'got',
    ]);
  });
}

/** Calls back with every message and the one before it of the same process, unless it was assigned between. */
function walk(
  batches: readonly Batch[],
  resets: ReadonlyMap<number, number[]>,
  visit: (before: Sight, sight: Sight) => void,
): void {
  const last = new Map<number, Sight>();
  for (const { call, process, sights } of batches) {
    let before = last.get(process);
    const list = resets.get(process);
    if (before !== undefined && list !== undefined) {
      const from = before.call;
      if (list.some((reset) => reset > from && reset < call)) before = undefined;
    }
    for (const sight of sights) {
      if (before !== undefined) visit(before, sight);
      before = sight;
    }
    if (before !== undefined) last.set(process, before);
  }
}

function tell(
  history: History,
  log: Log,
  kind: string,
  before: Sight,
  sight: Sight,
  evidence: Evidence,
  [promise, verb]: [string, string],
  left?: Sight,
): void {
  evidence.add(kind, () => ({
    sentence:
      `${promise} ${who(history, sight.call)} log ${JSON.stringify(log.key)} ${verb} offset ${before.offset} ` +
      `and then ${sight.offset}.`,
    steps: [
      ...(left === undefined ? [] : [step(history, left.call, `Offset ${left.offset} holds a message.`)]),
      step(history, before.call, `Offset ${before.offset} came first.`),
      step(history, sight.call, `Offset ${sight.offset} came next.`),
    ],
    key: log.key,
    alsoOps: origins(history, log, [before.call, sight.call], left),
    detail: { offsets: [before.offset, sight.offset] },
  }));
}

/**
 * The sends of all that these operations returned, and a poll that did return what was left out: without them a
 * witness would be wrong in more ways than the history.
 */
function origins(history: History, log: Log, calls: readonly number[], left?: Sight): number[] {
  const read = log.polls.filter(({ call }) => calls.includes(call));
  const other = log.polls.find(({ sights }) => sights.some(({ value }) => value === left?.value));
  const values = [...read, ...(other === undefined ? [] : [other])].flatMap(({ sights }) => sights);
  const sends = values
    .map(({ value }) => log.sent.get(value)?.call ?? NEVER)
    .filter((call) => call !== NEVER);
  return [...sends, ...(other === undefined ? [] : [other.call])].flatMap((call) => both(history, call));
}

/** Index of the first element above `bound`. */
function indexAbove(sorted: Float64Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (sorted[mid]! <= bound) low = mid + 1;
    else high = mid;
  }
  return low;
}
