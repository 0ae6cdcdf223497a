/**
 * Total queues: what goes in comes out, once. Order is not judged here. A message is called lost only when
 * the queue was seen empty after its acknowledgement and no dequeue of unknown outcome can have taken it.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { FAIL, type History, INFO, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import {
  atTheEnd,
  both,
  clientCalls,
  counted,
  Evidence,
  Meter,
  NEVER,
  outcomeCode,
  returned,
  step,
  ValueIds,
  who,
} from './evidence.ts';
import { choiceOption } from './options.ts';

const DELIVERIES = ['exactly-once', 'at-least-once', 'at-most-once'] as const;

/** One message value of one queue. */
interface Message {
  value: Json;
  key: Json | undefined;
  /** Enqueues that may have happened, by invocation, and one that failed for certain. */
  attempts: number[];
  failed: number;
  /** Dequeues or drains that returned it, by completion; twice when they had it twice. */
  taken: number[];
}

/** One queue: its messages and the moments at which it was seen empty. */
interface Queue {
  messages: Map<number, Message>;
  /** Invocations that found it empty, or drained it. */
  empties: number[];
  /** Invocations of dequeues of unknown outcome; each may have taken one message. */
  unknown: number[];
  /** Invocation of the first drain of unknown outcome, NEVER for none: it may have taken any number. */
  unknownDrain: number;
}

/** Judges `enqueue`, `dequeue` and `drain`, by key. Options: `delivery`. O(n log n). */
export function queue(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const delivery = choiceOption(options, 'delivery', DELIVERIES, 'exactly-once');
  const meter = new Meter(budget);
  const evidence = new Evidence(history);
  const queues = readQueues(history, meter);
  const stats = { attempted: 0, acknowledged: 0, dequeued: 0, recovered: 0, waiting: 0 };
  for (const of of queues.values()) {
    for (const message of of.messages.values()) {
      if (meter.over(1)) break;
      judgeTaken(history, message, delivery !== 'at-least-once', evidence);
      stats.attempted += message.attempts.length;
      stats.acknowledged += message.attempts.filter((call) => outcomeCode(history, call) === OK).length;
      stats.dequeued += message.taken.length;
      if (message.taken.length > 0 && message.attempts.some((call) => outcomeCode(history, call) === INFO)) {
        stats.recovered++;
      }
    }
    // What was not read cannot be missed while reading was cut short.
    if (meter.stopped === null) {
      stats.waiting += judgeLost(history, of, delivery !== 'at-most-once', evidence, meter);
    }
  }
  const open = counted(stats.waiting, 'acknowledged message');
  return evidence.conclude(stats, {
    stopped: meter.stopped,
    unsettled:
      stats.waiting > 0 && delivery !== 'at-most-once'
        ? `${open} never came out, and the queue was not seen empty afterwards; draining it at the end would ` +
          'settle it'
        : null,
    vacuous:
      stats.acknowledged === 0
        ? 'no enqueue was acknowledged'
        : stats.dequeued === 0
          ? 'no dequeue returned a message'
          : null,
  });
}

function readQueues(history: History, meter: Meter): Map<number, Queue> {
  const { fs, keys, values, pairs } = history.columns;
  const enqueue = history.names.find('enqueue');
  const drain = history.names.find('drain');
  const queues = new Map<number, Queue>();
  const ids = new ValueIds(history);
  for (const call of clientCalls(history, 'enqueue', 'dequeue', 'drain')) {
    if (meter.over(1)) break;
    const of = queueOf(queues, keys[call]!);
    const outcome = outcomeCode(history, call);
    const ret = pairs[call]!;
    if (fs[call] === enqueue) {
      const message = messageOf(history, ids, of, values[call]!, call);
      if (outcome === FAIL) message.failed = call;
      else message.attempts.push(call);
    } else if (fs[call] === drain) {
      const list = outcome === OK ? history.value(ret) : null;
      if (outcome === OK && Array.isArray(list)) {
        for (const value of list) messageOf(history, ids, of, ids.of(value), call).taken.push(ret);
        if (atTheEnd(history, call)) of.empties.push(call);
      } else if (outcome === INFO) of.unknownDrain = Math.min(of.unknownDrain, call);
    } else if (outcome === OK) {
      if (history.value(ret) !== null) messageOf(history, ids, of, values[ret]!, call).taken.push(ret);
      else if (atTheEnd(history, call)) of.empties.push(call);
    } else if (outcome === INFO) of.unknown.push(call);
    else if (history.error(ret)?.kind === 'empty' && atTheEnd(history, call)) of.empties.push(call);
  }
  return queues;
}

function queueOf(queues: Map<number, Queue>, key: number): Queue {
  let of = queues.get(key);
  if (of === undefined) {
    of = { messages: new Map(), empties: [], unknown: [], unknownDrain: NEVER };
    queues.set(key, of);
  }
  return of;
}

function messageOf(history: History, ids: ValueIds, of: Queue, id: number, call: number): Message {
  let message = of.messages.get(id);
  if (message === undefined) {
    const value = ids.get(id);
    message = { value, key: history.key(call), attempts: [], failed: NONE, taken: [] };
    of.messages.set(id, message);
  }
  return message;
}

