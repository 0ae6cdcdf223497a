/**
 * The filter: `key:42 f:append outcome:info node:n3 fault:partition latency:>50ms time:36s..39s !process:7 "text"`.
 * Terms are joined by and; `!` negates one. An error knows its column. Pure, so that tests can run it.
 */
import type { Outcome } from '../../format.ts';
import type { OpColumns } from '../codec.ts';
import type { Overview } from '../overview.ts';

/** Fields of terms. */
export const FIELDS = [
  'key',
  'f',
  'outcome',
  'node',
  'process',
  'fault',
  'error',
  'value',
  'op',
  'latency',
  'time',
] as const;

type Field = (typeof FIELDS)[number] | 'text';

/** One condition. */
export interface Term {
  field: Field;
  value: string;
  negated: boolean;
  /** As it is written, `!` and all. */
  text: string;
  /** Column where it begins. */
  at: number;
  /** For `latency` and `time`: bounds in microseconds, both inclusive. */
  low: number;
  high: number;
}

/** A filter as written. */
export interface Filter {
  terms: Term[];
  error: { at: number; message: string } | null;
}

/** What a filter reads of the operations, by row; the page's `Ops` satisfies it. Times in microseconds. */
export interface FilterData {
  readonly columns: OpColumns;
  readonly overview: Pick<Overview, 'functions' | 'nodeNames' | 'faults'>;
  /** Distinct errors in words. */
  readonly errors: readonly string[];
  error(row: number): string;
  key(row: number): string;
  describe(row: number): string;
  outcome(row: number): Outcome;
  start(row: number): number;
  end(row: number): number;
}

const TOKEN = /(!?)(?:([A-Za-z]+):)?("[^"]*"?|\S+)/g;

/** Parses a filter; stops at the first error. */
export function parseFilter(text: string): Filter {
  const terms: Term[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const at = match.index;
    const [, bang, name, raw = ''] = match;
    // A field without its value is a term that is still being typed, at the end; elsewhere it was forgotten.
    const bare = name === undefined && raw.endsWith(':') ? raw.slice(0, -1).toLowerCase() : '';
    if ((FIELDS as readonly string[]).includes(bare)) {
      if (at + match[0].length === text.length) continue;
      return { terms: [], error: { at: at + match[0].length, message: `${bare} needs a value` } };
    }
    const value = raw.startsWith('"')
      ? raw.slice(1, raw.endsWith('"') && raw.length > 1 ? -1 : undefined)
      : raw;
    const field = (name?.toLowerCase() ?? 'text') as Field;
    if (name !== undefined && !(FIELDS as readonly string[]).includes(field)) {
      return { terms: [], error: { at, message: `unknown field "${name}", one of: ${FIELDS.join(', ')}` } };
    }
    const bounds = { low: 0, high: Number.POSITIVE_INFINITY };
    const term: Term = { field, value, negated: bang === '!', text: match[0], at, ...bounds };
    const wrong = check(term);
    if (wrong !== null)
      return { terms: [], error: { at: at + match[0].length - raw.length, message: wrong } };
    terms.push(term);
  }
  return { terms, error: null };
}

/** Values of `outcome`. */
export const OUTCOME_NAMES = ['ok', 'fail', 'info', 'open', 'ambiguous'];

function check(term: Term): string | null {
  if (term.value === '') return `${term.field} needs a value`;
  if (term.field === 'outcome' && !OUTCOME_NAMES.includes(term.value)) {
    return `unknown outcome "${term.value}", one of: ${OUTCOME_NAMES.join(', ')}`;
  }
  if (term.field !== 'latency' && term.field !== 'time') return null;
  const bounds = parseBounds(term.value);
  if (bounds === null) return `expected >50ms, <2s or 1s..4s, got "${term.value}"`;
  [term.low, term.high] = bounds;
  return null;
}

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 60e6 };

