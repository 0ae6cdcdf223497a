/**
 * Reading an answer: where the value, the term or the error stands in a body or a header.
 */
import type { WhereSpec } from '../../harness/config/command-types.ts';
import { parseExact } from '../../harness/history/exact-json.ts';
import { canonicalJson } from '../../harness/history/interner.ts';
import type { Json } from '../../harness/op.ts';
import { textOf } from './names.ts';

/** What came back from a request, whatever carried it. */
export interface Answer {
  text: string;
  /** Names in lower case; empty for commands. */
  headers: Readonly<Record<string, string>>;
}

/** What stands there, or undefined when nothing does or it cannot be turned into what is asked for. */
export function find(where: WhereSpec, answer: Answer): Json | undefined {
  let found = where.source === 'header' ? headerOf(where, answer) : bodyOf(where, answer);
  if (where.match !== null) {
    if (found === undefined) return undefined;
    const match = new RegExp(where.match).exec(textOf(found));
    if (match === null) found = undefined;
    else found = jsonOrText(match[1] ?? match[0]);
  }
  if (where.equals !== undefined) return found !== undefined && sameValue(found, where.equals);
  return found === undefined ? undefined : convert(found, where.as);
}

function headerOf(where: WhereSpec, answer: Answer): Json | undefined {
  return answer.headers[where.header ?? ''];
}

/** Follows the path into the body, which is JSON if it parses and text otherwise. */
function bodyOf(where: WhereSpec, answer: Answer): Json | undefined {
  let at: Json | undefined = jsonOrText(answer.text);
  for (const step of where.path) {
    if (at === null || typeof at !== 'object') return undefined;
    if (Array.isArray(at)) at = at[Number(step)];
    else at = Object.hasOwn(at, step) ? at[step] : undefined;
  }
  return at;
}

function jsonOrText(text: string): Json {
  try {
    return parseExact(text);
  } catch {
    return text.trimEnd();
  }
}

/** Equal, or equal as text: `equals: 1` finds the header `1`. */
function sameValue(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b) || textOf(a) === textOf(b);
}

function convert(value: Json, as: WhereSpec['as']): Json | undefined {
  switch (as) {
    case null:
      return value;
    case 'number': {
      const number = typeof value === 'number' ? value : Number(textOf(value));
      return value === null || textOf(value).trim() === '' || Number.isNaN(number) ? undefined : number;
    }
    case 'string':
      return value === null ? undefined : textOf(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : textOf(value) === 'true' || textOf(value) === '1';
    case 'json':
      return typeof value === 'string' ? parsed(value) : value;
  }
}

function parsed(text: string): Json | undefined {
  try {
    return parseExact(text);
  } catch {
    return undefined;
  }
}
