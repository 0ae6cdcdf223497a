/**
 * What could stand at the caret of the filter: fields, then values the run really has. Pure, so that tests can run it.
 */
import { FIELDS, type FilterData, OUTCOME_NAMES } from './filter.ts';

/** One suggestion: what is written in place of the term, and a word on it. */
export interface Suggestion {
  text: string;
  note: string;
}

/** Suggestions for the term at the caret, and where that term begins and ends. */
export interface Completion {
  from: number;
  to: number;
  suggestions: Suggestion[];
}

const MOST = 10;
/** Rows looked at for keys and processes. */
const SAMPLE = 100_000;

const FIELD_NOTES: Readonly<Record<(typeof FIELDS)[number], string>> = {
  key: 'of the operation',
  f: 'function, such as read',
  outcome: 'ok, fail, info, open, ambiguous',
  node: 'that was asked',
  process: 'number of the client process',
  fault: 'in force meanwhile: a kind, an id, any',
  error: 'text of the error',
  value: 'text of value or answer',
  op: 'number in history.jsonl',
  latency: '>50ms, <2s, 1ms..4ms',
  time: '36s..39s',
};

/** Completes `text` at `caret`; `window` is the shown stretch in microseconds. */
export function complete(
  text: string,
  caret: number,
  data: FilterData & { readonly loaded: number },
  window: readonly [number, number],
): Completion {
  const from = termStart(text, caret);
  const rest = /^\S*/.exec(text.slice(caret))![0];
  const to = caret + rest.length;
  const typed = text.slice(from, caret);
  const bang = typed.startsWith('!') ? '!' : '';
  const word = typed.slice(bang.length);
  const colon = word.indexOf(':');
  if (word.startsWith('"')) return { from, to, suggestions: [] };
  if (colon < 0) {
    const fields = FIELDS.filter((field) => field.startsWith(word.toLowerCase()));
    return {
      from,
      to,
      suggestions: fields.map((field) => ({ text: `${bang}${field}:`, note: FIELD_NOTES[field] })),
    };
  }
  const field = word.slice(0, colon).toLowerCase();
  const prefix = word
    .slice(colon + 1)
    .replace(/^"/, '')
    .toLowerCase();
  const fitting = valuesOf(field, data, window).filter(([value]) => value.toLowerCase().startsWith(prefix));
  return {
    from,
    to,
    suggestions: fitting
      .slice(0, MOST)
      .map(([value, note]) => ({ text: `${bang}${field}:${quoted(value)}`, note })),
  };
}

/** Where the term at the caret begins; a quoted value may have spaces. */
function termStart(text: string, caret: number): number {
  let start = 0;
  let inside = false;
  for (let i = 0; i < caret; i++) {
    if (text[i] === '"') inside = !inside;
    else if (text[i] === ' ' && !inside) start = i + 1;
  }
  return start;
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}

function valuesOf(
  field: string,
  data: FilterData & { readonly loaded: number },
  [from, to]: readonly [number, number],
): [string, string][] {
  const { overview } = data;
  const plain = (values: readonly string[], note = ''): [string, string][] =>
    values.map((value) => [value, note]);
  switch (field) {
    case 'f':
      return plain(overview.functions);
    case 'node':
      return plain([...overview.nodeNames].sort());
    case 'outcome':
      return plain(OUTCOME_NAMES);
    case 'fault': {
      const kinds = [...new Set(overview.faults.map(({ fault }) => fault))];
      return [
        ['any', 'while any fault was in force'],
        ...plain(kinds, 'every one of this kind'),
        ...overview.faults.map(({ id, where }): [string, string] => [id, where]),
      ];
    }
    case 'error':
      return plain([...new Set(data.errors.map((error) => error.split(':')[0]!))]);
    case 'latency':
      return plain(['>1ms', '>10ms', '>100ms', '>1s', '<1ms']);
    case 'time':
      return [[`${seconds(from)}..${seconds(to)}`, 'the shown stretch']];
    case 'key':
      return frequent(data, (row) => data.key(row));
    case 'process':
      return frequent(data, (row) => String(data.columns.process[row]));
    default:
      return [];
  }
}

function seconds(us: number): string {
  return `${Number((us / 1e6).toFixed(3))}s`;
}

/** Most frequent values among the first rows. */
function frequent(data: { readonly loaded: number }, of: (row: number) => string): [string, string][] {
  const counts = new Map<string, number>();
  const step = Math.max(1, Math.floor(data.loaded / SAMPLE));
  for (let row = 0; row < data.loaded; row += step) {
    const value = of(row);
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 400)
    .map(([value, n]) => [value, step === 1 ? `${n} operations` : '']);
}
