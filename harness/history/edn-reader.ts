/**
 * Reads EDN forms from bytes into JSON values. Keywords, symbols and characters become strings, sets and
 * lists become arrays, tagged literals their content, integers beyond 2^53 and ratios the text of their
 * digits, so that equal stays equal and different stays different.
 */
import type { Json } from '../op.ts';
import { HistoryError } from './builder.ts';
import { placeOf } from './place.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const HASH = 0x23;
const CARET = 0x5e;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;
const CLOSERS: ReadonlyMap<number, number> = new Map([
  [0x28, 0x29],
  [0x5b, 0x5d],
  [0x7b, 0x7d],
]);
const NEWLINE = 0x0a;
const MAX_DEPTH = 400;

/** 1: ends a token. 2: also skipped between forms. */
const CLASSES = new Uint8Array(256);
for (const char of '()[]{}";') CLASSES[char.charCodeAt(0)] = 1;
for (const char of ' \t\r\n,\f') CLASSES[char.charCodeAt(0)] = 2;

const ESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  b: '\b',
  n: '\n',
  r: '\r',
  f: '\f',
  '"': '"',
  '\\': '\\',
};
const CHARACTERS: Readonly<Record<string, string>> = {
  newline: '\n',
  return: '\r',
  space: ' ',
  tab: '\t',
  backspace: '\b',
  formfeed: '\f',
};

/** Thrown at the end of the input in the middle of a form. */
export class UnfinishedForm extends HistoryError {}

/** A cursor over EDN text. Errors are `HistoryError` with file, line and column. */
export class EdnReader {
  readonly #bytes: Buffer;
  readonly #name: string;
  readonly #end: number;
  /** Where reading stands. */
  at: number;
  #depth = 0;
  /** Direct-mapped cache of tokens by a hash of their bytes: keywords repeat on every line. */
  readonly #tokens = new Array<{ bytes: Buffer; text: string } | undefined>(1024);

