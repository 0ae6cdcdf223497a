/**
 * The text of a configuration: parsed from YAML or JSON with the position of every key and value kept, so
 * that a problem found later can be shown where it stands.
 */
import { createRequire } from 'node:module';
import type { LineCounter, Node, Pair } from 'yaml';
import { onFirstUse } from '../on-first-use.ts';
import { type UsageDetails, UsageError } from '../registry.ts';
import type { Path, Problem } from './problem.ts';

const require = createRequire(import.meta.url);
const yaml = onFirstUse(() => require('yaml') as typeof import('yaml'));

/** A stretch of the text, offsets in UTF-16 units. */
interface Stretch {
  from: number;
  to: number;
}

/** A parsed document that can place problems in its text. */
export interface Source {
  file: string;
  value: unknown;
  /** The error for a problem: with line, column and excerpt where the text is known. */
  place(problem: Problem): UsageError;
}

/** Parses YAML or JSON. Throws a `UsageError` for the first syntax error: what follows it is mostly its echo. */
export function parseSource(text: string, file: string): Source {
  const lines = new (yaml().LineCounter)();
  const document = yaml().parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const error = document.errors[0];
  if (error !== undefined) {
    const message = error.message.replace(/\.$/, '').replaceAll('\n', ' ');
    throw at(
      text,
      file,
      lines,
      { from: error.pos[0], to: error.pos[1] },
      `cannot be parsed: ${message}${bracesHint(text, lines, error.pos[0])}`,
    );
  }
  return {
    file,
    value: document.toJS() as unknown,
    place(problem) {
      const stretch = find(document.contents, problem);
      return at(text, file, lines, stretch ?? { from: 0, to: 0 }, problem.message, problem.hint);
    },
  };
}

/** A document whose text is a program: problems are placed by their path alone. */
export function moduleSource(value: unknown, file: string): Source {
  return {
    file,
    value,
    place(problem) {
      return new UsageError(
        problem.message,
        problem.hint === undefined ? { file } : { file, hint: problem.hint },
      );
    },
  };
}

/** One error for several: the first, holding all. */
export function joined(all: readonly UsageError[]): UsageError {
  const first = all[0]!;
  if (all.length === 1) return first;
  const details: UsageDetails = { all };
  if (first.file !== undefined) details.file = first.file;
  if (first.line !== undefined) details.line = first.line;
  if (first.column !== undefined) details.column = first.column;
  if (first.hint !== undefined) details.hint = first.hint;
  return new UsageError(first.message, details);
}

/** Where the key or value of a problem stands, or its nearest ancestor that is in the text. */
function find(root: Node | null, problem: Problem): Stretch | null {
  let node: unknown = root;
  let best = stretchOf(root);
  const last = problem.path.length - 1;
  for (const [i, step] of problem.path.entries()) {
    const pair = child(node, step);
    if (pair === null) return best;
    const key = yaml().isPair(pair) ? stretchOf(pair.key) : null;
    node = yaml().isPair(pair) ? pair.value : pair;
    const wantsKey = i === last && problem.at === 'key';
    best = (wantsKey ? key : null) ?? stretchOf(node) ?? key ?? best;
    // A missing key is shown at the key of the section that lacks it: its body may span the whole file.
    if (i === last && (yaml().isMap(node) || yaml().isSeq(node)) && key !== null) best = key;
  }
  return best;
}

function child(node: unknown, step: Path[number]): Pair | Node | null {
  if (yaml().isSeq(node)) return (node.items[Number(step)] as Node | undefined) ?? null;
  if (!yaml().isMap(node)) return null;
  return (
    node.items.find((pair) => yaml().isScalar(pair.key) && String(pair.key.value) === String(step)) ?? null
  );
}

function stretchOf(node: unknown): Stretch | null {
  const range = (node as Node | null)?.range;
  return range === undefined || range === null ? null : { from: range[0], to: range[1] };
}

function at(
  text: string,
  file: string,
  lines: LineCounter,
  stretch: Stretch,
  message: string,
  hint?: string,
): UsageError {
  const { line, col } = lines.linePos(Math.min(stretch.from, text.length));
  const details: UsageDetails = { file, line, column: col, excerpt: caret(text, line, col, stretch) };
  if (hint !== undefined) details.hint = hint;
  return new UsageError(message, details);
}

/** The line with the offence underlined: at least one caret, at most to the end of the line. */
function caret(text: string, line: number, column: number, stretch: Stretch): string {
  const source = (text.split('\n')[line - 1] ?? '').replace(/\r$/, '');
  const number = String(line);
  const width = Math.max(1, Math.min(stretch.to - stretch.from, source.length - column + 1));
  // Tabs stay tabs under the line, so that the caret lands where the eye expects it.
  const indent = source.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  return `  ${number} │ ${source}\n  ${' '.repeat(number.length)} │ ${indent}${'^'.repeat(width)}`;
}

/** The one trap of YAML that templates fall into. */
function bracesHint(text: string, lines: LineCounter, offset: number): string {
  const { line } = lines.linePos(offset);
  const source = text.split('\n')[line - 1] ?? '';
  return /[{,[].*[^"'{][^"'{]*\{\{/.test(source)
    ? '; a template inside { } or [ ] must be quoted: "{{key}}"'
    : '';
}
