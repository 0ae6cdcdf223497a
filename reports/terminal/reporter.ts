/**
 * Ties the terminal together: events in, text out. On a terminal the live view is redrawn in place at 4 Hz; in
 * a log each change is one line and progress one line every 15 s. Nothing is written while nothing changed, and
 * an output that cannot be written to ends the output, never the run.
 */
import type { RunEvent, RunListener } from '../../harness/events.ts';
import { every, monotonicNs, type Timer, wallMs } from '../../harness/time.ts';
import type { ReportModel } from '../model.ts';
import { ciLine } from './ci-lines.ts';
import { endingLines } from './ending.ts';
import { headerLines } from './header.ts';
import { applyEvent, emptyState, type LiveState } from './live-state.ts';
import { liveLines, progressLine } from './live-view.ts';
import { type Line, type Look, paint, span } from './style.ts';
import { cells, plain } from './text.ts';

/** Where text goes. `columns` may change while the run lasts. */
export interface TextOutput {
  write(text: string): unknown;
  readonly columns?: number;
  readonly isTTY?: boolean;
}

/** How a reporter behaves; clocks are given by tests. */
export interface TerminalOptions extends Look {
  /** Redraw in place; by default when the output is a terminal. */
  live?: boolean;
  nowNs?: () => number;
  wallMs?: () => number;
  /** Starts the timer of the live view and of progress lines; by default `every` on real time. */
  every?: (ms: number, callback: () => void) => Timer;
}

/** A reporter for one run. */
export interface TerminalReporter {
  handle: RunListener;
  /** Ends the live view and prints the last screen. */
  finish(model: ReportModel, exitCode?: number): void;
  /** Ends the live view and gives the cursor back; idempotent, safe at any time. */
  close(): void;
}

const REDRAW_MS = 250;
const PROGRESS_MS = 15_000;

/** A reporter on `out`. */
export function terminalReporter(out: TextOutput, options: TerminalOptions): TerminalReporter {
  const state = emptyState();
  const nowNs = options.nowNs ?? monotonicNs;
  const live = options.live ?? out.isTTY === true;
  const screen = live ? new LiveScreen(out, options) : new LogScreen(out, options, options.wallMs ?? wallMs);
  const start = options.every ?? ((ms, callback) => every(ms, callback, true));
  let timer: Timer | null = null;
  let report: { path: string; bytes: number } | undefined;
  const tick = (): void => screen.tick(state, nowNs());
  const close = (): void => {
    timer?.cancel();
    timer = null;
    screen.close();
  };
  return {
    handle(event) {
      applyEvent(state, event, nowNs());
      if (event.kind === 'plan-ready') {
        screen.print(headerLines(event, Math.max(60, (out.columns ?? 100) - 1)));
        timer ??= start(live ? REDRAW_MS : PROGRESS_MS, tick);
        return;
      }
      if (event.kind === 'report-written' && event.path.endsWith('.html')) report = event;
      if (event.kind === 'ended') return close();
      screen.event(event, state);
    },
    finish(model, exitCode) {
      close();
      const width = out.columns ?? 100;
      const lines = endingLines(model, {
        columns: width,
        ...(report === undefined ? {} : { report }),
        ...(exitCode === undefined ? {} : { exitCode }),
      });
      screen.print([[], ...lines]);
    },
    close,
  };
}

/** Paints the last screen of a stored run. */
export function endingText(model: ReportModel, columns: number, look: Look, exitCode?: number): string {
  const lines = endingLines(model, exitCode === undefined ? { columns } : { columns, exitCode });
  return `${lines.map((line) => paintOpen(line, columns, look)).join('\n')}\n`;
}

/** Commands and paths are to be copied: a line that ends in one is never cut. */
function paintOpen(line: Line, columns: number, look: Look): string {
  const label = line[0]?.text.trim() ?? '';
  return paint(line, COPIED.has(label) ? Number.MAX_SAFE_INTEGER : columns, look);
}

