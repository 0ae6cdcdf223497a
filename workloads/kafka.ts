/**
 * Partitioned logs in the manner of Kafka: clients send messages to a few logs, poll them from where they are, and
 * commit how far they came. The promise: an offset holds one message for ever, nothing acknowledged is passed over,
 * and a committed offset is remembered.
 *
 * A log's offsets are committed by one client only and only forwards, so that it makes no difference whether the
 * system keeps the last commit or the highest.
 */
import {
  type Draws,
  eachThread,
  forEachThread,
  type Generator,
  type GeneratorEvent,
  type OpTemplate,
  sleep,
  unfold,
} from '../harness/generator/index.ts';
import type { Json } from '../harness/op.ts';
import type { Seed } from '../harness/random.ts';
import type { Workload } from '../harness/workload.ts';
import { QUIET } from './final-reads.ts';
import { numberOf } from './options.ts';

/** Offsets by log. */
type Offsets = Readonly<Record<string, number>>;

interface Consumer {
  readonly sends: number;
  /** Next offset of each assigned log; null: not assigned. */
  readonly at: Offsets | null;
  /** Answer to the question for committed offsets; null: not asked yet. */
  readonly from: Offsets | null;
  /** What this client may commit, and has. */
  readonly done: Offsets;
  readonly committed: Offsets;
}

interface Shape {
  keys: number;
  sendsPerKey: number;
  threads: number;
}

const FRESH: Consumer = { sends: 0, at: null, from: null, done: {}, committed: {} };

/** The logs in use: all threads send about as much, so each can tell by its own count. */
function logsNow({ sends }: Consumer, { keys, sendsPerKey, threads }: Shape): string[] {
  const age = Math.floor((sends * threads) / (sendsPerKey * keys));
  return Array.from({ length: keys }, (_, k) => String(age * keys + k));
}

function client(seed: Seed, thread: number, shape: Shape): Generator {
  return unfold<Consumer>(
    seed,
    FRESH,
    (state, n, draws) => operation(state, n, draws, thread, shape),
    (state, event) => learned(state, event, thread, shape),
  );
}

function operation(
  state: Consumer,
  n: number,
  draws: Draws,
  thread: number,
  shape: Shape,
): [OpTemplate, Consumer] {
  const logs = logsNow(state, shape);
  if (state.at === null) {
    if (state.from === null) return [{ f: 'committed', value: logs }, state];
    const at = Object.fromEntries(logs.map((log) => [log, (state.from![log] ?? -1) + 1]));
    return [
      { f: 'assign', value: logs },
      { ...state, at, from: null },
    ];
  }
  const draw = draws.float();
  if (draw < 0.45) {
    const value = n * shape.threads + thread;
    return [
      { f: 'send', key: draws.pick(logs), value },
      { ...state, sends: state.sends + 1 },
    ];
  }
  const ahead = Object.entries(state.done).filter(([log, offset]) => offset > (state.committed[log] ?? -1));
  if (draw < 0.55 && ahead.length > 0) {
    const offsets = Object.fromEntries(ahead);
    return [
      { f: 'commit', value: offsets },
      { ...state, committed: { ...state.committed, ...offsets } },
    ];
  }
  if (draw < 0.95) return [{ f: 'poll', value: state.at }, state];
  return [
    { f: 'committed', value: logs },
    { ...state, at: null },
  ];
}

/** What an answer teaches. Who was given no answer is a new consumer. */
function learned(state: Consumer, event: GeneratorEvent, thread: number, shape: Shape): Consumer {
  if (event.type === 'invoke') return state;
  if (event.type === 'info') return { ...state, at: null, from: null };
  const answer = event.type === 'ok' ? event.value : null;
  if (event.f === 'committed') return { ...state, at: null, from: (answer ?? {}) as Offsets };
  if (event.f !== 'poll' || answer === null || state.at === null) return state;
  const reached = reachedIn(answer);
  const next = Object.fromEntries(Object.entries(reached).map(([log, offset]) => [log, offset + 1]));
  const own = Object.entries(reached).filter(([log]) => Number(log) % shape.threads === thread);
  return { ...state, at: { ...state.at, ...next }, done: { ...state.done, ...Object.fromEntries(own) } };
}