  constructor(bytes: Buffer, name: string, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#name = name;
    this.#end = end;
    this.at = from;
    if (from === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  /** Skips blanks, comments and discarded forms; false at the end. */
  skip(): boolean {
    const bytes = this.#bytes;
    while (this.at < this.#end) {
      const byte = bytes[this.at]!;
      if (CLASSES[byte] === 2) this.at++;
      else if (byte === SEMICOLON || (byte === HASH && bytes[this.at + 1] === 0x21)) this.#skipLine();
      else if (byte === HASH && bytes[this.at + 1] === UNDERSCORE) {
        this.at += 2;
        this.form();
      } else return true;
    }
    return false;
  }

  /** The byte that comes next, after `skip`. */
  peek(): number {
    return this.#bytes[this.at]!;
  }

  /** The next form. Throws `UnfinishedForm` when the input ends before or in it. */
  form(): Json {
    if (!this.skip()) throw this.#unfinished('expected a form');
    const byte = this.peek();
    // The common cases first: numbers, keywords, nil.
    if (byte >= 48 && byte <= 57) return this.#numberOrToken();
    if (byte === COLON) {
      this.at++;
      return this.#token('a name after :');
    }
    switch (byte) {
      case 0x5b:
      case 0x28:
        return this.#list();
      case 0x7b:
        return this.#map('');
      case QUOTE:
        return this.#string();
      case HASH:
        return this.#dispatch();
      case CARET:
        this.at++;
        this.form();
        return this.form();
      case BACKSLASH:
        return this.#character();
      case 0x29:
      case 0x5d:
      case 0x7d:
        throw this.fail(`unexpected ${String.fromCharCode(byte)}`, 'expected a form');
      default:
        return this.#numberOrToken();
    }
  }

  /** A map's pairs, handed over one by one without building an object; the cursor is at its brace or its tag. */
  pairs(visit: (key: string, value: Json) => void): void {
    this.#untagged();
    if (this.at >= this.#end) throw this.#unfinished('expected a map after a tag');
    if (this.peek() !== 0x7b) {
      throw this.fail(
        'expected an operation',
        'a map such as {:process 0, :type :invoke, :f :read, :value nil}',
      );
    }
    const open = this.at++;
    for (;;) {
      if (!this.skip()) throw this.#unfinished('expected }', open);
      if (this.peek() === 0x7d) break;
      const key = this.#key();
      if (this.skip() && this.peek() === 0x7d)
        throw this.fail(`the key ${key} has no value`, 'expected a form');
      visit(key, this.form());
    }
    this.at++;
  }

  /** Skips metadata and tags, so that the cursor stands at the form itself. */
  #untagged(): void {
    while (this.skip()) {
      const byte = this.peek();
      if (byte === CARET) {
        this.at++;
        this.form();
      } else if (byte === HASH && this.at + 1 >= this.#end) {
        throw this.#unfinished('expected a tag after #');
      } else if (byte === HASH && isTagStart(this.#bytes[this.at + 1]!)) {
        this.at++;
        this.#token('a tag after #');
      } else return;
    }
  }

  /** The error for something wrong at an offset (default: the cursor). */
  fail(message: string, hint?: string, offset = this.at): HistoryError {
    const place = placeOf(this.#bytes, offset, this.#name);
    return new HistoryError(-1, message, hint === undefined ? place : { ...place, hint });
  }

  #unfinished(hint: string, opened?: number): UnfinishedForm {
    const place = placeOf(this.#bytes, opened ?? this.#end, this.#name);
    const message = opened === undefined ? 'the file ends too early' : 'the file ends before this is closed';
    return new UnfinishedForm(-1, message, { ...place, hint });
  }

  #list(): Json[] {
    const open = this.at++;
    const closer = CLOSERS.get(this.#bytes[open]!)!;
    if (++this.#depth > MAX_DEPTH) throw this.fail(`nested deeper than ${MAX_DEPTH} levels`);
    const items: Json[] = [];
    for (;;) {
      if (!this.skip()) throw this.#unfinished(`expected ${String.fromCharCode(closer)}`, open);
      if (this.peek() === closer) break;
      items.push(this.form());
    }
    this.at++;
    this.#depth--;
    return items;
  }

  #map(namespace: string): { [key: string]: Json } {
    if (++this.#depth > MAX_DEPTH) throw this.fail(`nested deeper than ${MAX_DEPTH} levels`);
    const map: { [key: string]: Json } = {};
    this.pairs((key, value) => {
      const name = namespace === '' || key.includes('/') ? key : `${namespace}/${key}`;
      // A plain assignment to __proto__ would not make a key.
      if (name === '__proto__') {
        Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true });
      } else map[name] = value;
    });
    this.#depth--;
    return map;
  }

  #key(): string {
    if (this.peek() === COLON) {
      this.at++;
      return this.#token('a name after :');
    }
    const key = this.form();
    return typeof key === 'string' ? key : JSON.stringify(key);
  }

  #dispatch(): Json {
    const alone = '# is not followed by a tag, a set or a discarded form';
    if (this.at + 1 >= this.#end) {
      throw new UnfinishedForm(-1, alone, placeOf(this.#bytes, this.at, this.#name));
    }
    const next = this.#bytes[this.at + 1]!;
    if (next === 0x7b) {
      this.at++;
      return this.#list();
    }
    if (next === HASH) {
      this.at += 2;
      return this.#token('NaN, Inf or -Inf after ##');
    }
    if (next === QUOTE) {
      this.at++;
      return this.#string();
    }
    if (next === COLON) {
      this.at += 2;
      const namespace = this.#token('a namespace after #:');
      if (!this.skip() || this.peek() !== 0x7b) throw this.fail('expected a map after a namespace', '{');
      return this.#map(namespace);
    }
    if (!isTagStart(next)) throw this.fail(alone);
    this.at++;
    this.#token('a tag after #');
    return this.form();
  }

  /** The text up to the next delimiter; not empty. */
  #token(what: string): string {
    const bytes = this.#bytes;
    const from = this.at;
    let at = from;
    let hash = 0x811c9dc5;
    let ascii = true;
    while (at < this.#end) {
      const byte = bytes[at]!;
      if (CLASSES[byte] !== 0) break;
      if (byte > 0x7f) ascii = false;
      hash = Math.imul(hash ^ byte, 0x01000193);
      at++;
    }
    if (at === from)
      throw at < this.#end ? this.fail(`expected ${what}`) : this.#unfinished(`expected ${what}`);
    this.at = at;
    const slot = (hash ^ (hash >>> 10)) & 1023;
    const known = this.#tokens[slot];
    if (known !== undefined && known.bytes.length === at - from && matches(known.bytes, bytes, from)) {
      return known.text;
    }
    const text = bytes.toString(ascii ? 'latin1' : 'utf8', from, at);
    this.#tokens[slot] = { bytes: Buffer.from(bytes.subarray(from, at)), text };
    return text;
  }

  #numberOrToken(): Json {
    const bytes = this.#bytes;
    const from = this.at;
    let at = from;
    let value = 0;
    let digit = bytes[at]! - 48;
    while (digit >= 0 && digit <= 9 && at < this.#end) {
      value = value * 10 + digit;
      digit = bytes[++at]! - 48;
    }
    if (at > from && at - from <= 15 && (at === this.#end || CLASSES[bytes[at]!] !== 0)) {
      this.at = at;
      return value;
    }
    const text = this.#token('a form');
    if (text === 'nil') return null;
    if (text === 'true') return true;
    if (text === 'false') return false;
    return /^[+-]?\d/.test(text) ? this.#number(text, from) : text;
  }

  #number(text: string, from: number): Json {
    const integer = /^([+-]?)(\d+)N?$/.exec(text);
    if (integer !== null) {
      const digits = `${integer[1] === '-' ? '-' : ''}${integer[2]!.replace(/^0+(?=\d)/, '')}`;
      const value = Number(digits);
      return Number.isSafeInteger(value) ? value + 0 || 0 : digits;
    }
    if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/.test(text)) {
      const value = Number(text.replace(/M$/, ''));
      return Number.isFinite(value) ? value + 0 || 0 : text;
    }
    if (/^[+-]?\d+\/\d+$/.test(text)) return text.replace(/^\+/, '');
    throw this.fail(`${text} is not a number`, 'expected a number such as 3, -1, 2.5, 12N or 1/3', from);
  }

