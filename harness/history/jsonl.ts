/**
 * Reads history.jsonl, ours or another tool's: one operation per line, any order of fields, streamed in
 * chunks so that memory holds columns and one chunk. A torn last line is what a killed writer leaves behind:
 * tolerated and said. Everything else that is wrong is an error with its line.
 */
import { HistoryBuilder, HistoryError } from './builder.ts';
import { allBytes, byteChunks } from './bytes.ts';
import { parseExact } from './exact-json.ts';
import type { History } from './history.ts';
import { GAVE_UP, LineScanner } from './line-scanner.ts';
import { type Indexed, IndexOrder, indexOf, inIndexOrder, SORTED_NOTE } from './order.ts';
import { excerptAt } from './place.ts';
import type { ReadOptions, ReadResult } from './read-result.ts';
import { type RawRecord, RecordSink } from './record.ts';

/** Feeds chunks of a JSONL history in, gets the history out. */
export class JsonlParser {
  readonly #name: string;
  readonly #builder = new HistoryBuilder();
  readonly #sink: RecordSink;
  readonly #scanner: LineScanner | null;
  readonly #order = new IndexOrder();
  /** The beginning of a line whose end is in a chunk to come. */
  #rest: Buffer = Buffer.alloc(0);
  #line = 0;
  readonly #notes: string[] = [];

  constructor(name: string, options: ReadOptions = {}) {
    this.#name = options.name ?? name;
    this.#sink = new RecordSink(this.#builder, options);
    // Lifting keys out of values is the slow path's work.
    this.#scanner =
      options.independent === true
        ? null
        : new LineScanner(this.#builder, (process) => this.#sink.named(process));
  }

  /** Parses all lines that end in this chunk. The chunk is not kept. */
  push(chunk: Buffer): void {
    const buffer = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (;;) {
      const end = buffer.indexOf(10, from);
      if (end < 0) break;
      this.#parse(buffer, from, end);
      from = end + 1;
    }
    // A copy: the caller may reuse the chunk's memory.
    this.#rest = Buffer.from(buffer.subarray(from));
  }

  /** Parses one line, given with its number, and nothing that `push` left over. */
  line(buffer: Buffer, from: number, end: number, number: number): void {
    this.#line = number - 1;
    this.#parse(buffer, from, end);
  }

  /** The history, once everything was pushed. */
  end(): ReadResult {
    const rest = this.#rest;
    if (rest.length > 0) {
      try {
        this.#parse(rest, 0, rest.length);
      } catch (error) {
        if (!(error instanceof HistoryError) || isWhole(rest)) throw error;
        this.#notes.push(tornNote(this.#name, this.#line));
      }
    }
    const history: History = this.#builder.build();
    return { history, notes: [...this.#notes, ...this.#sink.notes()] };
  }

  #parse(buffer: Buffer, from: number, lineEnd: number): void {
    this.#line++;
    const end = lineEnd > from && buffer[lineEnd - 1] === 13 ? lineEnd - 1 : lineEnd;
    if (end === from) return;
    try {
      if (this.#scanner !== null && this.#scanner.scan(buffer, from, end) !== GAVE_UP) {
        const { index } = this.#scanner;
        if (index >= 0) this.#order.next(index, this.#builder.length - 1);
        return;
      }
    } catch (error) {
      throw this.#placed(error);
    }
    const text = buffer.toString('utf8', from, end).replace(/^\uFEFF/, '');
    if (text.trim() === '') return;
    try {
      const record = this.#record(text);
      const index = indexOf(record['index']);
      if (index !== null) this.#order.next(index, this.#builder.length);
      this.#sink.add(record);
    } catch (error) {
      throw this.#placed(error);
    }
  }

  #record(text: string): RawRecord {
    let value: unknown;
    try {
      value = parseExact(text);
    } catch (error) {
      throw this.#malformed(text, error as SyntaxError);
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RawRecord;
    throw new HistoryError(this.#builder.length, 'this line is not a JSON object', {
      hint: 'expected {"process": 0, "type": "invoke", "f": "read", "value": null, ...}',
    });
  }

  #malformed(text: string, error: SyntaxError): HistoryError {
    const column = syntaxColumn(error, text);
    return new HistoryError(this.#builder.length, 'this line is not JSON', {
      column,
      excerpt: excerptAt(text, column),
      hint: 'expected one operation per line: {"process": 0, "type": "invoke", "f": "read", "value": null, ...}',
    });
  }

  #tooDeep(): HistoryError {
    return new HistoryError(this.#builder.length, 'a value is nested too deeply', {
      hint: 'expected a few hundred lists or objects inside each other at most',
    });
  }

  #placed(cause: unknown): unknown {
    const error = isOverflow(cause) ? this.#tooDeep() : cause;
    if (!(error instanceof HistoryError)) return error;
    const details: ConstructorParameters<typeof HistoryError>[2] = { file: this.#name, line: this.#line };
    if (error.column !== undefined) details.column = error.column;
    if (error.excerpt !== undefined) details.excerpt = error.excerpt;
    if (error.hint !== undefined) details.hint = error.hint;
    return new HistoryError(error.index, error.message, details);
  }
}