/** The last offset of each log that a poll returned messages of. */
function reachedIn(answer: Json): Offsets {
  const logs = Object.entries(answer as Record<string, [number, Json][]>);
  return Object.fromEntries(
    logs.filter(([, list]) => list.length > 0).map(([log, list]) => [log, list.at(-1)![0]]),
  );
}

// ---------------------------------------------------------------- the end

/** Polls without a message after which a client takes the logs for read. */
const SILENT = 2;
/** Polls of one client at most. */
const MOST_POLLS = 500;

interface Reader {
  /** Logs are read in the batches in which they were used. */
  readonly batch: number;
  readonly at: Offsets | null;
  readonly silent: number;
  readonly polls: number;
  /** The batch had a message at all. */
  readonly any: boolean;
}

/** Each client reads all logs from their beginning, batch by batch, until a batch has nothing at all. */
function readAll(seed: Seed, keys: number): Generator {
  const start: Reader = { batch: 0, at: null, silent: 0, polls: 0, any: false };
  return unfold<Reader>(
    seed,
    start,
    (reader): [OpTemplate, Reader] | null => {
      if (reader.at === null) {
        const logs = Array.from({ length: keys }, (_, k) => String(reader.batch * keys + k));
        const at = Object.fromEntries(logs.map((log) => [log, 0]));
        return [
          { f: 'assign', value: logs },
          { ...reader, at },
        ];
      }
      if (reader.polls >= MOST_POLLS || (reader.silent >= SILENT && !reader.any)) return null;
      return [
        { f: 'poll', value: reader.at },
        { ...reader, polls: reader.polls + 1 },
      ];
    },
    (reader, event) => {
      if (event.f !== 'poll' || event.type === 'invoke' || reader.at === null) return reader;
      // A new process is a new consumer: it reads the batch again.
      if (event.type === 'info') return { ...reader, at: null, silent: 0 };
      if (event.type === 'fail') return reader;
      const reached = Object.entries(reachedIn(event.value)).map(([log, offset]) => [log, offset + 1]);
      if (reached.length > 0) {
        return { ...reader, at: { ...reader.at, ...Object.fromEntries(reached) }, silent: 0, any: true };
      }
      const silent = reader.silent + 1;
      if (silent < SILENT || !reader.any) return { ...reader, silent };
      return { ...reader, batch: reader.batch + 1, at: null, silent: 0, any: false };
    },
  );
}

/** The `kafka` workload. */
export const kafka: Workload = {
  name: 'kafka',
  summary:
    'messages are sent to logs, polled, and committed: lost, moved and repeated messages, forgotten commits',
  needs: ['send', 'poll', 'commit', 'committed', 'assign'],
  options: {
    ...QUIET,
    keys: { summary: 'logs in use at a time', default: 4, type: 'number', min: 1, max: 1000 },
    sendsPerKey: {
      summary: 'messages after which a log gives way to a fresh one, about',
      default: 256,
      type: 'number',
      min: 1,
    },
  },
  build(options: Record<string, Json>, context) {
    const keys = numberOf(options, 'keys');
    const shape = { keys, sendsPerKey: numberOf(options, 'sendsPerKey'), threads: context.concurrency };
    const quietMs = numberOf(options, 'quietMs');
    const reading = readAll(context.seed.fork('end'), keys);
    return {
      generator: forEachThread((name) => client(context.seed.fork('client', name), Number(name), shape)),
      final: eachThread(quietMs > 0 ? [sleep(quietMs * 1e6), reading] : reading),
      checkers: [
        { name: 'kafka', options: { unseen: true } },
        { name: 'stats', options: {} },
      ],
    };
  },
};
