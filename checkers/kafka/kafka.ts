/**
 * Partitioned logs in the manner of Kafka: one value per offset and one offset per value, nothing lost below
 * what was read, nothing from failed sends, and each consumer moves forward without gaps until it is
 * assigned anew.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type History, NONE } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from '../contract.ts';
import { Evidence, Meter, NEVER, step, ValueIds, who } from '../evidence.ts';
import { booleanOption } from '../options.ts';
import { inTime, Pace } from '../pace.ts';
import { judgeCommits } from './commits.ts';
import { judgeOrder } from './order.ts';
import { type Log, readLogs, type Sent, type Sight } from './read-log.ts';

/** Judges `send`, `poll`, `txn`, `commit` and `committed`. Options: `skips`, `unseen`. O(total messages, sorted). */
export function kafka(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const skips = booleanOption(options, 'skips', true);
  const ids = new ValueIds(history);
  const meter = new Meter(budget);
  const pace = new Pace(budget);
  const evidence = new Evidence(history);
  const read = readLogs(history, ids);
  const { logs, polls, unknownPolls } = read;
  const stats = { logs: logs.size, polls, sent: 0, acknowledged: 0, seen: 0, unseen: 0, unknownPolls };
  let hidden = 0;
  for (const log of logs.values()) {
    if (meter.over(log.sent.size + log.polls.length)) break;
    const judged = inTime(
      () => {
        const places = judgePlaces(history, ids, log, evidence, pace);
        judgeOrder(history, log, places.offsets, read, skips, evidence, pace);
        const polled = judgePolled(history, log, evidence, pace);
        return { polled, missing: missingWrites(log, places, polled) };
      },
      () => null,
    );
    if (judged === null) {
      meter.end();
      break;
    }
    const { polled, missing } = judged;
    stats.sent += log.sent.size;
    stats.seen += polled.size;
    stats.unseen += missing.unseen;
    // A poll of unknown outcome may have consumed what nobody else polled.
    if (unknownPolls > 0) hidden += missing.skipped.length;
    else tellLost(history, log, missing, evidence);
    for (const sent of log.sent.values()) if (sent.acknowledged !== NEVER) stats.acknowledged++;
  }
  if (meter.stopped !== null) return evidence.conclude(stats, { stopped: meter.stopped });
  const commits = judgeCommits(history, ids, evidence);
  const mustSeeAll = booleanOption(options, 'unseen', false);
  return evidence.conclude(
    { ...stats, ...commits },
    {
      unsettled:
        hidden > 0
          ? `${hidden} acknowledged values were passed over by all polls, but polls of unknown outcome may have had them; a consumer that polls all from the start would settle it`
          : mustSeeAll && stats.unseen > 0
            ? `${stats.unseen} acknowledged values were never polled, all beyond what any poll reached; polling to the end would settle it`
            : null,
      vacuous:
        stats.acknowledged === 0 && commits.commits === 0
          ? 'no send was acknowledged'
          : stats.seen === 0 && commits.commits === 0
            ? 'no poll returned a message'
            : null,
    },
  );
}

interface Places {
  /** By offset: the first sight of it. */
  offsets: Map<number, Sight>;
  /** By value: the first sight of it. */
  values: Map<number, Sight>;
}

/** One value per offset, one offset per value (for values sent once). */
function judgePlaces(history: History, ids: ValueIds, log: Log, evidence: Evidence, pace: Pace): Places {
  const places: Places = { offsets: new Map(), values: new Map() };
  const name = (id: number): string => JSON.stringify(ids.get(id));
  const told = new Set<string>();
  for (const batch of [...log.sends, ...log.polls]) {
    for (const sight of batch.sights) {
      pace.step();
      const { offset, value } = sight;
      const there = places.offsets.get(offset);
      if (there === undefined) places.offsets.set(offset, sight);
      else if (there.value !== value && !told.has(`o${offset} ${value}`)) {
        told.add(`o${offset} ${value}`);
        evidence.add('inconsistent-offset', () => ({
          sentence:
            `An offset must hold one value, but offset ${offset} of log ${JSON.stringify(log.key)} was ` +
            `${name(there.value)} for ${who(history, there.call)} and ${name(value)} for ${who(history, sight.call)}.`,
          steps: [
            step(history, there.call, `Offset ${offset} held ${name(there.value)}.`),
            step(history, sight.call, `Offset ${offset} held ${name(value)}.`),
          ],
          key: log.key,
        }));
      }
      const elsewhere = places.values.get(value);
      if (elsewhere === undefined) places.values.set(value, sight);
      else if (
        elsewhere.offset !== offset &&
        (log.sent.get(value)?.sends ?? 0) <= 1 &&
        !told.has(`v${value} ${offset}`)
      ) {
        told.add(`v${value} ${offset}`);
        evidence.add('duplicate-message', () => ({
          sentence:
            `A value sent once must be in the log once, but ${name(value)} was at offset ${elsewhere.offset} of log ` +
            `${JSON.stringify(log.key)} for ${who(history, elsewhere.call)} and at ${offset} for ${who(history, sight.call)}.`,
          steps: [
            step(history, elsewhere.call, `${name(value)} was at offset ${elsewhere.offset}.`),
            step(history, sight.call, `${name(value)} was at offset ${offset}.`),
          ],
          key: log.key,
        }));
      }
    }
  }
  return places;
}

