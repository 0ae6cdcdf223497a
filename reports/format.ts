/**
 * How figures and operations are worded, everywhere: terminal, Markdown, JUnit and the page (which is why
 * nothing of Node is imported). Deterministic and independent of the locale.
 */
import type { Json } from '../harness/op.ts';

/** `49 204`: thousands apart by a space. */
export function count(value: number): string {
  const text = String(Math.round(Math.abs(value)));
  const grouped = text.replace(/\B(?=(\d{3})+$)/g, ' ');
  return value < 0 ? `-${grouped}` : grouped;
}

/** `1 operation`, `2 operations`; `plural` where an s is not enough. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** A length of time in its natural unit with about three digits: `840 ns`, `2.1 ms`, `48 ms`, `1.02 s`, `2m 05s`. */
export function duration(ns: number): string {
  if (!Number.isFinite(ns)) return '?';
  if (ns < 0) return `-${duration(-ns)}`;
  if (ns === 0) return '0 s';
  if (ns < 1e3) return `${Math.round(ns)} ns`;
  if (ns < 999.5e3) return `${digits(ns / 1e3)} us`;
  if (ns < 999.5e6) return `${digits(ns / 1e6)} ms`;
  if (ns < 99.95e9) return `${digits(ns / 1e9)} s`;
  const seconds = Math.round(ns / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60, 2)}s`;
  return `${Math.floor(seconds / 3600)}h ${pad(Math.floor(seconds / 60) % 60, 2)}m`;
}

/** Two decimals below 2, one below 10, none above; trailing zeros dropped. */
function digits(value: number): string {
  if (value < 2) return String(Number(value.toFixed(2)));
  if (value < 10) return String(Number(value.toFixed(1)));
  return String(Math.round(value));
}

/** A moment of the run: `00:37.114` (minutes, seconds, milliseconds since the run started). */
export function moment(ns: number): string {
  const ms = Math.round(Math.max(0, ns) / 1e6);
  const minutes = Math.floor(ms / 60_000);
  const head = minutes < 60 ? pad(minutes, 2) : `${Math.floor(minutes / 60)}:${pad(minutes % 60, 2)}`;
  return `${head}:${pad(Math.floor(ms / 1000) % 60, 2)}.${pad(ms % 1000, 3)}`;
}

/** `95.3%`; `100%` and `0%` only when exactly so. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '0%';
  if (part === 0) return '0%';
  if (part === whole) return '100%';
  const value = (part / whole) * 100;
  if (value < 0.1) return '<0.1%';
  if (value > 99.9) return '>99.9%';
  return `${value.toFixed(1)}%`;
}

/** `8.7 MB`; units of 1000. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 999_500) return `${digits(value / 1e3)} kB`;
  if (value < 999.5e6) return `${digits(value / 1e6)} MB`;
  return `${digits(value / 1e9)} GB`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** JSON as people write it: `[1 2]`, `"text"`, `{a: 1}`; cut at `limit` characters with an ellipsis. */
export function json(value: Json | undefined, limit = 60): string {
  const text = jsonText(value, limit + 1);
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

function jsonText(value: Json | undefined, limit: number): string {
  if (value === undefined) return '';
  if (value === null) return 'nil';
  if (typeof value !== 'object') return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const parts: string[] = [];
  let used = 0;
  const add = (part: string): boolean => {
    parts.push(part);
    used += part.length + 1;
    return used <= limit;
  };
  if (Array.isArray(value)) {
    for (const item of value) if (!add(jsonText(item, limit))) break;
    return `[${parts.join(' ')}]`;
  }
  for (const [key, item] of Object.entries(value)) if (!add(`${key}: ${jsonText(item, limit)}`)) break;
  return `{${parts.join(', ')}}`;
}

/** The outcome of an operation in one word; `open` is one that never completed. */
export type Outcome = 'ok' | 'fail' | 'info' | 'open';

/** Words for outcomes: `info` and `open` are both ambiguous, they may or may not have taken effect. */
export const OUTCOME_WORD: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  fail: 'failed',
  info: 'ambiguous',
  open: 'never answered',
};

/**
 * What an operation did, without its key: `write 3`, `read 3`, `cas 1 to 2`, `command 12`, `read ?`. Of a transaction
 * that does not fit in `limit` characters, the parts on the keys of `about` (as JSON) are shown where it has any.
 */
export function operation(
  op: { f: string; value: Json; result?: Json | undefined; outcome: Outcome },
  limit = 60,
  about: ReadonlySet<string> = NO_KEYS,
): string {
  const { f, value, outcome } = op;
  if (f === 'cas' && Array.isArray(value) && value.length === 2) {
    return `cas ${json(value[0], limit)} to ${json(value[1], limit)}`;
  }
  if (f === 'leader' && outcome === 'ok') return belief(op.result);
  if (f === 'txn' && Array.isArray(value)) return transaction(value, op.result, outcome, limit, about);
  if (value === null) {
    if (outcome !== 'ok') return `${f} ?`;
    return op.result === undefined ? f : `${f} ${json(op.result, limit)}`;
  }
  return `${f} ${json(value, limit)}`;
}

const NO_KEYS: ReadonlySet<string> = new Set();

/** The end of a list that is cut: lists grow there, so what tells two readings of one apart stands there. */
const LIST_END = 4;

/** A transaction by its parts, with what its reads returned: `txn w x 1, r y 2`; `?` where that is not known. */
function transaction(
  asked: Json[],
  result: Json | undefined,
  outcome: Outcome,
  limit: number,
  about: ReadonlySet<string>,
): string {
  const known = outcome === 'ok' && Array.isArray(result);
  const told = known ? result : asked;
  const drawn = (shown: (value: Json | undefined) => string, only?: ReadonlySet<string>): string => {
    const parts = told.map((part) => {
      if (!Array.isArray(part)) return json(part, limit);
      const [f, key, value] = part;
      if (only?.has(JSON.stringify(key)) === false) return '…';
      const word = (item: Json | undefined): string => (typeof item === 'string' ? item : json(item, limit));
      return `${word(f)} ${word(key)} ${value === null && !known ? '?' : shown(value)}`.trimEnd();
    });
    return `txn ${parts.filter((part, i) => part !== '…' || parts[i - 1] !== '…').join(', ')}`;
  };
  const fits = (text: string): boolean => text.length <= limit + 4;
  const whole = drawn((value) => json(value, limit));
  if (fits(whole) && !whole.includes('…')) return whole;
  const cut = (value: Json | undefined): string =>
    Array.isArray(value) && value.length > LIST_END
      ? `[… ${value
          .slice(-LIST_END)
          .map((item) => json(item, limit))
          .join(' ')}]`
      : json(value, limit);
  let text = drawn(cut);
  if (!fits(text) && told.some((part) => Array.isArray(part) && about.has(JSON.stringify(part[1])))) {
    text = drawn(cut, about);
  }
  return fits(text) ? text : `${text.slice(0, limit + 3)}…`;
}

/** A leader observation in words: `leads, term 2`, `follows n5, term 1`, `knows no leader`. */
function belief(result: Json | undefined): string {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return `leader ${json(result)}`;
  const term = typeof result['term'] === 'number' ? `, term ${result['term']}` : '';
  if (result['leading'] === true) return `leads${term}`;
  return typeof result['leader'] === 'string'
    ? `follows ${result['leader']}${term}`
    : `knows no leader${term}`;
}
