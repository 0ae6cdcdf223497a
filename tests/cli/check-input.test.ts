/**
 * `faultline check` with what it cannot judge as it was given: one error that says what, and exit 64.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkSpecs } from '../../cli/checker-options.ts';
import { check } from '../../cli/commands/check.ts';
import { runProgram } from '../../cli/program.ts';
import type { Json } from '../../harness/op.ts';
import { capturedIo } from './captured-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-check-input-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = capturedIo(folder);
  const code = await runProgram([check], '0', ['check', ...words], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

type Line = [process: number | string, type: string, f: string, value: Json, phase?: string];

function write(file: string, lines: readonly Line[]): string {
  const text = lines.map(([process, type, f, value, phase], index) =>
    JSON.stringify({ index, time: index * 1e6, process, type, f, value, ...(phase ? { phase } : {}) }),
  );
  writeFileSync(join(folder, file), `${text.join('\n')}\n`);
  return file;
}

const COUNTED: Line[] = [
  [0, 'invoke', 'add', 1],
  [0, 'ok', 'add', 1],
  [0, 'invoke', 'read', null],
  [0, 'ok', 'read', 1],
];

describe('options of checkers', () => {
  it('refuses a value that is no choice before anything is judged, and names the choices', async () => {
    const file = write('counter.jsonl', COUNTED);
    const { code, stdout, stderr } = await run(file, '--checker', 'counter', '--option', 'reads=finl');
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain('option reads of checker counter cannot be "finl"');
    expect(stderr).toContain('did you mean "final"?  one of: all, final');
    expect((await run(file, '--checker', 'counter', '--option', 'reads=all')).code).toBe(0);
  });

  it('refuses what only the checker itself can tell', () => {
    const options = (name: string, given: Record<string, Json>) => () =>
      checkSpecs([{ name, options: given }]);
    expect(options('availability', { demand: 'most' })).toThrow(
      /availability, option demand: expected total/,
    );
    expect(options('availability', { demand: 0.5 })).not.toThrow();
    expect(options('availability', { graceMs: 'x' })).toThrow(
      /graceMs of checker availability cannot be "x"/,
    );
    expect(options('availability', { graceMs: -1 })).toThrow(/cannot be -1/);
    expect(options('bank', { frob: 1 })).toThrow(/checker bank has no option "frob"/);
    expect(options('linearizable', { model: './mine.ts' })).not.toThrow();
  });
});

describe('models', () => {
  it('refuses one that does not know the functions of the history, and names those that do', async () => {
    const file = write('cas.jsonl', [
      [0, 'invoke', 'cas', [1, 2]],
      [0, 'ok', 'cas', [1, 2]],
    ]);
    const { code, stdout, stderr } = await run(file, '--model', 'register');
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
    expect(stderr).toContain('the model register does not understand cas (1)');
    expect(stderr).toMatch(
      /it understands read, write; of all functions of this history, these do: .*cas-register/,
    );
    expect((await run(file, '--model', 'cas-register')).code).toBe(1);
    const frob = write('frob.jsonl', [[0, 'invoke', 'frob', 1]]);
    expect((await run(frob, '--checker', 'linearizable')).stderr).toContain('no model does');
  });
});

describe('operations', () => {
  it('refuses a completion of another function than was invoked, with its line', async () => {
    const file = write('other.jsonl', [
      [0, 'invoke', 'add', 1],
      [0, 'ok', 'read', 1],
    ]);
    const { code, stderr } = await run(file, '--checker', 'counter');
    expect(code).toBe(64);
    expect(stderr).toContain(
      'other.jsonl:2  process 0 completes read (ok), but what it invoked is add (operation 0)',
    );
    const nemesis = write('nemesis.jsonl', [
      ...COUNTED,
      ['nemesis:a', 'invoke', 'inject-kill', null],
      ['nemesis:a', 'info', 'killed', null],
    ]);
    expect((await run(nemesis, '--checker', 'counter')).code).toBe(0);
  });

  it('calls named clients by the names they have in the file', async () => {
    const file = write('named.jsonl', [
      ['alice', 'invoke', 'add', 1],
      ['bob', 'invoke', 'read', null],
      ['bob', 'invoke', 'read', null],
    ]);
    const { stderr } = await run(file, '--checker', 'counter');
    expect(stderr).toContain('named.jsonl:3  process "bob" invokes read while its read (operation 1)');
  });
});

describe('--witness', () => {
  it('numbers processes it makes up beyond those of the sources of the witness', async () => {
    const file = write('lost.jsonl', [
      [0, 'invoke', 'add', 1],
      [0, 'ok', 'add', 1],
      [1, 'invoke', 'remove', 1],
      [1, 'fail', 'remove', 1],
      [2, 'invoke', 'add', 5],
      [2, 'ok', 'add', 5],
      [2, 'invoke', 'read', null, 'final'],
      [2, 'ok', 'read', [5], 'final'],
    ]);
    const { code, stderr } = await run(file, '--checker', 'eventual-set', '--witness', 'w.jsonl');
    expect(code).toBe(1);
    expect(stderr).toContain('faultline check w.jsonl --checker eventual-set');
    expect((await run('w.jsonl', '--checker', 'eventual-set')).code).toBe(1);
    expect(readFileSync(join(folder, 'w.jsonl'), 'utf8')).toContain('"f":"remove"');
  });
});
