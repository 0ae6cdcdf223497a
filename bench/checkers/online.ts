/**
 * How many operations per second each online form takes, alone and with the history it keeps for confirmation.
 * Operations are made beforehand; times are wall time and CPU time.
 * `npm run bench -- checkers/online [operations]`
 */
import { ONLINE_FORMS } from '../../checkers/online/forms.ts';
import { OnlineJudge } from '../../checkers/online/online.ts';
import type { Json, Op } from '../../harness/op.ts';
import { type Rng, Seed } from '../../harness/random.ts';
import { monotonicNs } from '../../harness/time.ts';

const ROUNDS = 3;

/** One operation: what is asked, and what it does at the instant it takes effect. */
interface Asked {
  f: string;
  key?: Json;
  value: Json;
  effect(): Json;
}

/** Operations of some processes, each taking effect somewhere within its interval; one in `1 / info` unanswered. */
function history(count: number, processes: number, info: number, ask: (rng: Rng) => Asked): Op[] {
  const rng = Seed.of(7).fork('bench').rng();
  const ops: Op[] = [];
  const ids = Array.from({ length: processes }, (_, i) => i);
  const open: { asked: Asked; answer: Json | undefined }[] = [];
  for (let done = 0; done < count; ) {
    const thread = rng.int(0, processes - 1);
    const call = open[thread];
    const base = { index: ops.length, time: ops.length * 10_000, process: ids[thread]! };
    if (call === undefined) {
      const asked = ask(rng);
      open[thread] = { asked, answer: undefined };
      const { f, key, value } = asked;
      ops.push({ ...base, type: 'invoke', f, value, ...(key === undefined ? {} : { key }) });
    } else if (call.answer === undefined) call.answer = call.asked.effect();
    else {
      const { f, key } = call.asked;
      const lost = rng.chance(info);
      const value = lost ? call.asked.value : call.answer;
      ops.push({ ...base, type: lost ? 'info' : 'ok', f, value, ...(key === undefined ? {} : { key }) });
      if (lost) ids[thread]! += processes;
      delete open[thread];
      done++;
    }
  }
  return ops;
}

function put(states: Map<number, Json>, key: number, value: Json): Json {
  states.set(key, value);
  return value;
}

function register(keys: number, values: number | null, cas: boolean): (rng: Rng) => Asked {
  const states = new Map<number, Json>();
  let next = 1;
  return (rng) => {
    const key = rng.int(0, keys - 1);
    const fresh = (): number => (values === null ? next++ : rng.int(0, values - 1));
    const kind = rng.float();
    if (kind < 0.5) return { f: 'read', key, value: null, effect: () => states.get(key) ?? null };
    const value = fresh();
    if (kind < 0.9 || !cas) {
      return { f: 'write', key, value, effect: () => put(states, key, value) };
    }
    const from = states.get(key) ?? null;
    return {
      f: 'cas',
      key,
      value: [from, value],
      effect: () => {
        // One that came too late is made a write of what is there, so that it is legal all the same.
        const pair: Json = [from, value];
        if (JSON.stringify(states.get(key) ?? null) === JSON.stringify(from)) states.set(key, value);
        return pair;
      },
    };
  };
}

function lists(): (rng: Rng) => Asked {
  const state = new Map<number, Json[]>();
  let next = 1;
  let base = 0;
  let asked = 0;
  return (rng) => {
    if (++asked % 200 === 0) base += 2;
    const mops: Json[][] = Array.from({ length: rng.int(1, 4) }, () => {
      const key = base + rng.int(0, 3);
      return rng.chance(0.5) ? ['r', key, null] : ['append', key, next++];
    });
    const effect = (): Json =>
      mops.map(([f, key, value]) => {
        const list = state.get(key as number) ?? [];
        if (f === 'append') state.set(key as number, [...list, value!]);
        return [f!, key!, f === 'append' ? value! : list];
      });
    return { f: 'txn', value: mops, effect };
  };
}

function set(): (rng: Rng) => Asked {
  const state: Json[] = [];
  let next = 1;
  return (rng) => {
    if (rng.chance(0.002)) return { f: 'read', value: null, effect: () => [...state] };
    const value = next++;
    return { f: 'add', value, effect: () => state[state.push(value) - 1]! };
  };
}

function ids(): (rng: Rng) => Asked {
  let next = 1;
  return () => ({ f: 'generate', value: null, effect: () => next++ });
}

const count = Number(process.argv[2] ?? 200_000);
const cases: [string, string, Record<string, Json>, Op[]][] = [
  [
    'register, one key, values once, 10 processes',
    'linearizable',
    { model: 'register' },
    history(count, 10, 0, register(1, null, false)),
  ],
  [
    'register, one key, 5 values, 10 processes',
    'linearizable',
    { model: 'register' },
    history(count, 10, 0, register(1, 5, false)),
  ],
  [
    'register, 8 keys, values once, 10 processes, 0.1 % unanswered',
    'linearizable',
    { model: 'register' },
    history(count, 10, 0.001, register(8, null, false)),
  ],
  [
    'register, 100 keys, values once, 50 processes',
    'linearizable',
    { model: 'register' },
    history(count, 50, 0, register(100, null, false)),
  ],
  ['list-append, 4 keys at a time, 10 processes', 'list-append', {}, history(count, 10, 0.001, lists())],
  ['set-full, a read per 500 adds', 'set-full', {}, history(Math.min(count, 20_000), 10, 0.001, set())],
  ['unique-ids', 'unique-ids', {}, history(count, 10, 0, ids())],
];

process.stdout.write(
  `${'case'.padEnd(62)}${'watch'.padStart(14)}${'cpu'.padStart(8)}${'with history'.padStart(16)}\n`,
);
for (const [name, checker, options, ops] of cases) {
  const answered = ops.filter((op) => op.type !== 'invoke').length;
  const alone: number[] = [];
  const cpu: number[] = [];
  const whole: number[] = [];
  let stats: Record<string, Json> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const watch = ONLINE_FORMS[checker]!.watch(options);
    if (typeof watch === 'string') throw new Error(watch);
    const before = process.cpuUsage();
    const from = monotonicNs();
    for (const op of ops) if (watch.take(op)) throw new Error(`${name}: alarm at ${op.index}`);
    alone.push((monotonicNs() - from) / 1e9);
    const used = process.cpuUsage(before);
    cpu.push((used.user + used.system) / 1e6);
    stats = watch.stats();
    const judge = new OnlineJudge([{ name: checker, options }]);
    const start = monotonicNs();
    for (const op of ops) judge.take(op);
    whole.push((monotonicNs() - start) / 1e9);
  }
  const best = (times: number[]): number => times.sort((a, b) => a - b)[1]!;
  const rate = (seconds: number): string => `${Math.round(answered / seconds / 1000)} k ops/s`;
  process.stdout.write(
    `${name.padEnd(62)}${rate(best(alone)).padStart(14)}${`${best(cpu).toFixed(2)} s`.padStart(8)}${rate(best(whole)).padStart(16)}  ${JSON.stringify(stats)}\n`,
  );
}
