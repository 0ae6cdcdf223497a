/**
 * Reads history.jsonl, ours or another tool's: one operation per line, any order of fields, streamed in
 * chunks so that memory holds columns and one chunk. A torn last line is what a killed writer leaves behind:
 * tolerated and said. Everything else that is wrong is an error with its line.
 */
import { HistoryBuilder, HistoryError } from './builder.ts';
import { byteChunks } from './bytes.ts';
import { parseExact } from './exact-json.ts';
import type { History } from './history.ts';
import { GAVE_UP, LineScanner } from './line-scanner.ts';
import { excerptAt } from './place.ts';
import type { ReadOptions, ReadResult } from './read-result.ts';
import { type RawRecord, RecordSink } from './record.ts';

/** Feeds chunks of a JSONL history in, gets the history out. */
export class JsonlParser {
  readonly #name: string;
  readonly #builder = new HistoryBuilder();
  readonly #sink: RecordSink;
  readonly #scanner: LineScanner | null;
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

  /** The history, once everything was pushed. */
  end(): ReadResult {
    const rest = this.#rest;
    if (rest.length > 0) {
      try {
        this.#parse(rest, 0, rest.length);
      } catch (error) {
        if (!(error instanceof HistoryError) || isWhole(rest)) throw error;
        this.#notes.push(
          `${this.#name}:${this.#line} is torn (the writer was stopped in the middle of it) and was ignored`,
        );
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
      if (this.#scanner !== null && this.#scanner.scan(buffer, from, end) !== GAVE_UP) return;
    } catch (error) {
      throw this.#placed(error);
    }
    const text = buffer.toString('utf8', from, end).replace(/^\uFEFF/, '');
    if (text.trim() === '') return;
    try {
      this.#sink.add(this.#record(text));
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
  for await (const chunk of byteChunks(path)) parser.push(chunk);
  return parser.end();
}

/** Parses a JSONL history held in memory; `name` stands for the file in messages. */
export function parseJsonl(content: Buffer | string, name: string, options: ReadOptions = {}): ReadResult {
  const parser = new JsonlParser(name, options);
  parser.push(typeof content === 'string' ? Buffer.from(content, 'utf8') : content);
  return parser.end();
}