const COPIED: ReadonlySet<string> = new Set(['report', 'run', 'again', 'judge', 'out']);

interface Screen {
  print(lines: readonly Line[]): void;
  event(event: RunEvent, state: LiveState): void;
  tick(state: LiveState, nowNs: number): void;
  close(): void;
}

const SYNC = '\u001b[?2026h';
const UNSYNC = '\u001b[?2026l';
const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';

/** Draws over its own last frame. */
class LiveScreen implements Screen {
  readonly #out: TextOutput;
  readonly #look: Look;
  #frame: string[] = [];
  #widths: number[] = [];
  #hidden = false;

  constructor(out: TextOutput, look: Look) {
    this.#out = out;
    this.#look = look;
  }

  get #columns(): number {
    return Math.max(20, (this.#out.columns ?? 80) - 1);
  }

  print(lines: readonly Line[]): void {
    const above = lines.map((line) => `${paintOpen(line, this.#columns, this.#look)}\n`).join('');
    this.#out.write(`${this.#erase()}${above}`);
    this.#frame = [];
    this.#widths = [];
  }

  event(event: RunEvent): void {
    if (event.kind === 'violation-seen') {
      const at = (event.timeNs / 1e9).toFixed(1);
      this.print([[span(`✖ ${event.checker} at ${at} s  `, 'bad'), span(event.sentence)]]);
    }
    if (event.kind === 'notice') this.print([[span('note '), span(event.text, 'warn')]]);
  }

  tick(state: LiveState, nowNs: number): void {
    const lines = liveLines(state, nowNs);
    const frame = lines.map((line) => paint(line, this.#columns, this.#look));
    if (frame.length === this.#frame.length && frame.every((text, i) => text === this.#frame[i])) return;
    const hide = this.#hidden ? '' : HIDE;
    this.#hidden = true;
    const body = frame.map((text) => `${text}\u001b[K\n`).join('');
    this.#out.write(`${SYNC}${hide}${this.#home()}${body}\u001b[J${UNSYNC}`);
    this.#frame = frame;
    this.#widths = lines.map((line) => cells(line.map((piece) => plain(piece.text)).join('')));
  }

  close(): void {
    const show = this.#hidden ? SHOW : '';
    if (this.#frame.length > 0 || show !== '') this.#out.write(`${this.#erase()}${show}`);
    this.#frame = [];
    this.#widths = [];
    this.#hidden = false;
  }

  /** Back to the first cell of the last frame, which wraps where the window became narrower meanwhile. */
  #home(): string {
    const columns = this.#columns + 1;
    const rows = this.#widths.reduce(
      (sum, width) => sum + Math.max(1, Math.ceil(Math.min(width, this.#columns) / columns)),
      0,
    );
    return rows === 0 ? '' : `\u001b[${rows}F`;
  }

  #erase(): string {
    return this.#frame.length === 0 ? '' : `${this.#home()}\u001b[J`;
  }
}

/** One line per change, stamped with the time of day (UTC). */
class LogScreen implements Screen {
  readonly #out: TextOutput;
  readonly #look: Look;
  readonly #wallMs: () => number;

  constructor(out: TextOutput, look: Look, wall: () => number) {
    this.#out = out;
    this.#look = look;
    this.#wallMs = wall;
  }

  print(lines: readonly Line[]): void {
    const columns = Math.max(60, this.#out.columns ?? 160);
    this.#out.write(lines.map((line) => `${paintOpen(line, columns, this.#look)}\n`).join(''));
  }

  event(event: RunEvent, state: LiveState): void {
    const text = ciLine(event, state);
    if (text !== null) this.#line(text);
  }

  tick(state: LiveState, nowNs: number): void {
    const text = progressLine(state, nowNs);
    if (text !== null) this.#line(text);
  }

  close(): void {}

  #line(text: string): void {
    const time = new Date(this.#wallMs()).toISOString().slice(11, 19);
    this.#out.write(`${paint([span(`${time} ${text}`)], 400, this.#look)}\n`);
  }
}
