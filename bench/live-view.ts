/**
 * What the live view of a terminal costs: the events of a stored run, given to the reporter at the times at which they
 * came, its frames drawn four times a second; processor time against the length of the run. Once, in a fresh process,
 * as a user has it: nothing is warm.
 * `npm run bench -- live-view <run folder>`
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LoggedEvent } from '../harness/store/event-log.ts';
import { processorMs } from '../harness/time.ts';
import { terminalReporter } from '../reports/terminal/reporter.ts';

const FRAME_MS = 250;
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a run folder that has events.jsonl');
const events = readFileSync(join(folder, 'events.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => JSON.parse(line) as LoggedEvent);
const lengthMs = events.at(-1)!.atMs;
const fd = openSync('/dev/null', 'w');
let nowMs = 0;
let frames = 0;
let bytes = 0;
let draw = (): void => undefined;
const reporter = terminalReporter(
  {
    columns: 120,
    isTTY: true,
    write(text) {
      frames++;
      bytes += writeSync(fd, text);
    },
  },
  {
    ...{ live: true, colour: true, ascii: false, nowNs: () => nowMs * 1e6, wallMs: () => nowMs },
    every: (_, callback) => {
      draw = callback;
      return { cancel: () => undefined };
    },
  },
);
const before = processorMs();
let next = 0;
for (nowMs = 0; nowMs <= lengthMs; nowMs += FRAME_MS) {
  for (; next < events.length && events[next]!.atMs <= nowMs; next++) reporter.handle(events[next]!);
  draw();
}
const spentMs = processorMs() - before;
reporter.close();
closeSync(fd);
const rows: [string, string][] = [
  ['run', `${(lengthMs / 1000).toFixed(1)} s, ${events.length} events`],
  ['drawn', `${frames} frames, ${(bytes / 1024).toFixed(0)} KiB`],
  ['processor time', `${spentMs.toFixed(1)} ms, ${((spentMs / lengthMs) * 100).toFixed(3)} %`],
];
for (const [what, value] of rows) process.stdout.write(`${what.padEnd(24)} ${value}\n`);
