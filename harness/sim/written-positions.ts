/**
 * Where errors of a user's module came from, in the files as they were written: the module runs bundled into one, and
 * the positions of its stacks are of that bundle.
 */
import { SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, resolve } from 'node:path';

const maps = new Map<string, SourceMap>();

/** Stacks that name `file` are those of a bundle with this source map (JSON). */
export function rememberPositions(file: string, map: string): void {
  maps.set(file, new SourceMap(JSON.parse(map) as SourceMapPayload));
}

/** A frame of a stack with a position: what is before it, the file, line and column from 1. */
const FRAME = /^(\s+at .*?\(?)((?:\/|[A-Za-z]:).*?):(\d+):(\d+)(\)?)$/;
/** Frames of the simulator itself, which say nothing of the error. */
const OURS = /[/\\]harness[/\\](sim|cluster)[/\\]/;

/** A stack with the positions of the user's files in place of those of their bundle; other texts stay as they are. */
export function asWritten(stack: string): string {
  if (maps.size === 0 || ![...maps.keys()].some((file) => stack.includes(file))) return stack;
  return stack
    .split('\n')
    .filter((line) => !(/^\s+at /.test(line) && OURS.test(line)))
    .map(withPosition)
    .join('\n');
}

function withPosition(line: string): string {
  const [, before, file, row, column, after] = FRAME.exec(line) ?? [];
  const map = file === undefined ? undefined : maps.get(file);
  if (map === undefined) return line;
  const entry = map.findEntry(Number(row) - 1, Number(column) - 1);
  if (!('originalSource' in entry)) return line;
  const source = resolve(dirname(file!), entry.originalSource);
  return `${before}${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}${after}`;
}