function parseBounds(text: string): [number, number] | null {
  const range = /^(.+)\.\.(.+)$/.exec(text);
  if (range !== null) {
    const low = parseTime(range[1]!);
    const high = parseTime(range[2]!);
    return low === null || high === null || low > high ? null : [low, high];
  }
  const sign = /^[<>]=?/.exec(text)?.[0] ?? '';
  const bound = parseTime(text.slice(sign.length));
  if (bound === null) return null;
  if (sign.startsWith('<')) return [0, bound];
  return sign === '' ? [bound, bound + 999] : [bound, Number.POSITIVE_INFINITY];
}

/** `50ms`, `2.5s`, `01:07.5`; a bare number is seconds. */
function parseTime(text: string): number | null {
  const clock = /^(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (clock !== null) return (Number(clock[1]) * 60 + Number(clock[2])) * 1e6;
  const plain = /^(\d+(?:\.\d+)?)(us|ms|s|m)?$/.exec(text);
  return plain === null ? null : Number(plain[1]) * UNITS[plain[2] ?? 's']!;
}

/** A test of rows, or null when everything passes. Names are looked up once, not per row. */
export function compileFilter(filter: Filter, data: FilterData): ((row: number) => boolean) | null {
  if (filter.terms.length === 0) return null;
  // Texts are looked into last: everything else is a comparison of numbers.
  const slow = (term: Term): number => Number(term.field === 'text' || term.field === 'value');
  const ordered = [...filter.terms].sort((a, b) => slow(a) - slow(b));
  const tests = ordered.map((term) => {
    const test = compileTerm(term, data);
    return term.negated ? (row: number) => !test(row) : test;
  });
  return (row) => tests.every((test) => test(row));
}

function compileTerm(term: Term, data: FilterData): (row: number) => boolean {
  const { value, low, high } = term;
  const { columns, overview } = data;
  switch (term.field) {
    case 'f': {
      const ids = new Set(overview.functions.flatMap((name, id) => (name === value ? [id] : [])));
      return (row) => ids.has(Math.floor(columns.kind[row]! / 4));
    }
    case 'outcome': {
      const codes = value === 'ambiguous' ? [2, 3] : [OUTCOME_NAMES.indexOf(value)];
      return (row) => codes.includes(columns.kind[row]! % 4);
    }
    case 'node': {
      const id = overview.nodeNames.indexOf(value) + 1;
      return (row) => id > 0 && columns.node[row] === id;
    }
    case 'process':
      return (row) => String(columns.process[row]) === value;
    case 'op':
      return (row) => String(columns.index[row]) === value;
    case 'key':
      return (row) => data.key(row) === value || data.key(row) === `"${value}"`;
    case 'error':
      return (row) => columns.error[row]! > 0 && data.error(row).toLowerCase().includes(value.toLowerCase());
    case 'latency':
      return (row) => columns.duration[row]! >= low && columns.duration[row]! <= high;
    case 'time':
      return (row) => data.end(row) >= low && data.start(row) <= high;
    case 'fault':
      return underFault(value, data);
    default:
      return anywhere(value.toLowerCase(), term.field === 'value', data);
  }
}

function underFault(name: string, data: FilterData): (row: number) => boolean {
  const spans = data.overview.faults.filter(
    (fault) => fault.from !== null && (fault.id === name || fault.fault === name || name === 'any'),
  );
  return (row) => {
    const start = data.start(row);
    const end = data.end(row);
    return spans.some((span) => end >= span.from! && start <= (span.to ?? end));
  };
}

function anywhere(wanted: string, valuesOnly: boolean, data: FilterData): (row: number) => boolean {
  if (valuesOnly)
    return (row) =>
      data
        .describe(row)
        .toLowerCase()
        .split(/[\s→]+/)
        .slice(1)
        .join(' ')
        .includes(wanted);
  return (row) =>
    data.describe(row).toLowerCase().includes(wanted) ||
    data.error(row).toLowerCase().includes(wanted) ||
    data.key(row).toLowerCase() === wanted;
}
