/**
 * Partitioned logs: every pair of messages that anybody was told of.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { commitCharges } from './kafka-commits.ts';
import { type Charge, type Oracle, ofClients, type PlainOp, textOf } from './plain.ts';

/** A value somebody sent to a log. */
interface Sent {
  op: PlainOp;
  log: string;
  value: string;
}

/** Somebody was told that a log holds a value at an offset. */
interface Sight extends Sent {
  offset: number;
  polled: boolean;
}

/** The oracle of `kafka`. O(messages^2). */
export const kafkaOracle: Oracle = {
  about: () => undefined,
  charges(ops, options) {
    const mine = ofClients(ops, 'send', 'poll', 'txn', 'assign', 'subscribe', 'crash');
    const sent = mine.flatMap(sentBy);
    const sights = mine.flatMap(seenBy);
    const logs = new Set([...sent, ...sights].map(({ log }) => log));
    const unknown = mine.some((op) => ['poll', 'txn'].includes(op.f) && op.outcome === 'info');
    return [
      ...[...logs].flatMap((log) => {
        const [mySent, mySights] = [sent.filter((s) => s.log === log), sights.filter((s) => s.log === log)];
        return [
          ...places(mySent, mySights),
          ...origins(mySent, mySights),
          ...(unknown ? [] : lost(mySent, mySights)),
          ...orders(mine, mySights, options),
        ];
      }),
      ...commitCharges(ofClients(ops, 'commit', 'committed')),
    ];
  },
};

const nameOf = (key: Json): string => (typeof key === 'string' ? key : JSON.stringify(key));

function parts(value: Json): Json[][] {
  return Array.isArray(value) ? value.filter((part): part is Json[] => Array.isArray(part)) : [];
}

function sentBy(op: PlainOp): Sent[] {
  if (op.f === 'send' && op.key !== '')
    return [{ op, log: nameOf(JSON.parse(op.key)), value: textOf(op.value) }];
  return parts(op.value)
    .filter(([f]) => f === 'send')
    .map(([, key, value]) => ({ op, log: nameOf(key ?? null), value: textOf(value ?? null) }));
}

function seenBy(op: PlainOp): Sight[] {
  if (op.outcome !== 'ok' || !['send', 'poll', 'txn'].includes(op.f)) return [];
  const sights: Sight[] = [];
  const add = (log: string, pair: Json | undefined, polled: boolean): void => {
    if (!Array.isArray(pair) || typeof pair[0] !== 'number') return;
    sights.push({ op, log, value: textOf(pair[1] ?? null), offset: pair[0], polled });
  };
  const poll = (answer: Json | undefined): void => {
    if (answer === null || typeof answer !== 'object' || Array.isArray(answer)) return;
    for (const [log, list] of Object.entries(answer)) {
      for (const pair of Array.isArray(list) ? list : []) add(log, pair, true);
    }
  };
  if (op.f === 'send' && op.key !== '') add(nameOf(JSON.parse(op.key)), [op.answer, op.value], false);
  else if (op.f === 'poll' && !Array.isArray(op.answer)) poll(op.answer);
  else {
    for (const [f, key, value] of parts(op.answer)) {
      if (f === 'send') add(nameOf(key ?? null), value, false);
      else if (f === 'poll') poll(key);
    }
  }
  return sights;
}

/** Two values at one offset, one value at two. */
function places(sent: readonly Sent[], sights: readonly Sight[]): Charge[] {
  return sights.flatMap((a) =>
    sights.flatMap((b) => {
      if (a.offset === b.offset) return a.value === b.value ? [] : [{ kind: 'inconsistent-offset' }];
      const sends = sent.filter(({ value, op }) => value === a.value && op.outcome !== 'fail').length;
      return a.value === b.value && sends <= 1 ? [{ kind: 'duplicate-message' }] : [];
    }),
  );
}

/** Polled without having been sent. */
function origins(sent: readonly Sent[], sights: readonly Sight[]): Charge[] {
  return sights
    .filter(({ polled }) => polled)
    .flatMap(({ value, op }) => {
      const sends = sent.filter((each) => each.value === value);
      if (sends.some((each) => each.op.outcome !== 'fail' && each.op.at < op.done)) return [];
      const aborted = sends.some((each) => each.op.outcome === 'fail' && each.op.at < op.done);
      return [{ kind: aborted ? 'aborted-read' : 'phantom-message' }];
    });
}

/** Acknowledged at an offset below one that was polled, and never polled itself. */
function lost(sent: readonly Sent[], sights: readonly Sight[]): Charge[] {
  const polls = sights.filter(({ polled }) => polled);
  const acked = sent.filter(({ op }) => op.outcome === 'ok');
  return sights
    .filter(({ value }) => acked.some((each) => each.value === value))
    .filter(({ value }) => polls.every((poll) => poll.value !== value))
    .filter(({ offset }) => polls.some((poll) => poll.offset > offset))
    .map(() => ({ kind: 'lost-write' }));
}

/** Each message against the one before it of the same process. */
function orders(ops: readonly PlainOp[], sights: readonly Sight[], options: CheckerOptions): Charge[] {
  const charges: Charge[] = [];
  sights.forEach((sight, n) => {
    const { op, offset, polled } = sight;
    const mine = (other: PlainOp): boolean => other.process === op.process;
    if (polled && ops.some((other) => other.f === 'subscribe' && mine(other) && other.at < op.at)) return;
    const before = sights.slice(0, n).findLast((other) => mine(other.op) && other.polled === polled);
    if (before === undefined) return;
    if (!polled) {
      if (offset <= before.offset) charges.push({ kind: 'nonmonotonic-send' });
      return;
    }
    const anew = ops.some(
      (other) =>
        ['assign', 'subscribe', 'crash'].includes(other.f) &&
        mine(other) &&
        other.at > before.op.at &&
        other.at < op.at,
    );
    if (anew) return;
    if (offset <= before.offset) charges.push({ kind: 'nonmonotonic-poll' });
    else if (
      options['skips'] !== false &&
      sights.some((s) => s.offset > before.offset && s.offset < offset)
    ) {
      charges.push({ kind: 'poll-skip' });
    }
  });
  return charges;
}
