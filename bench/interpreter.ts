/**
 * How fast the interpreter journals operations of a client that does nothing, and how much memory it holds.
 * `npm run bench -- interpreter [operations] [clients]`
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  clients,
  concurrentKeys,
  delay,
  drawn,
  eachThread,
  type Generator,
  limit,
  observers,
  repeat,
  shortestAny,
} from '../harness/generator/index.ts';
import { JournalWriter } from '../harness/history/journal.ts';
import { Interpreter } from '../harness/interpreter/interpreter.ts';
import { Seed } from '../harness/random.ts';
import { monotonicNs } from '../harness/time.ts';

const operations = Number(process.argv[2] ?? 1_000_000);
const threads = Number(process.argv[3] ?? 50);
const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
const path = join(folder, 'history.jsonl');

/** Reads and unique writes over keys, with observers beside them: the shape of a real load. */
function load(): Generator {
  const seed = Seed.of(1);
  const keyed = concurrentKeys(
    5,
    (n) => n,
    (key) =>
      limit(
        1000,
        drawn(seed.fork('key', Number(key)), (draws, n) =>
          draws.chance(0.5) ? { f: 'read' } : { f: 'write', value: n },
        ),
      ),
  );
  return shortestAny(
    clients(limit(operations, keyed)),
    observers(eachThread(delay(100e6, repeat({ f: 'leader' }), false))),
  );
}

let peakRss = 0;
const journal = new JournalWriter(path);
const interpreter = new Interpreter({
  clients: threads,
  named: ['observer:n1', 'observer:n2', 'observer:n3'],
  nodes: ['n1', 'n2', 'n3'],
  worker: () => ({ invoke: async (op) => ({ type: 'ok', value: op.value }) }),
  journal,
  onOp: (op) => {
    if ((op.index & 0xffff) === 0) peakRss = Math.max(peakRss, process.memoryUsage.rss());
  },
});
const startNs = monotonicNs();
const outcome = await interpreter.run(load(), { phase: 'load' });
const seconds = (monotonicNs() - startNs) / 1e9;
journal.close();
process.stdout.write(
  `${JSON.stringify({
    operations: outcome.dispatched,
    threads,
    opsPerSecond: Math.round(outcome.dispatched / seconds),
    peakRssMb: Math.round(peakRss / 1e6),
    journalMb: Math.round(statSync(path).size / 1e6),
    seconds: Number(seconds.toFixed(2)),
  })}\n`,
);
rmSync(folder, { recursive: true });
