/**
 * How long a register of unique values takes to judge: one million operations of fifty processes, with and
 * without operations of unknown outcome, one key and a hundred. Histories are made deterministically and are
 * linearizable; loading is not measured.
 * `npm run bench -- checkers/linearizable`
 */
import { linearizable } from '../../checkers/linearizable/linearizable.ts';
import { HistoryBuilder } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Op } from '../../harness/op.ts';
import { Seed } from '../../harness/random.ts';
import { monotonicNs } from '../../harness/time.ts';

/** What a history consists of. */
interface Shape {
  name: string;
  operations: number;
  processes: number;
  keys: number;
  /** Share of writes that end with unknown outcome. */
  info: number;
}

const ROUNDS = 5;

const SHAPES: Shape[] = [
  { name: '1 key', operations: 1_000_000, processes: 50, keys: 1, info: 0 },
  { name: '1 key, 1 % indeterminate', operations: 1_000_000, processes: 50, keys: 1, info: 0.01 },
  { name: '100 keys', operations: 1_000_000, processes: 50, keys: 100, info: 0 },
  { name: '1 key, 100k', operations: 100_000, processes: 50, keys: 1, info: 0 },
];

interface Running {
  process: number;
  key: number;
  write: boolean;
  value: number | null;
  /** It has taken effect. */
  done: boolean;
}

/** A history in which every operation takes effect at a random moment between call and return. */
function generate(shape: Shape): History {
  const rng = Seed.of(42).fork(shape.name).rng();
  const builder = new HistoryBuilder();
  const state: (number | null)[] = new Array(shape.keys).fill(null);
  const running: (Running | null)[] = new Array(shape.processes).fill(null);
  const ids = running.map((_, thread) => thread);
  let next = 1;
  let invoked = 0;
  let completed = 0;
  let time = 0;
  const add = (type: Op['type'], { process, key, write, value }: Running, shown: number | null): void => {
    time += 1 + rng.int(0, 2000);
    const f = write ? 'write' : 'read';
    builder.add({ index: builder.length, time, process, type, f, key, value: write ? value : shown });
  };
  while (completed < shape.operations) {
    const thread = rng.int(0, shape.processes - 1);
    const op = running[thread];
    if (op === null || op === undefined) {
      if (invoked === shape.operations) continue;
      invoked++;
      const write = rng.chance(0.5);
      const started: Running = {
        process: ids[thread]!,
        key: rng.int(0, shape.keys - 1),
        write,
        value: write ? next++ : null,
        done: false,
      };
      running[thread] = started;
      add('invoke', started, null);
    } else if (!op.done) {
      takeEffect(op, state);
    } else {
      completed++;
      running[thread] = null;
      const lost = op.write && rng.chance(shape.info);
      add(lost ? 'info' : 'ok', op, op.value);
      if (lost) ids[thread]! += shape.processes;
    }
  }
  return builder.build();
}

function takeEffect(op: Running, state: (number | null)[]): void {
  if (op.write) state[op.key] = op.value;
  else op.value = state[op.key]!;
  op.done = true;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** Judges every shape a few times and prints the medians, in milliseconds. */
function main(): void {
  for (const shape of SHAPES) {
    const history = generate(shape);
    const times: number[] = [];
    let said = '';
    for (let round = 0; round < ROUNDS; round++) {
      const from = monotonicNs();
      const result = linearizable(history);
      times.push((monotonicNs() - from) / 1e6);
      said = `${result.verdict}, ${String(result.stats['engine'])}`;
    }
    const first = times[0]!;
    const rss = Math.round(process.memoryUsage().rss / 1e6);
    process.stdout.write(
      `register, ${shape.name}, ${shape.operations} operations, ${shape.processes} processes: ` +
        `median ${median(times).toFixed(0)} ms (first ${first.toFixed(0)} ms), ${said}, rss ${rss} MB\n`,
    );
  }
}

main();
