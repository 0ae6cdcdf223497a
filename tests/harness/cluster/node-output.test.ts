/** Captured output: lives, tails, and reading on. */
import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NodeOutput } from '../../../harness/cluster/node-output.ts';

it('separates lives and shows the last lines of the current one', () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'faultline-output-')), 'n1');
  const output = new NodeOutput(folder);
  output.beginLife('life 1');
  writeSync(output.stderrFd, 'old news\n');
  output.beginLife('life 2');
  expect(output.tail()).toEqual([]);
  writeSync(output.stdoutFd, 'out 1\nout 2\n');
  expect(output.tail(1)).toEqual(['out 2']);
  writeSync(output.stderrFd, `${Array.from({ length: 30 }, (_, i) => `err ${i}`).join('\n')}\n`);
  expect(output.tail(3)).toEqual(['err 27', 'err 28', 'err 29']);
  expect(output.tail(32)).toHaveLength(32);
  const read = output.readFrom({ stdout: 6, stderr: 0 });
  expect(read.stdout.toString()).toBe('out 2\n');
  output.note('a line from a pipe');
  expect(output.notesLost).toBe(0);
  output.close();
  output.close();
  expect(output.tail()).toEqual([]);
  expect(readFileSync(join(folder, 'stdout.log'), 'utf8')).toContain(
    '--- faultline: life 2 ---\nout 1\nout 2\na line',
  );
  const again = new NodeOutput(folder);
  again.beginLife('life 3');
  again.close();
  expect(readFileSync(join(folder, 'stderr.log'), 'utf8').match(/^--- faultline/gm)).toHaveLength(3);
  rmSync(folder, { recursive: true });
});
