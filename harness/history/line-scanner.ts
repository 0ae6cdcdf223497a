/**
 * The fast path of the JSONL reader: reads one operation straight from bytes into columns, without an object
 * per line. It knows the fields of an operation and plain JSON without blanks between tokens; at anything
 * else it gives up without side effects, and the reader takes the slow path through JSON.parse.
 */
import type { OpError } from '../op.ts';
import type { HistoryBuilder } from './builder.ts';
import { NO_PHASE, NONE, PHASE_NAMES, TYPE_CODES } from './columns.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Result of `scan` when the line needs the slow path. */
export const GAVE_UP = -1;

const PHASES: ReadonlyMap<string, number> = new Map(PHASE_NAMES.map((name, code) => [name, code]));
const FIELDS = ['index', 'time', 'process', 'type', 'f', 'key', 'value', 'node', 'error', 'phase'] as const;
const FIELD_BYTES = FIELDS.map((name) => Buffer.from(`${name}"`));
/** Field numbers, for the switch below. */
const INDEX = 0;
const TIME = 1;
const PROCESS = 2;
const TYPE = 3;
const F = 4;
const KEY = 5;
const VALUE = 6;
const NODE = 7;
const ERROR = 8;
const PHASE = 9;

/** A word seen before: its bytes, and the id the scanner gave it. */
interface Word {
  bytes: Buffer;
  text: string;
  nameId: number;
}

/** Scans lines into one builder. */
export class LineScanner {
  readonly #builder: HistoryBuilder;
  /** Maps a process name to its column value, or null to take the slow path. */
  readonly #named: (name: string) => number | null;
  /** Direct-mapped cache of short strings by a hash of their bytes. */
  readonly #words = new Array<Word | undefined>(1024);
  #buffer: Buffer = Buffer.alloc(0);
  /** Where scanning stands. */
  #at = 0;
  #end = 0;
  #index = NONE;
  // The row being read, as column values.
  #type = NONE;
  #time = NONE;
  #process = NONE;
  #f = NONE;
  #key = NONE;
  #value = NONE;
  #node = NONE;
  #error = NONE;
  #phase = NO_PHASE;

  constructor(builder: HistoryBuilder, named: (name: string) => number | null) {
    this.#builder = builder;
    this.#named = named;
  }

  /** What the line scanned last said its index was, or NONE. */
  get index(): number {
    return this.#index;
  }

