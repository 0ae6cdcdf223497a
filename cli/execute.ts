/**
 * Carries out a composed run with everything a user sees: header, live view, reports, last screen, exit code.
 */
import type { RunEvent, RunListener } from '../harness/events.ts';
import { executeRun } from '../harness/run/run.ts';
import { EventLog } from '../harness/store/event-log.ts';
import type { VerdictFile } from '../harness/store/files.ts';
import { EXIT_CODE } from '../harness/verdict.ts';
import { terminalReporter } from '../reports/terminal/reporter.ts';
import { wantsColour } from '../reports/terminal/style.ts';
import type { Composed } from './compose.ts';
import { type Io, json } from './io.ts';
import { listen } from './signals.ts';
import { writeViews } from './views.ts';

/** How results are shown. */
export interface Presentation {
  json: boolean;
  ascii: boolean;
  /** Told of everything the run does, beside the reporter. */
  onEvent?: RunListener;
  /** Exit code when it differs from that of the verdict: a demo that ended as expected. */
  exitCode?: (verdict: VerdictFile, folder: string) => number;
}

/** Runs, reports, and resolves with the exit code. */
export async function execute(io: Io, composed: Composed, show: Presentation): Promise<number> {
  const interrupts = listen(io);
  const reporter = terminalReporter(io.err, {
    colour: wantsColour(io.env, io.err.isTTY),
    ascii: show.ascii,
    live: io.err.isTTY && !io.env['CI'],
  });
  const log = new EventLog();
  const onEvent = (event: RunEvent): void => {
    reporter.handle(event);
    log.handle(event);
    show.onEvent?.(event);
  };
  try {
    const { folder, verdict } = await executeRun({
      ...composed,
      stop: interrupts.stop,
      leave: interrupts.leave,
      onEvent,
    });
    onEvent({ kind: 'stage-started', stage: 'report' });
    const model = await writeViews(folder, onEvent);
    onEvent({
      kind: 'ended',
      verdict: verdict.verdict,
      sentence: verdict.sentence,
      interrupted: interrupts.exitCode() !== null,
    });
    const code = show.exitCode?.(verdict, folder) ?? exitCodeOf(verdict, interrupts.exitCode());
    reporter.finish(model, code);
    if (show.json) json(io.out, verdict);
    return code;
  } finally {
    log.close();
    reporter.close();
    interrupts.release();
  }
}

/** The documented exit code: a failure is hidden by nothing, neither an interrupt nor what is allowed. */
export function exitCodeOf(verdict: VerdictFile, interrupted: number | null): number {
  if (verdict.verdict === 'fail') return EXIT_CODE.fail;
  if (verdict.allow.includes(verdict.verdict)) return interrupted ?? 0;
  return interrupted ?? EXIT_CODE[verdict.verdict];
}