/** Values polled; those of failed sends, or that nobody had begun to send, are anomalies. */
function judgePolled(history: History, log: Log, evidence: Evidence, pace: Pace): Set<number> {
  const polled = new Set<number>();
  const told = new Set<number>();
  for (const batch of log.polls) {
    for (const { call, value, offset } of batch.sights) {
      pace.step();
      polled.add(value);
      const sent = log.sent.get(value);
      if ((sent !== undefined && sent.call < history.pair(call)) || told.has(value)) continue;
      told.add(value);
      const aborted = sent !== undefined && sent.failed !== NONE && sent.failed < history.pair(call);
      evidence.add(aborted ? 'aborted-read' : 'phantom-message', () => {
        const name = JSON.stringify(valueAt(history, call, log.key, offset));
        return {
          sentence:
            `Only what was sent may be polled, but ${who(history, call)} polled ${name} at offset ${offset} of log ` +
            `${JSON.stringify(log.key)}, ${aborted ? 'whose send failed' : 'which nobody had begun to send'}.`,
          steps: [
            ...(aborted ? [step(history, sent.failed, `The send of ${name} failed for certain.`)] : []),
            step(history, call, `A poll returned ${name}.`),
          ],
          key: log.key,
        };
      });
    }
  }
  return polled;
}

interface Missing {
  /** Never polled, below the greatest offset that was. */
  skipped: { sent: Sent; place: Sight }[];
  beyond: Sight | null;
  /** Never polled, but nothing beyond them was either, or their offset was never told. */
  unseen: number;
}

/** Acknowledged values that nobody polled. */
function missingWrites(log: Log, places: Places, polled: ReadonlySet<number>): Missing {
  const missing: Missing = { skipped: [], beyond: null, unseen: 0 };
  for (const batch of log.polls) {
    for (const sight of batch.sights) {
      if (missing.beyond === null || sight.offset > missing.beyond.offset) missing.beyond = sight;
    }
  }
  for (const [id, sent] of log.sent) {
    if (sent.acknowledged === NEVER || polled.has(id)) continue;
    const place = places.values.get(id);
    if (missing.beyond === null || place === undefined || place.offset >= missing.beyond.offset)
      missing.unseen++;
    else missing.skipped.push({ sent, place });
  }
  return missing;
}

function tellLost(history: History, log: Log, { skipped, beyond }: Missing, evidence: Evidence): void {
  for (const { sent, place } of skipped) {
    const reader = beyond!;
    evidence.add('lost-write', () => {
      const name = JSON.stringify(sent.value);
      const log_ = JSON.stringify(log.key);
      return {
        sentence:
          `An acknowledged send must be polled, but ${name}, at offset ${place.offset} of log ${log_} for ` +
          `${who(history, place.call)}, never was, though ${who(history, reader.call)} polled offset ${reader.offset}.`,
        steps: [
          step(history, place.call, `${name} was acknowledged at offset ${place.offset}.`),
          step(
            history,
            reader.call,
            `A poll read beyond it, offset ${reader.offset}; none ever returned ${name}.`,
          ),
        ],
        key: log.key,
        alsoOps: [...carriers(history, log, reader), history.pair(sent.acknowledged), sent.acknowledged],
      };
    });
  }
}

/** The send of what the last poll read, so that the witness stands by itself. */
function carriers(history: History, log: Log, reader: Sight): number[] {
  const sent = log.sent.get(reader.value);
  if (sent === undefined || sent.call === NEVER) return [];
  const ret = history.pair(sent.call);
  return ret === NONE ? [sent.call] : [sent.call, ret];
}

/** What a poll returned at an offset of a log, for sentences. */
function valueAt(history: History, call: number, key: Json, offset: number): Json {
  const answer = history.value(history.pair(call));
  const maps = Array.isArray(answer) ? answer.map((op) => (Array.isArray(op) ? op[1] : null)) : [answer];
  const name = typeof key === 'string' ? key : JSON.stringify(key);
  for (const map of maps) {
    if (map === null || map === undefined || typeof map !== 'object' || Array.isArray(map)) continue;
    const list = map[name];
    for (const pair of Array.isArray(list) ? list : []) {
      if (Array.isArray(pair) && pair[0] === offset) return pair[1] ?? null;
    }
  }
  return null;
}

/** The `kafka` checker. */
export const kafkaChecker: Checker = {
  name: 'kafka',
  summary: 'a log keeps what was sent, at one offset each; consumers move forward without gaps',
  options: {
    skips: { summary: 'consumers promise not to skip messages between assignments', default: true },
    unseen: { summary: 'everything acknowledged must have been polled by the end', default: false },
  },
  reads: {
    send: 'send v -> offset with a key, or a list of ["send", k, v -> [offset, v]]',
    poll: 'poll of [["poll" -> {k: [[offset, v]...]}]]',
    txn: 'txn of ["send", ...] and ["poll"]',
    assign: 'assign: the consumer starts anew',
    subscribe: 'subscribe: the order of its polls is open',
    crash: 'crash',
    commit: 'commit {k: offset}',
    committed: 'committed [k...] -> {k: offset}',
  },
  anomalies: {
    'lost-write': 'an acknowledged message passed over by all polls',
    'duplicate-message': 'one message at two offsets',
    'inconsistent-offset': 'two messages at one offset',
    'aborted-read': 'a message whose send had failed',
    'phantom-message': 'a message that nobody sent',
    'nonmonotonic-poll': 'a consumer went back',
    'poll-skip': 'a consumer passed over a message',
    'nonmonotonic-send': 'messages of one transaction or producer out of order',
    'lost-commit': 'a committed offset is gone',
    'phantom-commit': 'an offset that nobody committed',
  },
  check: kafka,
};