  /**
   * Scans the line in buffer[from, end) and adds it; its index, or GAVE_UP with nothing added. Throws
   * `HistoryError` for a line that is well-formed but breaks the rules of processes.
   */
  scan(buffer: Buffer, from: number, end: number): number {
    if (buffer[from] !== OPEN_BRACE) return GAVE_UP;
    this.#buffer = buffer;
    this.#end = end;
    this.#at = from + 1;
    this.#index = NONE;
    this.#key = NONE;
    this.#node = NONE;
    this.#error = NONE;
    this.#phase = NO_PHASE;
    let seen = 0;
    for (;;) {
      const field = this.#field();
      if (field < 0 || (seen & (1 << field)) !== 0) return GAVE_UP;
      seen |= 1 << field;
      if (!this.#read(field)) return GAVE_UP;
      const next = buffer[this.#at++];
      if (next === COMMA) continue;
      if (next !== CLOSE_BRACE || this.#at !== end) return GAVE_UP;
      break;
    }
    if ((seen & REQUIRED) !== REQUIRED) return GAVE_UP;
    return this.#builder.addRow(
      this.#type,
      this.#time,
      this.#process,
      this.#f,
      this.#key,
      this.#value,
      this.#node,
      this.#error,
      this.#phase,
    );
  }

  /** Reads the value of a field into the current row; false to give up. */
  #read(field: number): boolean {
    switch (field) {
      case INDEX:
        return (this.#index = this.#integer()) >= 0;
      case TIME:
        return (this.#time = this.#integer()) >= 0;
      case PROCESS:
        return this.#readProcess();
      case TYPE:
        return (this.#type = TYPE_CODES.get(this.#word()?.text ?? '') ?? NONE) >= 0;
      case F:
        return (this.#f = this.#name()) >= 0;
      case KEY:
        return (this.#key = this.#json()) >= 0;
      case VALUE:
        return (this.#value = this.#json()) >= 0;
      case NODE:
        return (this.#node = this.#name()) >= 0;
      case ERROR:
        // Errors that are not objects of ours are for the slow path to judge.
        if (this.#buffer[this.#at] !== OPEN_BRACE || (this.#error = this.#json()) < 0) return false;
        return isOpError(this.#builder.values.get(this.#error));
      default:
        return (this.#phase = PHASES.get(this.#word()?.text ?? '') ?? NONE) >= 0;
    }
  }

  /** The number of the field whose quoted name and colon stand here, or -1. */
  #field(): number {
    const buffer = this.#buffer;
    if (buffer[this.#at] !== QUOTE) return -1;
    const at = this.#at + 1;
    const field = guessField(buffer[at]!, buffer[at + 1]!, buffer[at + 2]!);
    if (field < 0) return -1;
    const bytes = FIELD_BYTES[field]!;
    for (let i = 0; i < bytes.length; i++) if (buffer[at + i] !== bytes[i]) return -1;
    const colon = at + bytes.length;
    if (buffer[colon] !== COLON) return -1;
    this.#at = colon + 1;
    return field;
  }

  /** A non-negative integer of at most 15 digits, or -1. */
  #integer(): number {
    const buffer = this.#buffer;
    const from = this.#at;
    let at = from;
    let value = 0;
    let digit = buffer[at]! - 48;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = buffer[++at]! - 48;
    }
    const length = at - from;
    if (length === 0 || length > 15 || (length > 1 && buffer[from] === 48)) return -1;
    // 46 `.`, 101 `e`, 69 `E`: not an integer after all.
    const next = digit + 48;
    if (next === 46 || next === 101 || next === 69) return -1;
    this.#at = at;
    return value;
  }

  #readProcess(): boolean {
    if (this.#buffer[this.#at] === QUOTE) {
      const word = this.#word();
      const process = word === null ? null : this.#named(word.text);
      if (process !== null) this.#process = process;
      return process !== null;
    }
    this.#process = this.#integer();
    return this.#process >= 0 && this.#process <= 0x7fff_ffff;
  }

  #name(): number {
    const word = this.#word();
    if (word === null) return -1;
    if (word.nameId < 0) word.nameId = this.#builder.names.intern(word.text);
    return word.nameId;
  }

  /** A short plain ASCII string, or null. */
  #word(): Word | null {
    const buffer = this.#buffer;
    if (buffer[this.#at] !== QUOTE) return null;
    const from = this.#at + 1;
    let at = from;
    let hash = 0x811c9dc5;
    for (;;) {
      if (at >= this.#end) return null;
      const byte = buffer[at]!;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH || byte < 0x20 || byte > 0x7e) return null;
      hash = Math.imul(hash ^ byte, 0x01000193);
      at++;
    }
    this.#at = at + 1;
    const slot = (hash ^ (hash >>> 10)) & 1023;
    const known = this.#words[slot];
    if (known !== undefined && sameBytes(known.bytes, buffer, from, at)) return known;
    const text = buffer.toString('latin1', from, at);
    const word: Word = { bytes: Buffer.from(text, 'latin1'), text, nameId: -1 };
    this.#words[slot] = word;
    return word;
  }

  /** The id of the JSON value here, or -1. */
  #json(): number {
    const buffer = this.#buffer;
    const first = buffer[this.#at]!;
    if (first >= 48 && first <= 57) {
      const value = this.#integer();
      return value < 0 ? -1 : this.#builder.values.internInteger(value);
    }
    const from = this.#at;
    if (first === OPEN_BRACKET) {
      const plainEnd = plainArrayEnd(buffer, from, 0);
      if (plainEnd > 0) {
        this.#at = plainEnd;
        return this.#builder.values.internPlain(buffer.toString('latin1', from, plainEnd));
      }
    }
    const to =
      first === QUOTE
        ? this.#stringEnd(from)
        : first === OPEN_BRACKET || first === OPEN_BRACE
          ? this.#nestedEnd(from)
          : this.#wordEnd(from);
    if (to < 0) return -1;
    const text = buffer.toString(isAscii(buffer, from, to) ? 'latin1' : 'utf8', from, to);
    try {
      const id = this.#builder.values.internText(text);
      this.#at = to;
      return id;
    } catch {
      // Malformed; the slow path parses the whole line and words the error with its column.
      return -1;
    }
  }

  /** End of the string that starts at `from`, or -1. */
  #stringEnd(from: number): number {
    const buffer = this.#buffer;
    for (let at = from + 1; at < this.#end; at++) {
      const byte = buffer[at];
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) return at + 1;
    }
    return -1;
  }

  /** End of the array or object that starts at `from`, or -1; also -1 for one with integers beyond 15 digits. */
  #nestedEnd(from: number): number {
    const buffer = this.#buffer;
    let depth = 0;
    let digits = 0;
    for (let at = from; at < this.#end; at++) {
      const byte = buffer[at]!;
      if (byte >= 48 && byte <= 57) {
        if (++digits > 15) return -1;
        continue;
      }
      digits = 0;
      if (byte === QUOTE) {
        at = this.#stringEnd(at) - 1;
        if (at < 0) return -1;
      } else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) depth++;
      else if ((byte === CLOSE_BRACKET || byte === CLOSE_BRACE) && --depth === 0) return at + 1;
    }
    return -1;
  }

  /** End of null, true, false or a negative number; -1 for one so long that it may not be exact. */
  #wordEnd(from: number): number {
    let at = from;
    while (at < this.#end && this.#buffer[at] !== COMMA && this.#buffer[at] !== CLOSE_BRACE) at++;
    return at - from > 15 ? -1 : at;
  }
}

/** True for an error as the journal writes it. */
export function isOpError(value: unknown): value is OpError {
  if (typeof value !== 'object' || value === null) return false;
  const { definite, kind, message } = value as Record<string, unknown>;
  return (
    typeof definite === 'boolean' &&
    typeof kind === 'string' &&
    (message === undefined || typeof message === 'string')
  );
}

/** Fields a line must have for the fast path; `value` too, since a missing one needs the id of null. */
const REQUIRED = (1 << TIME) | (1 << PROCESS) | (1 << TYPE) | (1 << F) | (1 << VALUE);

/** The only field that can start with these bytes, or -1. */
function guessField(a: number, b: number, c: number): number {
  switch (a) {
    case 0x69: // i
      return INDEX;
    case 0x74: // t
      return b === 0x69 ? TIME : TYPE;
    case 0x70: // p
      return b === 0x72 ? PROCESS : PHASE;
    case 0x66: // f
      return F;
    case 0x6b: // k
      return KEY;
    case 0x76: // v
      return VALUE;
    case 0x6e: // n
      return NODE;
    case 0x65: // e
      return c === 0x72 ? ERROR : -1;
    default:
      return -1;
  }
}

const NULL_BYTES = Buffer.from('null');
/** Arrays nested deeper than this take the slow path, which has its own limits. */
const MAX_DEPTH = 64;

/**
 * End of the array at `from` when it holds nothing but arrays, null, non-negative integers of at most 15
 * digits and plain ASCII strings; -1 otherwise. The text of such an array is its own canonical form, so
 * parsing it can wait until somebody asks for the value.
 */
function plainArrayEnd(buffer: Buffer, from: number, depth: number): number {
  if (depth > MAX_DEPTH) return -1;
  let at = from + 1;
  if (buffer[at] === CLOSE_BRACKET) return at + 1;
  for (;;) {
    const byte = buffer[at]!;
    if (byte >= 48 && byte <= 57) {
      const start = at++;
      while (buffer[at]! >= 48 && buffer[at]! <= 57) at++;
      if (at - start > 15 || (byte === 48 && at - start > 1)) return -1;
    } else if (byte === QUOTE) {
      at++;
      while (buffer[at] !== QUOTE) {
        const inside = buffer[at++]!;
        if (!(inside >= 0x20 && inside <= 0x7e) || inside === BACKSLASH) return -1;
      }
      at++;
    } else if (byte === OPEN_BRACKET) {
      at = plainArrayEnd(buffer, at, depth + 1);
      if (at < 0) return -1;
    } else {
      for (let i = 0; i < 4; i++) if (buffer[at + i] !== NULL_BYTES[i]) return -1;
      at += 4;
    }
    const next = buffer[at++];
    if (next === CLOSE_BRACKET) return at;
    if (next !== COMMA) return -1;
  }
}

function sameBytes(bytes: Buffer, buffer: Buffer, from: number, to: number): boolean {
  if (bytes.length !== to - from) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== buffer[from + i]) return false;
  return true;
}

function isAscii(buffer: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (buffer[i]! > 0x7f) return false;
  return true;
}