/** Did a value overflow the stack: is it a list in a list in a list, thousands of times? */
function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}

/** True when the bytes are a complete JSON text, so that an error in them is not a tear. */
function isWhole(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Column (from 1) of a JSON syntax error, as far as the engine tells; the end of the text otherwise. */
function syntaxColumn(error: SyntaxError, text: string): number {
  const at = /at position (\d+)/.exec(error.message)?.[1];
  return at === undefined ? text.length + 1 : Number(at) + 1;
}

/** Reads a JSONL history from a file, gzipped or not. Throws `HistoryError` with file and line. */
export async function readJsonl(path: string, options: ReadOptions = {}): Promise<ReadResult> {
  const parser = new JsonlParser(path, options);
  try {
    for await (const chunk of byteChunks(path)) parser.push(chunk);
    return parser.end();
  } catch (cause) {
    if (!(cause instanceof HistoryError)) throw cause;
    return parseInOrder(await allBytes(path), path, options, cause);
  }
}

/** Parses a JSONL history held in memory; `name` stands for the file in messages. */
export function parseJsonl(content: Buffer | string, name: string, options: ReadOptions = {}): ReadResult {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const parser = new JsonlParser(name, options);
  try {
    parser.push(bytes);
    return parser.end();
  } catch (cause) {
    if (!(cause instanceof HistoryError)) throw cause;
    return parseInOrder(bytes, name, options, cause);
  }
}

/** A line that has not been parsed. */
interface Line extends Indexed {
  from: number;
  end: number;
  number: number;
}

/**
 * Parses again, by index, what made no sense line by line. Throws `cause` when the lines are in order, and so are not
 * what is wrong. Holds the whole file: only what is broken comes here.
 */
function parseInOrder(bytes: Buffer, name: string, options: ReadOptions, cause: HistoryError): ReadResult {
  const file = options.name ?? name;
  const { lines, torn } = linesOf(bytes, file, cause);
  const sorted = inIndexOrder(lines);
  if (sorted === null) throw cause;
  const parser = new JsonlParser(name, options);
  for (const { from, end, number } of sorted) parser.line(bytes, from, end, number);
  const { history, notes } = parser.end();
  return { history, notes: [...(torn === null ? [] : [tornNote(file, torn)]), SORTED_NOTE, ...notes] };
}

function linesOf(bytes: Buffer, file: string, cause: HistoryError): { lines: Line[]; torn: number | null } {
  const lines: Line[] = [];
  let number = 0;
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(10, from);
    const end = newline < 0 ? bytes.length : newline;
    const line = ++number;
    const text = bytes.toString('utf8', from, end).replace(/^\uFEFF/, '');
    if (text.trim() !== '') {
      let index: number | null;
      try {
        index = indexOf((JSON.parse(text) as RawRecord | null)?.['index']);
      } catch {
        if (newline < 0) return { lines, torn: line };
        throw cause;
      }
      const placed = ({ index: at, message, hint }: HistoryError) =>
        new HistoryError(at, message, { file, line, ...(hint === undefined ? {} : { hint }) });
      lines.push({ from, end, number: line, index, where: () => `line ${line}`, placed });
    }
    from = end + 1;
  }
  return { lines, torn: null };
}

function tornNote(file: string, line: number): string {
  return `${file}:${line} is torn (the writer was stopped in the middle of it) and was ignored`;
}
