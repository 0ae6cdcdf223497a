/**
 * `faultline causality`: what happened before what. Compares vector timestamps, puts Lamport timestamps on a
 * text diagram, and puts Lamport or vector clocks on every message of a run.
 */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { compareVectors, type VectorRelation } from '../../checkers/clocks/compare.ts';
import {
  causalChain,
  causalOrder,
  lamportTimestamps,
  vectorTimestamps,
} from '../../checkers/clocks/event-graph.ts';
import { lookup, UsageError } from '../../harness/registry.ts';
import { type Command, flag, type OptionValues, text } from '../command.ts';
import { parseDiagram } from '../diagram.ts';
import { lamportCondition, received, ruleOf, vectorCondition } from '../diagram-clocks.ts';
import { type Io, json, line } from '../io.ts';
import { MESSAGES_FORMAT, type MessageEvents, messageEvents, runJournal } from '../message-events.ts';

/** The diagram of the exercise: a and e send nothing more than what the bars show. */
export const EXERCISE_1 = `P1: a ────────────► b ──────────────────► c
         │                       ▲
         ▼                       │
P2: ─────d ─────────► e ─────────f ────►
`;

const CLOCKS = { lamport: true, vector: true };
/** Entries of vectors a command may hold: 400 MB. */
const MAX_ENTRIES = 100_000_000;
const DEFAULT_LIMIT = 40;

/** The command. */
export const causality: Command = {
  name: 'causality',
  summary: 'what happened before what: compare vectors, solve a diagram, put clocks on the messages of a run',
  args: [
    { form: '<what>', summary: 'compare, exercise-1, a run, or a file: a diagram or a journal of messages' },
    { form: '[vectors...]', summary: 'for compare: two or more vectors such as 2,1,0' },
  ],
  options: [
    { flags: '--clock <clock>', summary: 'lamport or vector (default lamport)' },
    {
      flags: '--from <event>',
      summary: 'an event of the diagram, or of the run such as s12 (send 12) or r15 (receipt 15)',
    },
    { flags: '--to <event>', summary: 'the event to relate it to' },
    { flags: '--diagram <file>', summary: 'for exercise-1: another diagram of the same form' },
    { flags: '--limit <n>', summary: `how many events of a run to print (default ${DEFAULT_LIMIT})` },
    { flags: '--json', summary: 'print JSON on stdout' },
  ],
  examples: [
    'faultline causality compare 2,1,0 1,2,0 2,2,1 3,1,0',
    'faultline causality exercise-1',
    'faultline causality diagram.txt --clock vector',
    'faultline causality last --clock vector',
    'faultline causality last --from s12 --to r40',
  ],
  async run(io, [what, ...vectors], options) {
    const clock = text(options, 'clock') ?? 'lamport';
    lookup('clock', CLOCKS, clock);
    if (what === 'compare') return compare(io, vectors as string[], options);
    if (vectors.length > 0) {
      throw new UsageError(`${what} takes no vectors`, { hint: `causality compare ${vectors.join(' ')}` });
    }
    if (what === 'exercise-1') return exercise(io, clock, text(options, 'diagram'), options);
    if (!isFile(resolve(io.cwd, what!))) return ofRun(io, runJournal(io, what!), clock, options);
    const journal = firstLine(readText(resolve(io.cwd, what!), what!)).includes(MESSAGES_FORMAT);
    return journal ? ofRun(io, resolve(io.cwd, what!), clock, options) : exercise(io, clock, what, options);
  },
};

function compare(io: Io, words: readonly string[], options: OptionValues): number {
  if (options['from'] !== undefined || options['to'] !== undefined) {
    throw new UsageError('compare takes no --from and no --to', { hint: 'give it the vectors to relate' });
  }
  if (words.length < 2) {
    throw new UsageError('compare needs at least two vectors', { hint: 'causality compare 2,1,0 1,2,0' });
  }
  const vectors = words.map(vectorOf);
  const odd = vectors.findIndex((vector) => vector.length !== vectors[0]!.length);
  if (odd > 0) {
    const lengths = `${words[0]} has ${vectors[0]!.length} entries, ${words[odd]} has ${vectors[odd]!.length}`;
    throw new UsageError(`vectors of one system have one length: ${lengths}`);
  }
  const table = vectors.map((a) => vectors.map((b) => compareVectors(a, b)));
  const names = vectors.map((_, i) => `V${i + 1}`);
  if (flag(options, 'json')) {
    const pairs = names.flatMap((a, i) =>
      names.slice(i + 1).map((b, j) => ({ a, b, relation: table[i]![i + 1 + j]! })),
    );
    json(io.out, { vectors: Object.fromEntries(names.map((name, i) => [name, vectors[i]!])), pairs });
    return 0;
  }
  names.forEach((name, i) => {
    line(io.out, `${name} = [${vectors[i]!.join(', ')}]`);
  });
  line(io.out);
  const mark: Record<VectorRelation, string> = { before: '->', after: '<-', concurrent: '||', equal: '=' };
  const width = Math.max(...names.map((name) => name.length)) + 2;
  line(io.out, `${''.padEnd(width)}${names.map((name) => name.padEnd(width)).join('')}`.trimEnd());
  table.forEach((row, i) => {
    line(io.out, `${names[i]!.padEnd(width)}${row.map((r) => mark[r].padEnd(width)).join('')}`.trimEnd());
  });
  line(io.out);
  line(io.out, '-> happened before   <- happened after   || concurrent   = the same');
  line(io.out);
  for (let i = 0; i < vectors.length; i++) {
    for (let j = i + 1; j < vectors.length; j++) line(io.out, reason(names, vectors, i, j));
  }
  return 0;
}

