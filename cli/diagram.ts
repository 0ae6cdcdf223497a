/**
 * Reads a space-time diagram in text: one line per process (`P1: a ---> b`), and between two lines the
 * messages as columns of bars with an arrow head. A message is sent by the event at its column or the one to
 * the left of it, and received by the event at its column or the one to the right.
 */

import { type EventGraph, eventGraph, NO_EVENT } from '../checkers/clocks/event-graph.ts';
import { UsageError } from '../harness/registry.ts';

/** Events with their names, process by process from left to right. */
export interface Diagram {
  graph: EventGraph;
  names: string[];
}

interface Place {
  name: string;
  column: number;
}

interface ProcessLine {
  process: string;
  line: number;
  events: Place[];
}

interface Arrow {
  column: number;
  down: boolean;
  /** Process lines above and below. */
  upper: number;
  line: number;
}

const DOWN = '▼vV↓';
const UP = '▲^↑';

/** Parses a diagram; throws `UsageError` with line and column. */
export function parseDiagram(text: string, file: string): Diagram {
  const rows: ProcessLine[] = [];
  const arrows: Arrow[] = [];
  text.split('\n').forEach((content, i) => {
    const match = /^\s*(\w+)\s*:/.exec(content);
    if (match === null) {
      arrows.push(...arrowsOf(content, rows.length - 1, i + 1));
      return;
    }
    const line = content.replace(match[0], ' '.repeat(match[0].length));
    const events = [...line.matchAll(/[A-Za-z]\w*/g)].map((m) => ({ name: m[0], column: m.index }));
    rows.push({ process: match[1]!, line: i + 1, events });
  });
  const names = rows.flatMap((row) => row.events.map((event) => event.name));
  if (names.length === 0) {
    throw new UsageError('the diagram has no events', { file, hint: 'write processes as "P1: a ---> b"' });
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`event ${twice} stands there twice`, { file });
  const sends = new Int32Array(names.length).fill(NO_EVENT);
  for (const arrow of arrows) connect(rows, arrow, names, sends, file);
  const processOf = Int32Array.from(rows.flatMap((row, p) => row.events.map(() => p)));
  const processes = rows.map((row) => row.process);
  return { graph: eventGraph(processes, processOf, sends), names };
}

function arrowsOf(content: string, upper: number, line: number): Arrow[] {
  return [...content]
    .map((char, column) => ({ char, column }))
    .filter(({ char }) => DOWN.includes(char) || UP.includes(char))
    .map(({ char, column }) => ({ column, down: DOWN.includes(char), upper, line }));
}

function connect(
  rows: readonly ProcessLine[],
  arrow: Arrow,
  names: readonly string[],
  sends: Int32Array,
  file: string,
): void {
  const [above, below] = [rows[arrow.upper], rows[arrow.upper + 1]];
  const [from, to] = arrow.down ? [above, below] : [below, above];
  const place = { file, line: arrow.line, column: arrow.column + 1 };
  if (from === undefined || to === undefined) {
    throw new UsageError('an arrow must stand between the lines of two processes', place);
  }
  const sent = from.events.filter((event) => event.column <= arrow.column).at(-1);
  const received = to.events.find((event) => event.column + event.name.length > arrow.column);
  if (sent === undefined || received === undefined) {
    const [line, side] = sent === undefined ? [from, 'left'] : [to, 'right'];
    throw new UsageError(`no event of ${line.process} stands at this arrow or to its ${side}`, place);
  }
  const e = names.indexOf(received.name);
  if (sends[e] !== NO_EVENT) {
    throw new UsageError(
      `event ${received.name} receives two messages; give each an event of its own`,
      place,
    );
  }
  sends[e] = names.indexOf(sent.name);
}
