import { existsSync, mkdtempSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../harness/registry.ts';
import type { RunFolder } from '../../../harness/store/run-folder.ts';
import { folderName, Store } from '../../../harness/store/store.ts';

let cwd: string;
let store: Store;
beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'faultline-store-')));
  store = new Store(cwd);
});
afterEach(() => rmSync(cwd, { recursive: true }));

function run(name: string, seed: number, startedMs: number): RunFolder {
  const folder = store.create({ name, seed, startedMs });
  writeFileSync(folder.file('history'), '');
  return folder;
}

function refusal(reference: string): UsageError {
  try {
    store.resolve(reference);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('expected a UsageError');
}

describe('Store', () => {
  it('names folders by start and seed, and links the latest in both places', () => {
    const first = run('demo bully', 7, Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    expect(first.id).toBe('demo-bully/20260102T030405.006Z-7');
    const second = run('demo bully', 7, Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    expect(second.id).toBe(`${first.id}.2`);
    const other = run('raft', 1, Date.UTC(2027, 0, 1));
    expect(readlinkSync(join(store.root, 'latest'))).toBe(other.id);
    expect(readlinkSync(join(store.root, 'demo-bully', 'latest'))).toBe('20260102T030405.006Z-7.2');
    expect(store.list().map((folder) => folder.id)).toEqual([other.id, second.id, first.id]);
  });

  it('finds a run by path, by last, by name, by id and by unique beginning', () => {
    const first = run('a', 1, Date.UTC(2026, 0, 1));
    const second = run('a', 2, Date.UTC(2026, 5, 1));
    const third = run('b', 3, Date.UTC(2026, 7, 1));
    for (const [reference, expected] of [
      [first.path, first],
      [first.file('history'), first],
      ['last', third],
      ['latest', third],
      ['a', second],
      ['b', third],
      [first.id, first],
      [`.faultline/${first.id}/`, first],
      ['a/202601', first],
      ['202606', second],
    ] as const) {
      expect(store.resolve(reference).path, reference).toBe(expected.path);
    }
  });

  it('falls back to the newest folder when a link is gone', () => {
    run('a', 1, Date.UTC(2026, 0, 1));
    const second = run('a', 2, Date.UTC(2026, 5, 1));
    rmSync(join(store.root, 'latest'));
    rmSync(join(store.root, 'a', 'latest'));
    expect(store.resolve('last').path).toBe(second.path);
    expect(store.resolve('a').path).toBe(second.path);
  });

  it('names the nearest run, or all that could be meant', () => {
    expect(refusal('last').hint).toContain('faultline demo');
    expect(refusal('x').hint).toContain('nothing is stored');
    run('primary-backup', 1, Date.UTC(2026, 0, 1));
    run('primary-backup', 2, Date.UTC(2026, 0, 2));
    expect(refusal('primary-bakcup').hint).toContain('did you mean "primary-backup"?');
    expect(refusal('2026010').message).toContain('could be 2 runs');
    expect(refusal('2026010').hint).toContain('primary-backup/20260102');
  });

  it('writes into an empty folder of the user, and never over anything', () => {
    const out = join(cwd, 'here', 'deep');
    const folder = store.create({ name: 'a', seed: 1, startedMs: 0, out });
    expect(folder.path).toBe(out);
    expect(existsSync(join(store.root, 'latest'))).toBe(false);
    writeFileSync(folder.file('history'), '');
    expect(() => store.create({ name: 'a', seed: 1, startedMs: 0, out })).toThrow('not empty');
  });

  it('makes a folder name of any run name', () => {
    expect(folderName('../x y/z')).toBe('x-y-z');
    expect(folderName('latest')).toBe('run-latest');
    expect(folderName('...')).toBe('run-');
  });
});
