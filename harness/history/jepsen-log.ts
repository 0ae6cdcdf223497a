/**
 * Reads Jepsen's console log: `INFO  jepsen.util - 0  :invoke  :write  3`, lines of other loggers between.
 * In these logs `:fail :cas [a b]` means that the comparison failed: an observation. A word such as
 * :timed-out in place of the value is the error, and the value is what was asked.
 */
import type { Json, Op, OpError } from '../op.ts';
import { HistoryBuilder, HistoryError } from './builder.ts';
import { allBytes } from './bytes.ts';
import { NONE } from './columns.ts';
import { EdnReader } from './edn-reader.ts';
import { placeOf } from './place.ts';
import type { ReadOptions, ReadResult } from './read-result.ts';
import { type RawRecord, RecordSink, toOpError } from './record.ts';

const LINE = /jepsen\.util(?:\s+-|:)?\s+(:?\w+)\s+:(invoke|ok|fail|info)\s+:?([^\s:]+)(?:[ \t]+|$)/;

/** Parses a console log held in memory. Throws `HistoryError` with file, line and column. */
export function parseJepsenLog(bytes: Buffer, name: string, options: ReadOptions = {}): ReadResult {
  const file = options.name ?? name;
  const sink = new RecordSink(new HistoryBuilder(), options);
  let others = 0;
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(10, from);
    const end = newline < 0 ? bytes.length : newline;
    const text = bytes.toString('utf8', from, end);
    const match = LINE.exec(text);
    if (match === null) others += text.trim() === '' ? 0 : 1;
    else {
      const rest = from + Buffer.byteLength(text.slice(0, match.index + match[0].length));
      try {
        addLine(sink, match, bytes, file, rest, end);
      } catch (cause) {
        if (!(cause instanceof HistoryError) || cause.line !== undefined) throw cause;
        const hint = cause.hint === undefined ? {} : { hint: cause.hint };
        throw new HistoryError(cause.index, cause.message, { ...placeOf(bytes, from, file), ...hint });
      }
    }
    from = end + 1;
  }
  const history = sink.builder.build();
  if (history.length === 0) {
    throw new HistoryError(0, 'there is no operation in this log', {
      file,
      hint: 'expected lines such as INFO  jepsen.util - 0  :invoke  :write  3',
    });
  }
  const notes = others === 0 ? [] : [`${others} lines of the log are no operations and were passed over`];
  return { history, notes: [...notes, 'the log has no times: positions stand for them'] };
}

/** Reads a console log from a file, gzipped or not. Throws `HistoryError` with file, line and column. */
export async function readJepsenLog(path: string, options: ReadOptions = {}): Promise<ReadResult> {
  return parseJepsenLog(await allBytes(path), path, options);
}

/** What stands behind the function name. */
interface Tail {
  value: Json;
  /** The value was a keyword: on a completion that failed, it is the error. */
  isKeyword: boolean;
  error: Json | undefined;
}

function tailOf(bytes: Buffer, file: string, from: number, end: number): Tail {
  const reader = new EdnReader(bytes, file, from, end);
  if (!reader.skip()) return { value: null, isKeyword: false, error: undefined };
  const isKeyword = reader.peek() === 0x3a;
  const value = reader.form();
  return { value, isKeyword, error: reader.skip() ? reader.form() : undefined };
}

function addLine(
  sink: RecordSink,
  match: RegExpExecArray,
  bytes: Buffer,
  file: string,
  from: number,
  end: number,
): void {
  const type = match[2] as Op['type'];
  const process = match[1]!.replace(/^:/, '');
  const f = match[3]!;
  const { builder } = sink;
  const record: RawRecord = { process, type, f, time: builder.length };
  if (process === 'nemesis') {
    // Lines of the nemesis end in prose as often as in a form.
    sink.add({ ...record, value: bytes.toString('utf8', from, end).trim() });
    return;
  }
  const { value, isKeyword, error } = tailOf(bytes, file, from, end);
  if (type === 'invoke' || type === 'ok') {
    sink.add({ ...record, value });
    return;
  }
  const open = builder.openOf(sink.named(process));
  const asked = open === NONE ? null : builder.values.get(builder.valueId(open));
  const onlyError = isKeyword && error === undefined;
  const opError = errorOf(type, f, value, onlyError ? value : error);
  const completed: RawRecord = { ...record, value: onlyError ? asked : value };
  if (opError !== undefined) completed['error'] = opError as unknown as Json;
  sink.add(completed);
}

function errorOf(type: Op['type'], f: string, value: Json, error: Json | undefined): OpError | undefined {
  if (error !== undefined) return toOpError(error, type === 'fail');
  if (type === 'fail' && f === 'cas' && Array.isArray(value)) {
    return { definite: true, kind: 'precondition-failed' };
  }
  return undefined;
}