  #string(): string {
    const bytes = this.#bytes;
    const open = this.at;
    let at = open + 1;
    let ascii = true;
    while (at < this.#end && bytes[at] !== QUOTE) {
      const byte = bytes[at]!;
      if (byte === BACKSLASH) return this.#escapedString();
      if (byte > 0x7f) ascii = false;
      at++;
    }
    if (at >= this.#end) throw this.#unfinished('expected "', open);
    this.at = at + 1;
    return bytes.toString(ascii ? 'latin1' : 'utf8', open + 1, at);
  }

  #escapedString(): string {
    const bytes = this.#bytes;
    const open = this.at;
    let at = open + 1;
    while (at < this.#end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    if (at >= this.#end) throw this.#unfinished('expected "', open);
    this.at = at + 1;
    const raw = bytes.toString('utf8', open + 1, at);
    return raw.replaceAll(/\\(?:u([0-9a-fA-F]{4})|o?([0-7]{1,3})|(.)|\n)/gs, (whole, hex, octal, char) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      const known = ESCAPES[char as string];
      if (known === undefined) {
        throw this.fail(
          `${whole} is not an escape`,
          'expected \\t \\n \\r \\b \\f \\" \\\\ or \\u0041',
          open,
        );
      }
      return known;
    });
  }

  #character(): string {
    const from = ++this.at;
    // The character itself may be a delimiter: \( or \".
    this.at += utf8Length(this.#bytes[from]!);
    const bytes = this.#bytes;
    while (this.at < this.#end && CLASSES[bytes[this.at]!] === 0) this.at++;
    const text = bytes.toString('utf8', from, Math.min(this.at, this.#end));
    if ([...text].length === 1) return text;
    const named = CHARACTERS[text];
    if (named !== undefined) return named;
    if (/^u[0-9a-fA-F]{4}$/.test(text)) return String.fromCharCode(Number.parseInt(text.slice(1), 16));
    if (text === '') throw this.#unfinished('expected a character after \\');
    throw this.fail(`\\${text} is not a character`, 'expected \\a, \\newline or \\u0041', from - 1);
  }

  #skipLine(): void {
    const end = this.#bytes.indexOf(NEWLINE, this.at);
    this.at = end < 0 ? this.#end : Math.min(end + 1, this.#end);
  }
}

function isTagStart(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function matches(token: Buffer, bytes: Buffer, from: number): boolean {
  for (let i = 0; i < token.length; i++) if (token[i] !== bytes[from + i]) return false;
  return true;
}

function utf8Length(byte: number): number {
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}
