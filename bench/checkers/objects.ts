/**
 * How long the fast paths of collections and counters take: one million operations of fifty processes, one in
 * a hundred updates of unknown outcome. Histories are made deterministically and are linearizable; loading is
 * not measured.
 * `npm run bench -- checkers/objects [model] [operations]`
 */
import { linearizable } from '../../checkers/linearizable/linearizable.ts';
import { HistoryBuilder } from '../../harness/history/builder.ts';
import type { History } from '../../harness/history/history.ts';
import type { Json } from '../../harness/op.ts';
import { type Rng, Seed } from '../../harness/random.ts';
import { monotonicNs } from '../../harness/time.ts';

const PROCESSES = 50;
const ROUNDS = 3;
const UNKNOWN = 0.01;

/** One operation: what is asked, and what it does when it takes effect. */
interface Asked {
  f: string;
  input: Json;
  update: boolean;
  effect(): Json;
}

type Source = (rng: Rng) => Asked;

function queue(): Source {
  const items: number[] = [];
  let head = 0;
  let next = 0;
  return (rng) => {
    if (rng.chance(0.51)) {
      const item = next++;
      return {
        f: 'enqueue',
        input: item,
        update: true,
        effect: () => {
          items.push(item);
          return item;
        },
      };
    }
    return { f: 'dequeue', input: null, update: true, effect: () => items[head++] ?? emptied() };
  };
  function emptied(): null {
    head--;
    return null;
  }
}

function stack(): Source {
  const items: number[] = [];
  let next = 0;
  return (rng) => {
    if (rng.chance(0.5)) {
      const item = next++;
      return {
        f: 'push',
        input: item,
        update: true,
        effect: () => {
          items.push(item);
          return item;
        },
      };
    }
    return { f: 'pop', input: null, update: false, effect: () => items.pop() ?? null };
  };
}

/** The largest item of every bucket is found by scanning few of them: priorities are below a thousand. */
function priorityQueue(): Source {
  const buckets: number[][] = Array.from({ length: 1000 }, () => []);
  let next = 0;
  const take = (): Json => {
    for (let p = buckets.length - 1; p >= 0; p--) {
      const bucket = buckets[p]!;
      if (bucket.length === 0) continue;
      bucket.sort((a, b) => a - b);
      return bucket.pop()!;
    }
    return null;
  };
  return (rng) => {
    if (!rng.chance(0.5)) return { f: 'dequeue', input: null, update: false, effect: take };
    const priority = rng.int(0, 999);
    const item = priority * 10_000_000 + next++;
    return {
      f: 'enqueue',
      input: item,
      update: true,
      effect: () => {
        buckets[priority]!.push(item);
        return item;
      },
    };
  };
}

function set(): Source {
  const held = new Set<number>();
  let next = 0;
  return (rng) => {
    if (rng.chance(0.4)) {
      const item = next++;
      const effect = (): Json => {
        held.add(item);
        return true;
      };
      return { f: 'add', input: item, update: true, effect };
    }
    const item = rng.int(Math.max(0, next - 200), next);
    // Removed at most once: a tenth of the elements, by one process only.
    if (item % 10 === 0 && item === next - 150) {
      return { f: 'remove', input: item, update: true, effect: () => held.delete(item) };
    }
    return { f: 'contains', input: item, update: false, effect: () => held.has(item) };
  };
}

function counter(): Source {
  let count = 0;
  return (rng) =>
    rng.chance(0.5)
      ? { f: 'increment', input: null, update: true, effect: () => ++count && null }
      : { f: 'read', input: null, update: false, effect: () => count };
}

function tickets(): Source {
  let count = 0;
  return (rng) =>
    rng.chance(0.5)
      ? { f: 'fetch-and-increment', input: null, update: true, effect: () => count++ }
      : { f: 'read', input: null, update: false, effect: () => count };
}

const SOURCES: Readonly<Record<string, () => Source>> = {
  queue,
  stack,
  'priority-queue': priorityQueue,
  set,
  counter,
  'fetch-and-increment': tickets,
};

interface Running extends Asked {
  output: Json;
  done: boolean;
}

/** A history in which every operation takes effect at a random moment between call and return. */
function generate(name: string, operations: number): History {
  const rng = Seed.of(42).fork(name).rng();
  const source = SOURCES[name]!();
  const builder = new HistoryBuilder();
  const running: (Running | null)[] = new Array(PROCESSES).fill(null);
  const ids = running.map((_, thread) => thread);
  let invoked = 0;
  let completed = 0;
  let time = 0;
  while (completed < operations) {
    const thread = rng.int(0, PROCESSES - 1);
    const op = running[thread] ?? null;
    const base = { index: 0, time: time++ * 1000, process: ids[thread]! };
    if (op === null) {
      if (invoked === operations) continue;
      invoked++;
      const asked = { ...source(rng), output: null, done: false };
      running[thread] = asked;
      builder.add({ ...base, type: 'invoke', f: asked.f, value: asked.input });
    } else if (!op.done) {
      op.output = op.effect();
      op.done = true;
    } else {
      completed++;
      running[thread] = null;
      const lost = op.update && rng.chance(UNKNOWN);
      if (lost) ids[thread]! += PROCESSES;
      builder.add({ ...base, type: lost ? 'info' : 'ok', f: op.f, value: lost ? op.input : op.output });
    }
  }
  return builder.build();
}

/** Judges every model a few times and prints the medians, in milliseconds. */
function main(): void {
  const [only, count] = process.argv.slice(2);
  const operations = Number(count ?? 1_000_000);
  for (const name of Object.keys(SOURCES)) {
    if (only !== undefined && only !== 'all' && only !== name) continue;
    const history = generate(name, operations);
    const before = process.memoryUsage().rss;
    const times: number[] = [];
    let said = '';
    for (let round = 0; round < ROUNDS; round++) {
      const from = monotonicNs();
      const result = linearizable(history, { model: name });
      times.push((monotonicNs() - from) / 1e6);
      said = `${result.verdict}, ${String(result.stats['engine'])}`;
    }
    const median = [...times].sort((a, b) => a - b)[ROUNDS >> 1]!;
    const rss = process.memoryUsage().rss;
    process.stdout.write(
      `${name}, ${operations} operations, ${PROCESSES} processes: median ${median.toFixed(0)} ms (first ` +
        `${times[0]!.toFixed(0)} ms), ${said}, rss ${Math.round(rss / 1e6)} MB, ` +
        `${Math.round((rss - before) / 1e6)} MB more than the history\n`,
    );
  }
}

main();
