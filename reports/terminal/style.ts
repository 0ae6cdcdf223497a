/**
 * How a line looks: spans with a tone, painted at the very end, so that cutting to the width never cuts an
 * escape sequence. Meaning is always glyph and word; colour only helps.
 */
import type { Verdict } from '../../harness/verdict.ts';
import { cells, cutTo, plain } from './text.ts';

/** What a span means, not which colour it has. */
export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'bad' | 'warn' | 'info';

/** A piece of a line. Text is cleaned of control characters when it is painted. */
export interface Span {
  text: string;
  tone: Tone;
}

/** One line on the screen. */
export type Line = readonly Span[];

/** How to draw. */
export interface Look {
  colour: boolean;
  /** Only ASCII glyphs. */
  ascii: boolean;
}

/** A span; `plain` unless a tone is given. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

const SGR: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  dim: '2',
  good: '32',
  bad: '31;1',
  warn: '33',
  info: '36',
};

/** The line as terminal text, at most `columns` cells wide, controls removed. */
export function paint(line: Line, columns: number, look: Look): string {
  let left = columns;
  let out = '';
  for (const piece of line) {
    if (left <= 0) break;
    const clean = look.ascii ? toAscii(plain(piece.text)) : plain(piece.text);
    const text = cutTo(clean, left, look.ascii ? '.' : '…');
    left -= cells(text);
    out += look.colour && SGR[piece.tone] !== '' ? `\u001b[${SGR[piece.tone]}m${text}\u001b[0m` : text;
  }
  return look.colour ? out : out.trimEnd();
}

const ASCII: Readonly<Record<string, string>> = {
  '✓': '+',
  '✖': 'x',
  '○': 'o',
  '●': '*',
  '▶': '>',
  '·': '.',
  '┊': '|',
  '…': '.',
  '×': 'x',
  '→': '->',
  '‖': '"',
  '⊘': '-',
};

function toAscii(text: string): string {
  return text.replace(/[^\u0020-\u007e]/g, (char) => {
    const bar = BARS.indexOf(char);
    return ASCII[char] ?? (bar >= 0 ? (ASCII_BARS[bar] ?? '?') : '?');
  });
}

const BARS = '▁▂▃▄▅▆▇█';
const ASCII_BARS = '_.-:=+*#';

/** One cell per value, its height relative to the largest. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(1e-9, ...values);
  return values.map((value) => BARS[Math.min(7, Math.floor((Math.max(0, value) / top) * 7.999))]).join('');
}

/** The sign of a verdict. */
export const GLYPH: Readonly<Record<Verdict, string>> = {
  pass: '✓',
  fail: '✖',
  unknown: '?',
  vacuous: '○',
  broken: '!',
};

/** The tone of a verdict. */
export const TONE: Readonly<Record<Verdict, Tone>> = {
  pass: 'good',
  fail: 'bad',
  unknown: 'warn',
  vacuous: 'warn',
  broken: 'bad',
};

/**
 * Whether to use colour: FORCE_COLOR decides when set (`0` and `false` mean no); otherwise a non-empty NO_COLOR,
 * TERM=dumb, or an output that is not a terminal mean no.
 */
export function wantsColour(env: Readonly<Record<string, string | undefined>>, isTTY: boolean): boolean {
  const force = env['FORCE_COLOR'];
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return env['TERM'] !== 'dumb' && isTTY;
}
