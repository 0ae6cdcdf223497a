/**
 * `faultline measure clocks`: what Lamport and vector clocks cost on the wire and what they tell, against the
 * number of processes on made-up runs, or on the messages of a run.
 */
import {
  type ClockComparison,
  type ClockPower,
  compareClocks,
} from '../../checkers/clocks/ordering-power.ts';
import { randomTrace } from '../../checkers/clocks/random-trace.ts';
import { Seed } from '../../harness/random.ts';
import { UsageError } from '../../harness/registry.ts';
import { flag, type OptionValues, text } from '../command.ts';
import { type Io, json, line } from '../io.ts';
import { messageEvents, runJournal } from '../message-events.ts';
import type { Measurement } from './measurement.ts';
import { nodeCounts } from './nodes.ts';
import { whole } from './numbers.ts';

const DEFAULT_EVENTS = 1000;
const MAX_EVENTS = 5000;

/** The subject. */
export const clocks: Measurement = {
  name: 'clocks',
  summary: 'bytes per message and pairs of events told apart by Lamport and vector clocks, against n',
  options: [
    { flags: '--nodes <counts>', summary: 'numbers of nodes to measure, such as 3..33 or 3,5,9' },
    {
      flags: '--events <n>',
      summary: `clocks: events that are compared with each other, at most ${MAX_EVENTS} (default ${DEFAULT_EVENTS})`,
    },
    { flags: '--seed <n>', summary: 'seed of everything drawn' },
    { flags: '--json', summary: 'print JSON on stdout' },
  ],
  examples: [
    'faultline measure clocks',
    'faultline measure clocks --nodes 3..33 --json',
    'faultline measure clocks last',
  ],
  async run(io, words, options) {
    if (words.length > 1) throw new UsageError(`measure clocks takes one run, not ${words.length}`);
    const events = whole(options, 'events', DEFAULT_EVENTS);
    if (events < 2 || events > MAX_EVENTS) throw new UsageError(`--events is from 2 to ${MAX_EVENTS}`);
    const rows = words[0] === undefined ? ofTraces(options, events) : [ofRun(io, words[0], events)];
    if (flag(options, 'json')) json(io.out, { events, rows });
    else print(io, rows);
    return 0;
  },
};

function ofTraces(options: OptionValues, events: number): ClockComparison[] {
  const seed = Seed.of(whole(options, 'seed', 1)).fork('measure', 'clocks');
  const counts = nodeCounts(text(options, 'nodes') ?? '3..33', 1, 256);
  return counts.map((n) => compareClocks(randomTrace(seed.fork(n).rng(), n, events), events));
}

function ofRun(io: Io, what: string, most: number): ClockComparison {
  const { graph, names } = messageEvents(runJournal(io, what));
  if (graph.count < 2) throw new UsageError('this run sent no messages', { file: what });
  const sends = Int32Array.from([...names.keys()].filter((e) => names[e]!.startsWith('s')));
  return compareClocks({ graph, sends }, most);
}

function print(io: Io, rows: readonly ClockComparison[]): void {
  line(io.out, '                     bytes per message   pairs told        concurrent pairs put in order');
  line(io.out, '  n  events  conc.   lamport   vector    lamport  vector   lamport  vector');
  for (const row of rows) {
    const { lamport, vector, pairs, concurrentPairs } = row;
    const cells = [
      String(row.processes).padStart(3),
      String(row.events).padStart(7),
      share(concurrentPairs, pairs).padStart(7),
      bytes(lamport).padStart(9),
      bytes(vector).padStart(9),
      share(lamport.pairsTold, pairs).padStart(10),
      share(vector.pairsTold, pairs).padStart(8),
      share(lamport.concurrentOrdered, concurrentPairs).padStart(9),
      share(vector.concurrentOrdered, concurrentPairs).padStart(8),
    ];
    line(io.out, cells.join(''));
  }
  line(io.out);
  line(io.out, 'conc.       pairs of events of which neither happened before the other');
  line(io.out, 'pairs told  of these the timestamps alone say whether one happened before the other');
  line(io.out, 'bytes       of a timestamp as JSON, over the messages among these events');
}

function bytes({ bytesPerMessage }: ClockPower): string {
  return bytesPerMessage.toFixed(1);
}

function share(part: number, all: number): string {
  return all === 0 ? '-' : `${((part / all) * 100).toFixed(1)}%`;
}
