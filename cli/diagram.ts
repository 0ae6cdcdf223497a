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

interface Bar {
  column: number;
  /** The process line above; the next one is below. */
  upper: number;
  line: number;
}

interface Arrow extends Bar {
  down: boolean;
}

const DOWN = '▼vV↓';
const UP = '▲^↑';
const BARS = '|│┃║';

/** Parses a diagram; throws `UsageError` with line and column. */
export function parseDiagram(text: string, file: string): Diagram {
  const rows: ProcessLine[] = [];
  const arrows: Arrow[] = [];
  const bars: Bar[] = [];
  text.split('\n').forEach((content, i) => {
    const match = /^\s*(\w+)\s*:/.exec(content);
    if (match === null) {
      arrows.push(...arrowsOf(content, rows.length - 1, i + 1));
      bars.push(...barsOf(content, rows.length - 1, i + 1));
      return;
    }
    const line = content.replace(match[0], ' '.repeat(match[0].length));
    const events = [...line.matchAll(/[A-Za-z]\w*/g)].map((m) => ({ name: m[0], column: m.index }));
    const same = rows.find(({ process }) => process === match[1]);
    if (same !== undefined) {
      throw new UsageError(`process ${same.process} has a line of its own already: line ${same.line}`, {
        file,
        line: i + 1,
        hint: 'write all events of a process on one line',
      });
    }
    rows.push({ process: match[1]!, line: i + 1, events });
  });
  const names = rows.flatMap((row) => row.events.map((event) => event.name));
  if (names.length === 0) {
    throw new UsageError('the diagram has no events', { file, hint: 'write processes as "P1: a ---> b"' });
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`event ${twice} stands there twice`, { file });
  checkBars(bars, arrows, file);
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

function barsOf(content: string, upper: number, line: number): Bar[] {
  return [...content].flatMap((char, column) => (BARS.includes(char) ? [{ column, upper, line }] : []));
}

/** Throws for a bar without a head above or below it: whoever drew it meant a message. */
function checkBars(bars: readonly Bar[], arrows: readonly Arrow[], file: string): void {
  for (const { column, upper, line } of bars) {
    // Drawn by hand, a head can be a column off.
    if (arrows.some((arrow) => arrow.upper === upper && Math.abs(arrow.column - column) <= 1)) continue;
    throw new UsageError('this arrow has no head', {
      file,
      line,
      column: column + 1,
      hint: 'end its column with v where the message is received below, with ^ where above',
    });
  }
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
