import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedFile } from '../../../reports/serve/stored-file.ts';

let dir: string;
let store: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-stored-'));
  store = join(dir, '.faultline');
  mkdirSync(join(store, 'a', 'b'), { recursive: true });
  writeFileSync(join(dir, 'secret.txt'), 'secret');
  writeFileSync(join(store, 'a', 'b', 'report.html'), '<p>');
  writeFileSync(join(store, 'a', 'b', 'run.json'), '{}');
  writeFileSync(join(store, 'a', 'b', 'core'), '');
  symlinkSync('b', join(store, 'a', 'latest'));
  symlinkSync('../../../secret.txt', join(store, 'a', 'b', 'out.txt'));
  symlinkSync(dir, join(store, 'a', 'away'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a stored file', () => {
  it('is found with its length and as what it is sent', () => {
    const found = storedFile(store, ['a', 'b', 'report.html']);
    expect(found).toMatchObject({ bytes: 3, type: 'text/html; charset=utf-8' });
    expect(storedFile(store, ['a', 'b', 'run.json'])!.type).toBe('application/json; charset=utf-8');
    expect(storedFile(store, ['a', 'b', 'core'])!.type).toBe('application/octet-stream');
  });

  it('is found by a link that stays in the store', () => {
    expect(storedFile(store, ['a', 'latest', 'run.json'])!.path).toMatch(/a\/b\/run\.json$/);
  });

  it.each([
    [['..', 'secret.txt']],
    [['a', '..', '..', 'secret.txt']],
    [['../secret.txt']],
    [['a/../../secret.txt']],
    [['a', 'b', 'out.txt']],
    [['a', 'away', 'secret.txt']],
    [['a', 'b', 'report.html\0.txt']],
    [['a', 'b']],
    [[]],
    [['a', 'b', 'missing']],
    [['.', 'a', 'b', 'run.json']],
  ])('is nothing at %j', (parts) => {
    expect(storedFile(store, parts)).toBeNull();
  });
});