/** Messages that came out without having gone in, before they went in, or more often than they did. */
function judgeTaken(history: History, message: Message, once: boolean, evidence: Evidence): void {
  const { attempts, taken, key, value } = message;
  const name = JSON.stringify(value);
  taken.sort((a, b) => a - b);
  let begun = 0;
  for (let n = 0; n < taken.length; n++) {
    const ret = taken[n]!;
    const call = history.pair(ret);
    while (begun < attempts.length && attempts[begun]! < ret) begun++;
    if (begun > n || (begun > 0 && !once)) continue;
    if (begun === 0 && attempts.length === 0 && message.failed !== NONE) {
      evidence.add('aborted-message', () => ({
        sentence: `A failed enqueue must leave no trace, but ${name}, whose enqueue failed, was dequeued by ${who(history, call)}.`,
        steps: [
          step(
            history,
            message.failed,
            `The enqueue of ${name} by ${who(history, message.failed)} failed for certain.`,
          ),
          step(history, call, dequeued(history, call, name)),
        ],
        key,
        detail: { value },
      }));
    } else if (begun === 0) {
      const later = attempts[0];
      evidence.add('phantom-message', () => ({
        sentence: `Only what was enqueued may come out, but ${name} was dequeued by ${who(history, call)} ${later === undefined ? 'and never enqueued' : `before it was enqueued (${who(history, later)})`}.`,
        steps: [
          step(history, call, dequeued(history, call, name)),
          ...(later === undefined
            ? []
            : [step(history, later, `Only later was ${name} enqueued by ${who(history, later)}.`)]),
        ],
        key,
        detail: { value },
      }));
    } else {
      evidence.add('duplicate-message', () => ({
        sentence: `A message must come out once, but ${name}, enqueued ${begun === 1 ? 'once' : `${begun} times`} by then, was dequeued ${n + 1} times, last by ${who(history, call)}.`,
        steps: [
          ...attempts
            .slice(0, begun)
            .map((a) => step(history, a, `${name} was enqueued by ${who(history, a)}.`)),
          ...taken
            .slice(0, n + 1)
            .map((t) => step(history, history.pair(t), dequeued(history, history.pair(t), name))),
        ],
        key,
        detail: { value },
      }));
    }
  }
}

/** `A dequeue by process 3 at n1 (2.1 s) returned 7.` */
function dequeued(history: History, call: number, name: string): string {
  return `A dequeue by ${who(history, call)} returned ${name}.`;
}

/**
 * Acknowledged messages that never came out. For every moment the queue was seen empty: those acknowledged
 * before it, less one for every dequeue of unknown outcome begun by then, are lost; the moment that proves
 * most counts. Of the others, those acknowledged before the queue was last seen empty are explained: there were
 * dequeues of unknown outcome enough to have taken them. Returns how many may still wait inside.
 */
function judgeLost(history: History, of: Queue, claimed: boolean, evidence: Evidence, meter: Meter): number {
  const missing: { message: Message; call: number }[] = [];
  for (const message of of.messages.values()) {
    if (meter.over(1)) return 0;
    // Any of its dequeues may have taken any of its enqueues: the latest acknowledged count as taken last.
    const acked = message.attempts.filter((call) => returned(history, call) !== NEVER);
    acked.sort((a, b) => history.pair(a) - history.pair(b));
    for (const call of acked.slice(message.taken.length)) missing.push({ message, call });
  }
  missing.sort((a, b) => history.pair(a.call) - history.pair(b.call));
  let best = 0;
  let proof = NONE;
  let upTo = 0;
  let gone = 0;
  let hidden = 0;
  const empties = of.empties.filter((call) => history.pair(call) < of.unknownDrain);
  empties.sort((a, b) => a - b);
  for (const empty of empties) {
    while (gone < missing.length && history.pair(missing[gone]!.call) < empty) gone++;
    hidden = firstAtLeast(of.unknown, history.pair(empty));
    if (gone - hidden <= best) continue;
    best = gone - hidden;
    proof = empty;
    upTo = gone;
  }
  if (!claimed || proof === NONE) return missing.length - gone;
  const unknown = of.unknown.slice(0, firstAtLeast(of.unknown, history.pair(proof)));
  for (let n = 0; n < best; n++) {
    const { message, call } = missing[n]!;
    const name = JSON.stringify(message.value);
    const others = unknown.length > 0 ? missing.slice(0, upTo).map((other) => other.message) : [];
    const story = [message, ...others].flatMap((other) => [
      ...other.attempts,
      ...other.taken.map((ret) => history.pair(ret)),
    ]);
    evidence.add('lost-message', () => ({
      sentence:
        `An acknowledged message must come out, but ${name}, enqueued by ${who(history, call)}, never did, ` +
        `and the queue was empty for ${who(history, proof)}${unknown.length === 0 ? '' : `; ${counted(unknown.length, 'dequeue')} of unknown outcome cannot have taken all ${upTo} that are missing`}.`,
      steps: [
        step(history, call, `The enqueue of ${name} by ${who(history, call)} was acknowledged.`),
        step(history, proof, `Afterwards the queue was empty for ${who(history, proof)}.`),
      ],
      key: message.key,
      alsoOps: [...unknown, ...story].flatMap((c) => both(history, c)),
    }));
  }
  return missing.length - Math.max(gone, best);
}

/** How many of these ascending positions lie below `bound`. */
function firstAtLeast(positions: readonly number[], bound: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (positions[mid]! < bound) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** The `queue` checker. */
export const queueChecker: Checker = {
  name: 'queue',
  summary: 'every acknowledged message comes out of the queue, once, and nothing else does',
  options: {
    delivery: {
      summary: 'what is promised: at-least-once allows duplicates, at-most-once allows loss',
      default: 'exactly-once',
      choices: DELIVERIES,
    },
  },
  reads: {
    enqueue: 'enqueue v',
    dequeue: 'dequeue -> v, null or a failure of kind empty: it was empty',
    drain: 'drain -> [v...]',
  },
  anomalies: {
    'lost-message': 'an acknowledged message never came out',
    'duplicate-message': 'a message came out more often than it went in',
    'phantom-message': 'a message that nobody had sent',
    'aborted-message': 'a message whose enqueue had failed',
  },
  check: queue,
};
