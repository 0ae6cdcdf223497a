/**
 * Where an offset stands in a text held as bytes: line, column and the line itself, worked out only when
 * there is an error to show.
 */
import type { UsageDetails } from '../registry.ts';

/** Line and column from 1 (columns in characters), with an excerpt and a caret. O(offset). */
export function placeOf(bytes: Buffer, offset: number, file: string): UsageDetails {
  const at = Math.min(offset, bytes.length);
  let line = 1;
  let start = 0;
  for (let next = bytes.indexOf(10); next >= 0 && next < at; next = bytes.indexOf(10, next + 1)) {
    line++;
    start = next + 1;
  }
  const end = bytes.indexOf(10, at);
  const column = bytes.toString('utf8', start, at).length + 1;
  const text = bytes.toString('utf8', Math.max(start, at - 4000), end < 0 ? bytes.length : end);
  const shift = column - 1 - bytes.toString('utf8', Math.max(start, at - 4000), at).length;
  return { file, line, column, excerpt: excerptAt(text, column - shift) };
}

/** The stretch of a line around a column, with a caret under it. */
export function excerptAt(text: string, column: number): string {
  const from = Math.max(0, column - 41);
  const shown = text.slice(from, column + 39).replaceAll(/[\t\r]/g, ' ');
  return `  ${shown}\n  ${' '.repeat(column - 1 - from)}^`;
}
