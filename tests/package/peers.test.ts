/**
 * `npm run test:peers`: the table, what it skips and why, and the exit code.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/test-peers.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'faultline-peers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function register(read: number): string {
  const ops = [
    { process: 0, type: 'invoke', f: 'write', value: 1 },
    { process: 0, type: 'ok', f: 'write', value: 1 },
    { process: 1, type: 'invoke', f: 'read', value: null },
    { process: 1, type: 'ok', f: 'read', value: read },
  ];
  return ops.map((op, index) => `${JSON.stringify({ index, time: index, ...op })}\n`).join('');
}

/** A compare-and-set that fails, without an error, although it would have succeeded. */
const REFUSED =
  '{"process":0,"type":"invoke","f":"cas","value":[null,1]}\n{"process":0,"type":"fail","f":"cas","value":[null,1]}\n' +
  '{"process":1,"type":"invoke","f":"read","value":null}\n{"process":1,"type":"ok","f":"read","value":null}\n';

function lay(name: string, files: Readonly<Record<string, string | Buffer>>): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

function run(...args: string[]): { status: number | null; lines: string[]; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return { status, lines: stdout.split('\n').map((line) => line.replace(/\s+/g, ' ').trim()), stderr };
}

const lineOf = (lines: readonly string[], name: string): string =>
  lines.find((line) => line.startsWith(`${name} `)) ?? '';

describe('npm run test:peers', () => {
  it('judges every folder by its verdicts or by names', () => {
    lay('all/told', {
      'verdicts.json': JSON.stringify({
        'a.jsonl': { linearizable: true, ops: 2 },
        'b.jsonl': false,
        'c.jsonl': { verdict: 'fail' },
      }),
      'a.jsonl': register(1),
      'b.jsonl': register(2),
      'c.jsonl': REFUSED,
      'd.jsonl': register(1),
    });
    lay('all/named', {
      'README.md': 'not a history',
      'register-n2.jsonl.gz': gzipSync(register(1)),
      'register-bad-n2.jsonl': register(2),
      'frob.jsonl': register(1).replaceAll('write', 'frob'),
    });
    const { status, lines } = run(join(folder, 'all'));
    expect(lineOf(lines, 'told/a.jsonl')).toMatch(
      /^told\/a\.jsonl pass pass [\d.]+ [\d.]+ linearizable cas-register$/,
    );
    expect(lineOf(lines, 'told/b.jsonl')).toMatch(/ fail fail /);
    expect(lineOf(lines, 'told/c.jsonl')).toMatch(/ fail fail /);
    expect(lineOf(lines, 'told/d.jsonl')).toContain('skipped (verdicts.json does not name it)');
    expect(lineOf(lines, 'named/register-n2.jsonl.gz')).toMatch(/ pass pass /);
    expect(lineOf(lines, 'named/register-bad-n2.jsonl')).toMatch(/ fail fail /);
    expect(lineOf(lines, 'named/frob.jsonl')).toContain('skipped (no checker is known for frob, read)');
    expect(lines).toContain('7 histories: 5 as expected, 0 mismatched, 2 skipped');
    expect(status).toBe(0);
  });

  it('exits with 1 on a mismatch, also of a history it cannot read', () => {
    const wrong = lay('wrong', { 'good-n1.jsonl': register(2), 'torn.jsonl': '{"f":"read"}\n[\n' });
    const { status, lines } = run(wrong);
    expect(lineOf(lines, 'good-n1.jsonl')).toMatch(/ pass fail .* MISMATCH$/);
    expect(lineOf(lines, 'torn.jsonl')).toMatch(/ pass unreadable .*MISMATCH/);
    expect(lines).toContain('2 histories: 0 as expected, 2 mismatched, 0 skipped');
    expect(status).toBe(1);
  });

  it('exits with 64 when there is nothing to judge', () => {
    expect(run(lay('empty', {}))).toMatchObject({ status: 64 });
    expect(run(join(folder, 'nowhere')).stderr).toContain('expected one folder of histories');
    expect(run(folder, '--time-limit', 'soon').status).toBe(64);
  });
});