function vectorOf(word: string): number[] {
  const entries = word.replace(/^\[|\]$/g, '').split(',');
  return entries.map((entry) => {
    if (/^\s*\d+\s*$/.test(entry)) {
      if (Number.isSafeInteger(Number(entry))) return Number(entry);
      throw new UsageError(`${entry.trim()} is too large to be compared exactly`, {
        hint: `entries go up to ${Number.MAX_SAFE_INTEGER}`,
      });
    }
    throw new UsageError(`"${word}" is not a vector`, { hint: 'write counts with commas: 2,1,0' });
  });
}

/** One sentence on two vectors: which entries decide. */
function reason(names: readonly string[], vectors: readonly number[][], i: number, j: number): string {
  const [a, b] = [vectors[i]!, vectors[j]!];
  const entry = (differs: (x: number, y: number) => boolean): string => {
    const at = a.findIndex((x, p) => differs(x, b[p]!));
    return `${a[at]} ${a[at]! < b[at]! ? '<' : '>'} ${b[at]} at entry ${at + 1}`;
  };
  const relationOf = compareVectors(a, b);
  if (relationOf === 'equal') return `${names[i]} =  ${names[j]}: every entry is the same`;
  const less = (x: number, y: number): boolean => x < y;
  const more = (x: number, y: number): boolean => x > y;
  if (relationOf === 'before') return `${names[i]} -> ${names[j]}: no entry is larger, ${entry(less)}`;
  if (relationOf === 'after')
    return `${names[j]} -> ${names[i]}: no entry of ${names[j]} is larger, ${entry(more)}`;
  return `${names[i]} || ${names[j]}: ${entry(less)}, but ${entry(more)}`;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function firstLine(source: string): string {
  const end = source.indexOf('\n');
  return end < 0 ? source : source.slice(0, end);
}

function exercise(io: Io, clock: string, file: string | undefined, options: OptionValues): number {
  const source = file === undefined ? EXERCISE_1 : readText(resolve(io.cwd, file), file);
  const diagram = parseDiagram(source, file ?? 'exercise-1');
  const { graph, names } = diagram;
  const order = causalOrder(graph);
  if (order.length < graph.count) throw new UsageError('the messages of this diagram go in a circle');
  const lamport = lamportTimestamps(graph, order);
  const vectors = vectorTimestamps(graph, order);
  const clockOf = (e: number): number | number[] =>
    clock === 'lamport' ? lamport[e]! : rowOf(vectors, graph.processes.length, e);
  const pair = related(options);
  if (pair !== null) {
    const texts = names.map((_, e) => received(diagram, e));
    const events = { graph, names, texts, timesNs: [], leftOut: 0, notes: [] };
    const [from, to] = pair.map((name) => eventNamed(events, name)) as [number, number];
    relate(io, events, from, to, clockOf, flag(options, 'json'));
    return 0;
  }
  if (flag(options, 'json')) {
    const events = names.map((name, e) => ({
      event: name,
      process: graph.processes[graph.processOf[e]!]!,
      clock: clockOf(e),
    }));
    json(io.out, { clock, events });
    return 0;
  }
  line(io.out, source.trimEnd());
  line(io.out);
  for (const e of order) {
    const why = ruleOf(diagram, lamport, clock, e);
    line(
      io.out,
      `${names[e]!.padEnd(4)} ${graph.processes[graph.processOf[e]!]}  ${shownClock(clockOf(e))}  = ${why}`,
    );
  }
  line(io.out);
  line(io.out, clock === 'lamport' ? lamportCondition(diagram, lamport) : vectorCondition(diagram, vectors));
  return 0;
}

/** Both events that are to be related, or null when none is. */
function related(options: OptionValues): [string, string] | null {
  const [from, to] = [text(options, 'from'), text(options, 'to')];
  if ((from === undefined) !== (to === undefined)) throw new UsageError('--from and --to go together');
  return from === undefined ? null : [from, to!];
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the diagram: ${(error as Error).message}`, { file: name });
  }
}

function ofRun(io: Io, journal: string, clock: string, options: OptionValues): number {
  const events = messageEvents(journal);
  const { graph } = events;
  const order = causalOrder(graph);
  const pair = related(options);
  if (clock === 'vector' && graph.count * graph.processes.length > MAX_ENTRIES) {
    throw new UsageError(
      `${graph.count} events of ${graph.processes.length} processes are too many for vectors`,
      {
        hint: 'use --clock lamport',
      },
    );
  }
  const clocks = clock === 'vector' ? vectorTimestamps(graph, order) : lamportTimestamps(graph, order);
  const width = graph.processes.length;
  const clockOf = (e: number): number | { [process: string]: number } =>
    clock === 'lamport' ? clocks[e]! : sparse(graph.processes, rowOf(clocks, width, e));
  for (const note of events.notes) line(io.err, `note       ${note}`);
  if (pair !== null) {
    const [from, to] = pair.map((name) => eventNamed(events, name)) as [number, number];
    relate(io, events, from, to, clockOf, flag(options, 'json'));
    return 0;
  }
  printEvents(io, events, order, clock, clockOf, options);
  return 0;
}

type ClockOf = (event: number) => Clock;
type Clock = number | number[] | { [process: string]: number };

function printEvents(
  io: Io,
  events: MessageEvents,
  order: Int32Array,
  clock: string,
  clockOf: ClockOf,
  options: OptionValues,
): void {
  const { graph, names, timesNs, leftOut } = events;
  if (flag(options, 'json')) {
    const rows = [...order].map((e) => ({ ...described(events, e), timeNs: timesNs[e]!, clock: clockOf(e) }));
    json(io.out, { clock, leftOut, events: rows });
    return;
  }
  const limit = Number(text(options, 'limit') ?? DEFAULT_LIMIT);
  if (!Number.isInteger(limit) || limit < 0) throw new UsageError('--limit takes a whole number');
  for (let e = 0; e < Math.min(limit, graph.count); e++) {
    line(io.out, `${names[e]!.padEnd(8)} ${shownClock(clockOf(e)).padEnd(6)} ${told(events, e)}`);
  }
  if (graph.count > limit)
    line(io.out, `... ${graph.count - limit} more events (--limit, or --json for all)`);
  line(io.out);
  line(io.out, `${graph.count} events of ${graph.processes.length} processes, ${clock} clock`);
  if (leftOut > 0)
    line(io.out, `${leftOut} messages were left out of the journal: some causes are not known`);
}

function relate(
  io: Io,
  events: MessageEvents,
  a: number,
  b: number,
  clockOf: ClockOf,
  asJson: boolean,
): void {
  const { graph, names, leftOut } = events;
  const forward = causalChain(graph, a, b);
  const chain = forward ?? causalChain(graph, b, a);
  const how = a === b ? 'same' : chain === null ? 'concurrent' : forward === null ? 'after' : 'before';
  if (asJson) {
    const event = (e: number) => ({ ...described(events, e), clock: clockOf(e) });
    json(io.out, { from: event(a), to: event(b), relation: how, chain: (chain ?? []).map(event), leftOut });
    return;
  }
  const sentence = {
    before: `${names[a]} happened before ${names[b]}`,
    after: `${names[b]} happened before ${names[a]}`,
    concurrent: `${names[a]} and ${names[b]} are concurrent: no chain of messages leads from one to the other`,
    same: `${names[a]} is one event`,
  };
  line(io.out, sentence[how]);
  for (const e of chain ?? (a === b ? [a] : [a, b])) {
    line(io.out, `  ${names[e]!.padEnd(8)} ${shownClock(clockOf(e)).padEnd(6)} ${told(events, e)}`);
  }
  if (leftOut > 0)
    line(io.out, `${leftOut} messages were left out of the journal: some causes are not known`);
}

function eventNamed({ names }: MessageEvents, name: string): number {
  const found = names.indexOf(name);
  if (found >= 0) return found;
  // Sends and receipts share their numbers: of the same number there is at most one of the other sort.
  const number = /^[sr]?(\d+)$/.exec(name)?.[1];
  const other = names.find((event) => number !== undefined && event.slice(1) === number);
  const range = names.length === 0 ? 'it has none' : `its events are ${names[0]} to ${names.at(-1)}`;
  throw new UsageError(`there is no event "${name}"`, {
    hint: `${other === undefined ? '' : `did you mean "${other}"?  `}${range}`,
  });
}

function described(events: MessageEvents, e: number): { event: string; process: string; what: string } {
  const process = events.graph.processes[events.graph.processOf[e]!]!;
  return { event: events.names[e]!, process, what: events.texts[e]! };
}

function told(events: MessageEvents, e: number): string {
  const { process, what } = described(events, e);
  const time = events.timesNs[e];
  return `${time === undefined ? '' : `${(time / 1e9).toFixed(6)} s  `}${process} ${what}`.trimEnd();
}

function rowOf(clocks: Int32Array, width: number, event: number): number[] {
  return [...clocks.subarray(event * width, (event + 1) * width)];
}

function sparse(processes: readonly string[], row: readonly number[]): { [process: string]: number } {
  return Object.fromEntries(processes.map((name, p) => [name, row[p]!]).filter(([, count]) => count !== 0));
}

function shownClock(clock: Clock): string {
  if (typeof clock === 'number') return String(clock);
  if (Array.isArray(clock)) return `[${clock.join(', ')}]`;
  return `[${Object.entries(clock)
    .map(([name, count]) => `${name}:${count}`)
    .join(' ')}]`;
}
