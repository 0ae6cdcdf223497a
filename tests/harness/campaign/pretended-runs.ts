/**
 * A program in the place of faultline, for nights of runs that take milliseconds: it does what its first word says, and
 * writes what a run would.
 */
import type { PlannedRun } from '../../../harness/campaign/types.ts';
import { verdict } from '../store/samples.ts';
import { planned } from './samples.ts';

/** Its text, a module. */
export const PROGRAM = `import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
const [what, ...rest] = process.argv.slice(2);
const out = rest[rest.indexOf('--out') + 1];
const base = ${JSON.stringify(verdict)};
const end = (verdict, code) => {
  mkdirSync(out, { recursive: true });
  writeFileSync(out + '/history.jsonl', what === 'random' ? String(process.pid) : 'same');
  writeFileSync(out + '/verdict.json', JSON.stringify({ ...base, verdict, sentence: 'it ended as ' + verdict }));
  process.exit(code);
};
if (what === 'pass' || what === 'random') end('pass', 0);
if (what === 'fail') end('fail', 1);
if (what === 'usage') { console.error('faultline: there is no system "x"'); process.exit(64); }
if (what === 'crash') { console.error('faultline: broken: no port is free'); process.exit(4); }
if (what === 'brief') setTimeout(() => end('pass', 0), 1_500);
if (what === 'once') {
  const mark = process.cwd() + '/mark';
  if (existsSync(mark)) end('pass', 0);
  writeFileSync(mark, '');
  process.kill(process.pid, 'SIGKILL');
}
if (what === 'slow') {
  process.on('SIGINT', () => end('vacuous', 130));
  setTimeout(() => end('pass', 0), 20_000);
}
if (what === 'long' || what === 'longer') {
  mkdirSync(out, { recursive: true });
  writeFileSync(out + '/history.jsonl', 'half a history of ' + process.pid);
  process.on('SIGINT', () => end('vacuous', 130));
  const mark = process.env.MARK;
  setTimeout(() => end('pass', 0), what === 'longer' || (mark && existsSync(mark)) ? 300 : 60_000);
}
`;

/** A run of it. */
export function run(what: string, over: Partial<PlannedRun> = {}): PlannedRun {
  return planned({ id: `${what}/w/n#1`, scenario: `${what}/w/n`, words: [what], estimateMs: 10, ...over });
}
