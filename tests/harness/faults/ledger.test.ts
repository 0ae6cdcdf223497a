/**
 * The ledger on disk: order, torn tails, foreign lines.
 */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendToLedger, Ledger, readLedger } from '../../../harness/faults/ledger.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  path = join(folder, 'ledger.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true }));

const CONT = { kind: 'signal', pid: 7, startTicks: 9, signal: 'SIGCONT', group: true } as const;

describe('writing', () => {
  it('has each entry on disk when its promise resolves, in the order of the calls', async () => {
    const ledger = await Ledger.create(path, 'r1');
    expect(readLedger(path).entries).toMatchObject([{ entry: 'run', run: 'r1', pid: process.pid }]);
    ledger.process({ node: 'n1', pid: 5, pgid: 5, startTicks: 6 });
    void ledger.temporary('/tmp/faultline-x');
    await ledger.beforeInject('pause-1', [CONT]);
    expect(readLedger(path).entries.slice(1)).toEqual([
      { entry: 'process', node: 'n1', pid: 5, pgid: 5, startTicks: 6 },
      { entry: 'temporary', path: '/tmp/faultline-x' },
      { entry: 'fault', id: 'pause-1', undo: [CONT] },
    ]);
    await ledger.undone('pause-1');
    await ledger.close(true);
    expect(readLedger(path).entries.slice(-2)).toEqual([
      { entry: 'undone', id: 'pause-1' },
      { entry: 'end' },
    ]);
  });

  it('has no end when the run could not clean up', async () => {
    const ledger = await Ledger.create(path, 'r1');
    await ledger.close(false);
    expect(readLedger(path).entries.map((entry) => entry.entry)).toEqual(['run']);
  });

  it('says so when an entry cannot be written, from then on', async () => {
    const ledger = await Ledger.create(path, 'r1');
    await ledger.close(false);
    ledger.process({ node: 'n1', pid: 5, pgid: 5, startTicks: 6 });
    await expect(ledger.flush()).rejects.toThrow();
    await expect(ledger.beforeInject('pause-1', [])).rejects.toThrow();
  });

  it('refuses to write over the ledger of another run', async () => {
    await (await Ledger.create(path, 'r1')).close(true);
    await expect(Ledger.create(path, 'r2')).rejects.toThrow(/EEXIST/);
  });
});

describe('reading', () => {
  it('tolerates a torn tail and goes on after it on a new line', async () => {
    const ledger = await Ledger.create(path, 'r1');
    await ledger.undone('a-1');
    await ledger.close(false);
    appendFileSync(path, '{"entry":"fault","id":"pau');
    expect(readLedger(path)).toMatchObject({ unreadable: 1 });
    expect(readLedger(path).entries).toHaveLength(2);
    appendToLedger(path, { entry: 'cleaned', did: ['x'] });
    expect(readLedger(path).entries.at(-1)).toEqual({ entry: 'cleaned', did: ['x'] });
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
  });

  it.each([
    '[]',
    'null',
    '{"entry":"fault","id":"x","undo":[{"kind":"signal","pid":"1","startTicks":1,"signal":"SIGCONT","group":true}]}',
    '{"entry":"fault","id":"x","undo":[{"kind":"signal","pid":1,"startTicks":1,"signal":"SIGTERM","group":true}]}',
    '{"entry":"process","node":"n1","pid":1.5,"pgid":1,"startTicks":1}',
    '{"entry":"run","run":"","pid":1,"startTicks":1,"table":{}}',
    '{"entry":"surprise"}',
  ])('takes %s for no entry', (line) => {
    writeFileSync(path, `${line}\n`);
    expect(readLedger(path)).toEqual({ entries: [], unreadable: 1 });
  });
});
