import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStorage, MemoryStorage } from '../../../../systems/reference/runtime/storage.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-storage-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const journal = (): string => join(folder, 'journal.jsonl');
function itemsOf(storage: MemoryStorage, name: string): unknown[] {
  const log = storage.log(name);
  return Array.from({ length: log.length }, (_, i) => log.get(i));
}

describe('storage in a file', () => {
  it('holds after a restart what was committed, and cuts off a torn line', () => {
    const storage = new FileStorage(folder);
    storage.write('vote', { term: 3 });
    storage.log('log').append([1, 2, 3]);
    storage.commit();
    writeFileSync(journal(), `${readFileSync(journal(), 'utf8')}["a","log",[4`);
    const again = new FileStorage(folder);
    expect(again.read('vote')).toEqual({ term: 3 });
    expect(itemsOf(again, 'log')).toEqual([1, 2, 3]);
    again.log('log').append([5]);
    again.commit();
    expect(itemsOf(new FileStorage(folder), 'log')).toEqual([1, 2, 3, 5]);
  });

  it('does not grow with what was overwritten and cut off', () => {
    const storage = new FileStorage(folder);
    const text = 'x'.repeat(40_000);
    let longest = 0;
    for (let i = 0; i < 150; i++) {
      storage.write('snapshot', { i, text });
      const log = storage.log(i % 2 === 0 ? 'a' : 'b');
      log.append([{ i }, { i }]);
      if (log.length > 20) log.truncate(1);
      storage.commit();
      longest = Math.max(longest, statSync(journal()).size);
    }
    // Some 6 MB were written.
    expect(longest).toBeLessThan(1_300_000);
    const again = new FileStorage(folder);
    expect(again.read('snapshot')).toEqual({ i: 149, text });
    for (const name of ['a', 'b', 'none']) expect(itemsOf(again, name)).toEqual(itemsOf(storage, name));
    expect(existsSync(`${journal()}.new`)).toBe(false);
  });

  it('forgets a new journal that was not complete', () => {
    const storage = new FileStorage(folder);
    storage.write('term', 7);
    storage.commit();
    writeFileSync(`${journal()}.new`, '["w","term",');
    expect(new FileStorage(folder).read('term')).toBe(7);
    expect(existsSync(`${journal()}.new`)).toBe(false);
  });

  it('is what memory is, whatever is done to it', () => {
    const padding = 'p'.repeat(60_000);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), name: fc.constantFrom('u', 'v'), value: fc.nat(9) }),
      fc.record({ kind: fc.constant('append' as const), name: fc.constantFrom('l', 'm'), value: fc.nat(9) }),
      fc.record({ kind: fc.constant('cut' as const), name: fc.constantFrom('l', 'm'), value: fc.nat(9) }),
      fc.record({ kind: fc.constant('restart' as const), name: fc.constant('l'), value: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        rmSync(journal(), { force: true });
        const memory = new MemoryStorage();
        let file = new FileStorage(folder);
        for (const { kind, name, value } of steps) {
          if (kind === 'restart') file = new FileStorage(folder);
          for (const storage of [memory, file]) {
            const log = storage.log(name);
            if (kind === 'write') storage.write(name, { value, padding });
            else if (kind === 'append') log.append([{ value, padding }]);
            else if (kind === 'cut') log.truncate(Math.min(value, log.length));
          }
          file.commit();
        }
        const again = new FileStorage(folder);
        for (const name of ['u', 'v']) expect(again.read(name)).toEqual(memory.read(name));
        for (const name of ['l', 'm']) expect(itemsOf(again, name)).toEqual(itemsOf(memory, name));
      }),
      { numRuns: 15 },
    );
  });
});
