/**
 * How long the search takes by itself, without the ways that need unique values, and registers with cas both ways:
 * few values, unique values, deletes. Histories are made deterministically and are linearizable unless the name
 * says otherwise; loading is not measured.
 * `npm run bench -- checkers/search [part of a name]`
 */
import { linearizable } from '../../checkers/linearizable/linearizable.ts';
import { HistoryBuilder } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json, Op } from '../../harness/op.ts';
import { type Rng, Seed } from '../../harness/random.ts';
import { monotonicNs } from '../../harness/time.ts';

/** What a history consists of. */
interface Shape {
  name: string;
  model: 'cas-register' | 'kv';
  engine: 'auto' | 'search';
  operations: number;
  processes: number;
  /** Different values; 0: every value is written once. */
  values: number;
  /** Shares of operations: cas, deletes (kv), updates that end with unknown outcome. */
  cas: number;
  deletes: number;
  info: number;
  /** One read late in the history shows the value before the last. */
  stale?: boolean;
}

const ROUNDS = 3;
const UNIQUE = { model: 'cas-register', engine: 'search', values: 0, cas: 0, deletes: 0, info: 0 } as const;
const FEW = { ...UNIQUE, values: 5, cas: 0.3 } as const;

const SHAPES: Shape[] = [
  { ...UNIQUE, name: 'unique register, 1k, c20', operations: 1_000, processes: 20 },
  { ...UNIQUE, name: 'unique register, 1k, c50', operations: 1_000, processes: 50 },
  { ...UNIQUE, name: 'unique register, 10k, c20', operations: 10_000, processes: 20 },
  { ...UNIQUE, name: 'unique register, 100k, c10', operations: 100_000, processes: 10 },
  { ...UNIQUE, name: 'stale unique register, 10k, c10', operations: 10_000, processes: 10, stale: true },
  { ...FEW, name: '5 values with cas, 100k, c10', operations: 100_000, processes: 10 },
  {
    ...FEW,
    name: '5 values with cas, 1 % unknown, 100k, c10',
    operations: 100_000,
    processes: 10,
    info: 0.01,
  },
  {
    ...UNIQUE,
    name: 'kv with deletes, 100k, c10',
    model: 'kv',
    operations: 100_000,
    processes: 10,
    deletes: 0.1,
  },
  {
    ...UNIQUE,
    name: 'unique cas register by zones, 1M, c50, 1 % unknown',
    engine: 'auto',
    operations: 1_000_000,
    processes: 50,
    cas: 0.3,
    info: 0.01,
  },
];

interface Running {
  f: string;
  input: Json;
  output: Json;
  /** It has taken effect. */
  done: boolean;
  refused: boolean;
}

class Register {
  readonly #shape: Shape;
  readonly #rng: Rng;
  #value: Json = null;
  #last: Json = null;
  #next = 1;

  constructor(shape: Shape, rng: Rng) {
    this.#shape = shape;
    this.#rng = rng;
  }

  ask(): Running {
    const { cas, deletes, model } = this.#shape;
    const plain = { output: null, done: false, refused: false };
    const kv = model === 'kv';
    if (this.#rng.chance(cas)) return { ...plain, f: 'cas', input: [this.#value, this.#fresh()] };
    if (this.#rng.chance(deletes)) return { ...plain, f: 'delete', input: null };
    if (this.#rng.chance(0.5)) return { ...plain, f: kv ? 'put' : 'write', input: this.#fresh() };
    return { ...plain, f: kv ? 'get' : 'read', input: null };
  }

  #fresh(): number {
    return this.#shape.values === 0 ? this.#next++ : this.#rng.int(0, this.#shape.values - 1);
  }

  take(op: Running, stale: boolean): void {
    op.done = true;
    op.output = op.input;
    if (op.f === 'read' || op.f === 'get') op.output = stale ? this.#last : this.#value;
    else if (op.f === 'cas') {
      const [from, to] = op.input as [Json, Json];
      op.refused = this.#value !== from;
      if (!op.refused) this.#put(to);
    } else this.#put(op.f === 'delete' ? null : op.input);
  }

  #put(value: Json): void {
    this.#last = this.#value;
    this.#value = value;
  }
}

/** A history in which every operation takes effect at a random moment between call and return. */
function generate(shape: Shape): History {
  const rng = Seed.of(42).fork(shape.name).rng();
  const register = new Register(shape, rng);
  const builder = new HistoryBuilder();
  const running: (Running | null)[] = new Array(shape.processes).fill(null);
  const ids = running.map((_, thread) => thread);
  let [invoked, completed, time] = [0, 0, 0];
  while (completed < shape.operations) {
    const thread = rng.int(0, shape.processes - 1);
    const op = running[thread] ?? null;
    const base = { index: builder.length, time: time++ * 1000, process: ids[thread]! };
    if (op === null) {
      if (invoked++ >= shape.operations) continue;
      const asked = (running[thread] = register.ask());
      builder.add({ ...base, type: 'invoke', f: asked.f, value: asked.input });
    } else if (!op.done) {
      register.take(op, shape.stale === true && completed > shape.operations * 0.9);
    } else {
      completed++;
      running[thread] = null;
      const updates = op.f !== 'read' && op.f !== 'get';
      const type: Op['type'] = op.refused ? 'fail' : updates && rng.chance(shape.info) ? 'info' : 'ok';
      if (type === 'info') ids[thread]! += shape.processes;
      builder.add({ ...base, type, f: op.f, value: type === 'ok' ? op.output : op.input });
    }
  }
  return builder.build();
}

/** Judges every shape a few times and prints the medians, in milliseconds. */
function main(): void {
  const only = process.argv[2];
  for (const shape of SHAPES) {
    if (only !== undefined && !shape.name.includes(only)) continue;
    const history = generate(shape);
    const times: number[] = [];
    let cpu = 0;
    let said = '';
    for (let round = 0; round < ROUNDS; round++) {
      const from = monotonicNs();
      const before = process.cpuUsage();
      const { model, engine } = shape;
      const result = linearizable(history, { model, engine, maxSteps: 2e8 });
      const used = process.cpuUsage(before);
      cpu += (used.user + used.system) / 1000 / ROUNDS;
      times.push((monotonicNs() - from) / 1e6);
      const steps = (result.stats['search'] as { steps: number }).steps;
      said = `${result.verdict}, ${String(result.stats['engine'])}, ${steps} steps`;
    }
    const median = [...times].sort((a, b) => a - b)[ROUNDS >> 1]!;
    process.stdout.write(
      `${shape.name}: median ${median.toFixed(0)} ms (first ${times[0]!.toFixed(0)} ms, cpu ${cpu.toFixed(0)} ms), ` +
        `${said}, rss ${Math.round(process.memoryUsage().rss / 1e6)} MB\n`,
    );
  }
}

main();
