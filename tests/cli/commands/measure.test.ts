import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MESSAGE_COLUMNS } from '../../../harness/cluster/stdio/message-journal.ts';
import { type Typed, typed } from '../typed.ts';

const folder = mkdtempSync(join(tmpdir(), 'measure-'));
afterAll(() => rmSync(folder, { recursive: true }));

const type = (...words: string[]): Promise<Typed> => typed(folder, 'measure', ...words);

interface Row {
  processes: number;
  pairs: number;
  concurrentPairs: number;
  lamport: { bytesPerMessage: number; pairsTold: number; concurrentOrdered: number };
  vector: { bytesPerMessage: number; pairsTold: number; concurrentOrdered: number };
}

describe('measure clocks', () => {
  it('shows that vectors grow with n and tell every pair, and Lamport clocks neither', async () => {
    const { stdout, code } = await type('clocks', '--nodes', '2,8,32', '--events', '300', '--json');
    expect(code).toBe(0);
    const { rows } = JSON.parse(stdout) as { rows: Row[] };
    expect(rows.map((row) => row.processes)).toEqual([2, 8, 32]);
    for (const row of rows) {
      expect(row.pairs).toBe((300 * 299) / 2);
      expect(row.vector.pairsTold).toBe(row.pairs);
      expect(row.vector.concurrentOrdered).toBe(0);
      expect(row.lamport.pairsTold + row.lamport.concurrentOrdered).toBe(row.concurrentPairs);
      // One digit and one comma for each process at least.
      expect(row.vector.bytesPerMessage).toBeGreaterThanOrEqual(2 * row.processes + 1);
      expect(row.lamport.bytesPerMessage).toBeLessThan(4);
    }
    expect(rows[2]!.concurrentPairs).toBeGreaterThan(rows[0]!.concurrentPairs);
  });

  it('prints a table, the same for one seed', async () => {
    const first = (await type('clocks', '--nodes', '3..5', '--events', '50', '--seed', '4')).stdout;
    expect(first).toMatch(/\n {2}3 {5}50 .* 100\.0% .*\n {2}4 .*\n {2}5 /);
    expect((await type('clocks', '--nodes', '3..5', '--events', '50', '--seed', '4')).stdout).toBe(first);
  });

  it('measures the messages of a run', async () => {
    const run = join(folder, '.faultline', 'demo', '20260101T000000.000Z-1');
    mkdirSync(run, { recursive: true });
    const rows = [
      [0, 1, 10, 20, 'delivered', 'n1', 'n1', 'n2', 'vote', 1, null, 9, ''],
      [3, 4, 40, 50, 'cut', 'n3', 'n3', 'n1', 'vote', 1, null, 9, ''],
    ];
    const lines = [{ format: 'faultline-messages/1', columns: MESSAGE_COLUMNS }, ...rows];
    writeFileSync(join(run, 'messages.jsonl'), lines.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    for (const name of ['plan.json', 'run.json', 'history.jsonl']) writeFileSync(join(run, name), '{}\n');
    const { rows: measured } = JSON.parse((await type('clocks', run, '--json')).stdout) as { rows: Row[] };
    expect(measured).toEqual([
      {
        processes: 3,
        events: 3,
        messages: 2,
        pairs: 3,
        concurrentPairs: 2,
        // The two sends have 1; the receipt has 2 and is concurrent with the send of n3.
        lamport: { bytesPerMessage: 1, pairsTold: 1, concurrentOrdered: 1 },
        vector: { bytesPerMessage: 7, pairsTold: 3, concurrentOrdered: 0 },
      },
    ]);
  });

  it.each([
    [['clocsk'], 'did you mean "clocks"'],
    [['clocks', '--nodes', '5..3'], 'write 3..33'],
    [['clocks', '--nodes', '3,x'], 'write 3..33'],
    [['clocks', '--events', '1'], '--events is from 2'],
    [['clocks', '--seed', 'x'], '--seed takes a whole number'],
    [['clocks', 'a', 'b'], 'one run'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await type(...words);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });
});
