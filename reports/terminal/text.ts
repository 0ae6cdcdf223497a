/**
 * Text that fits a terminal and cannot take it over. Values, node output and error messages come from programs
 * under test: whatever could move the cursor, change colours, reorder text or forge a line is taken out before
 * anything else happens, and widths are counted in cells, not in characters.
 */

// ESC sequences (CSI, OSC and other strings, two-character ones), then the C1 forms of the same.
const ESCAPES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|[ -/]*[0-~])|\u009b[0-?]*[ -/]*[@-~]/g;
// Controls, bidirectional overrides and isolates, zero-width joiners and marks, line separators.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** One line of printable text: escape sequences are dropped, line ends and tabs become spaces. */
export function plain(text: string): string {
  return text
    .replace(ESCAPES, '')
    .replace(/[\t\r\n\u2028\u2029]+/g, ' ')
    .replace(CONTROLS, '');
}

/** Cells that a text takes: 2 for wide and emoji characters, 0 for combining marks. */
export function cells(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += charCells(char.codePointAt(0)!);
  return width;
}

function charCells(code: number): number {
  if (code < 0x300) return 1;
  if (isCombining(code)) return 0;
  return isWide(code) ? 2 : 1;
}

function isCombining(code: number): boolean {
  return (
    (code >= 0x300 && code <= 0x36f) ||
    (code >= 0x1ab0 && code <= 0x1aff) ||
    (code >= 0x20d0 && code <= 0x20ff) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    (code >= 0xfe20 && code <= 0xfe2f) ||
    (code >= 0xe0100 && code <= 0xe01ef)
  );
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** The text cut to at most `width` cells, the last of them `mark` when something was cut. */
export function cutTo(text: string, width: number, mark = '…'): string {
  if (cells(text) <= width) return text;
  if (width <= 0) return '';
  const room = width - cells(mark);
  let out = '';
  let used = 0;
  for (const char of text) {
    const next = charCells(char.codePointAt(0)!);
    if (used + next > room) break;
    out += char;
    used += next;
  }
  return out + mark;
}

/** The text with spaces up to `width` cells. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cells(text)));
}

/** A space between words; those that part the thousands of a number are none. */
const WORD_SPACE = / (?!(?<=\d )\d{3}(?!\d))/;

/** The text in lines of at most `width` cells, broken at spaces where there are any, never inside `12 345`. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(WORD_SPACE)) {
    if (line !== '' && cells(line) + 1 + cells(word) <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (cells(word) > width && width > 1) {
      const head = cutTo(word, width, '');
      lines.push(head);
      word = word.slice(head.length);
    }
    line = word;
  }
  lines.push(line);
  return lines;
}
