import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readHistory, sniffText } from '../../../harness/history/open.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-open-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SAMPLES = {
  jsonl: '{"process":0,"type":"invoke","f":"read","value":null}\n',
  edn: '; jepsen\n#jepsen.history.Op{:process 0, :type :invoke, :f :read, :value nil}\n',
  'jepsen-log': 'WARN  noise - x\nINFO  jepsen.util - 0\t:invoke\t:read\tnil\n',
  'elle-json': '[{"process":0,"type":"invoke","value":[["r",1,null]]}]',
} as const;

describe('readHistory', () => {
  for (const [format, text] of Object.entries(SAMPLES)) {
    it(`finds out ${format}, zipped or not`, async () => {
      for (const bytes of [Buffer.from(text), gzipSync(text)]) {
        const path = join(folder, `history.${format}`);
        writeFileSync(path, bytes);
        const opened = await readHistory(path);
        expect(opened.format).toBe(format);
        expect(opened.history.length).toBe(1);
        expect((await readHistory(path, format)).history.length).toBe(1);
      }
    });
  }

  it('finds out the shapes files come in', () => {
    expect(sniffText('  [ {:process 0}')).toBe('edn');
    expect(sniffText('({:process 0}')).toBe('edn');
    expect(sniffText('^{:a 1} {:process 0}')).toBe('edn');
    expect(sniffText('{"index":0,"type":"invoke","process":0,"value":[]}')).toBe('elle-json');
    expect(sniffText('{"index":0,"type":"invoke","f":"txn"')).toBe('jsonl');
    expect(sniffText('')).toBe('jsonl');
    expect(sniffText('; only a comment\n[]')).toBe('edn');
    expect(sniffText('[]')).toBe('elle-json');
    expect(sniffText('hello')).toBeNull();
  });

  it('reads the history of a run folder', async () => {
    const run = join(folder, 'run');
    mkdirSync(run);
    await expect(readHistory(run)).rejects.toThrow('there is no history.jsonl in this folder');
    writeFileSync(join(run, 'history.jsonl'), SAMPLES.jsonl);
    expect((await readHistory(run)).path).toBe(join(run, 'history.jsonl'));
  });

  it('says what it cannot tell, and which formats there are', async () => {
    const path = join(folder, 'prose');
    writeFileSync(path, 'hello\n');
    await expect(readHistory(path)).rejects.toThrow('cannot be told');
    await expect(readHistory(path, 'edm')).rejects.toMatchObject({ hint: expect.stringContaining('"edn"') });
    await expect(readHistory(join(folder, 'nope'))).rejects.toThrow('there is no such file');
  });
});

describe('Elle JSON', () => {
  it('makes up invocations for an array of completions', async () => {
    const path = join(folder, 'elle.json');
    writeFileSync(path, '[{"type":"ok","value":[["append",1,1]]},\n {"type":"ok","value":[["r",1,[1]]]}]');
    const { history, notes } = await readHistory(path);
    expect(history.length).toBe(4);
    expect(history.op(0)).toMatchObject({ process: 0, type: 'invoke', f: 'txn' });
    expect(notes[0]).toContain('completions only');
  });

  it('names the operation or the line that is wrong', async () => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, '[{"process":0,"type":"invoke","f":"r"},{"process":0,"type":"wrong","f":"r"}]');
    await expect(readHistory(path)).rejects.toThrow('operation 1: type is "wrong"');
    writeFileSync(
      path,
      '{"process":0,"type":"invoke","value":[]}\n{"process":0,"type":"invoke","value":[]}\n',
    );
    await expect(readHistory(path)).rejects.toMatchObject({ line: 2 });
    writeFileSync(path, '[{"process":0,\n oops}]');
    await expect(readHistory(path, 'elle-json')).rejects.toMatchObject({ line: 2, column: 2 });
    writeFileSync(path, '[1]');
    await expect(readHistory(path, 'elle-json')).rejects.toThrow('expected an operation, not 1');
  });
});
