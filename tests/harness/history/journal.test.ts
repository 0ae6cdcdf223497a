import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournalError, JournalWriter } from '../../../harness/history/journal.ts';
import { parseJsonl, readJsonl } from '../../../harness/history/jsonl.ts';
import type { Op } from '../../../harness/op.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

const op = (value: Op['value'], more: Partial<Op> = {}): Op => ({
  index: 0,
  time: 1,
  process: 0,
  type: 'invoke',
  f: 'write',
  value,
  ...more,
});

describe('JournalWriter', () => {
  it('writes nothing before flush, and all of it then', () => {
    const path = join(folder, 'flush.jsonl');
    const journal = new JournalWriter(path);
    journal.append(op(1));
    expect(readFileSync(path, 'utf8')).toBe('');
    journal.flush();
    expect(readFileSync(path, 'utf8')).toBe(
      '{"index":0,"time":1,"process":0,"type":"invoke","f":"write","value":1}\n',
    );
    journal.close();
    journal.close();
    expect(journal.count).toBe(1);
  });

  it('holds values larger than its buffer, and texts of any alphabet', () => {
    const path = join(folder, 'large.jsonl');
    const journal = new JournalWriter(path);
    const huge = 'é'.repeat(1_000_000);
    journal.append(op('short'));
    journal.append(op(huge, { process: 1 }));
    journal.append(op('\u{1f525}"\\\n\u0000\ud800', { process: 2 }));
    journal.close();
    const { history } = parseJsonl(readFileSync(path), 'large');
    expect(history.value(1)).toBe(huge);
    // A lone surrogate has no UTF-8; JSON.stringify escapes it, so it survives.
    expect(history.value(2)).toBe('\u{1f525}"\\\n\u0000\ud800');
  });

  it('writes numbers of any size exactly', () => {
    const path = join(folder, 'numbers.jsonl');
    const numbers = [0, 9, 10, 999_999_999, 1e9, 1_000_000_007, 9_007_199_254_740_991, -5, 0.25, 1e300];
    const journal = new JournalWriter(path);
    numbers.forEach((time, process) => {
      journal.append(op(time, { time, process }));
    });
    journal.close();
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).time)).toEqual(numbers);
    expect(lines.map((line) => JSON.parse(line).value)).toEqual(numbers);
  });

  it('says which file cannot be written', () => {
    expect(() => new JournalWriter(join(folder, 'no', 'such', 'folder'))).toThrow(JournalError);
    expect(() => new JournalWriter(join(folder, 'no'))).not.toThrow();
    const journal = new JournalWriter('/dev/full');
    journal.append(op(1));
    expect(() => journal.flush()).toThrow(/cannot write the journal \/dev\/full: ENOSPC/);
  });
});

describe('a harness killed while it journals', () => {
  const program = join(folder, 'victim.mjs');
  beforeAll(async () => {
    const journal = resolve('harness/history/journal.ts');
    await build({
      stdin: {
        contents: `
          import { JournalWriter } from ${JSON.stringify(journal)};
          const journal = new JournalWriter(process.argv[2]);
          for (let i = 0; ; i++) {
            journal.append({ time: i, process: i % 7, type: 'invoke', f: 'write', value: i });
            journal.append({ time: i, process: i % 7, type: 'ok', f: 'write', value: i });
            if (i % 10 === 9) {
              journal.flush();
              // Told synchronously after the flush: everything up to here must be in the file.
              if (i % 1000 === 999) (await import('node:fs')).writeSync(1, journal.count + '\\n');
            }
          }`,
        resolveDir: resolve('.'),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
    });
  });

  it('loses nothing that was flushed', async () => {
    for (let round = 0; round < 3; round++) {
      const path = join(folder, `victim-${round}.jsonl`);
      const child = spawn(globalThis.process.execPath, [program, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let told = '';
      await new Promise<void>((done) => {
        child.stdout.on('data', (chunk: Buffer) => {
          told += chunk.toString();
          if (told.length > 500 * (round + 1)) child.kill('SIGKILL');
        });
        child.on('close', () => done());
      });
      const flushed = Number(told.trim().split('\n').at(-1));
      const { history, notes } = await readJsonl(path);
      expect(flushed).toBeGreaterThan(1000);
      expect(history.length).toBeGreaterThanOrEqual(flushed);
      expect(history.value(history.length - 1)).toBe((history.length - 1) >>> 1);
      for (const note of notes) expect(note).toContain('is torn');
    }
  });
});
