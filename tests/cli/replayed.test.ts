/**
 * What a replay says: the same bytes or where they part, and every event in order of time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { earlyEnd, earlyWords } from '../../cli/ended-early.ts';
import { compareHistories, comparisonLines, eventLines, messageLines } from '../../cli/replayed.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-replayed-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, lines: readonly unknown[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return path;
}

const op = (index: number, time: number, value: unknown) => ({
  index,
  time,
  process: 0,
  type: index % 2 === 0 ? 'invoke' : 'ok',
  f: 'read',
  key: 'x',
  value,
});
const OPS = [op(0, 1e6, null), op(1, 2e6, 1), op(2, 3e6, null), op(3, 4e6, 2)];

it('knows equal histories by their hash', () => {
  const compared = compareHistories(file('a', OPS), file('b', OPS));
  expect(compared).toMatchObject({ same: 4, differ: null });
  expect(compared.hashes[0]).toMatch(/^[0-9a-f]{16}$/);
  expect(comparisonLines(compared, undefined)).toEqual([
    `history hash ${compared.hashes[0]}: the same 4 operations as before, byte for byte`,
  ]);
});

it('shows where two histories part', () => {
  const changed = [...OPS.slice(0, 3), op(3, 4e6, 7)];
  const compared = compareHistories(file('a', OPS), file('b', changed));
  const lines = comparisonLines(compared, undefined);
  expect(compared.same).toBe(3);
  expect(lines[0]).toMatch(/not the same run; the first 3 operations are equal/);
  expect(lines[1]).toBe('  before   4.000000 ms  0 ok read "x" 2');
  expect(lines[2]).toBe('  now      4.000000 ms  0 ok read "x" 7');
  const shorter = compareHistories(file('a', OPS), file('b', OPS.slice(0, 2)));
  expect(comparisonLines(shorter, undefined)[2]).toContain('nothing: it had ended');
});

it('says the same of messages', () => {
  const lines = [['header'], [0, 1, 'append'], [2, 3, 'vote']];
  const compared = compareHistories(file('a', lines), file('b', [...lines.slice(0, 2), [2, 3, 'append']]));
  expect(messageLines(compared)[0]).toMatch(/the first 1 messages are equal/);
  expect(messageLines(compared)[2]).toContain('[2,3,"append"]');
  expect(messageLines(compareHistories(file('a', lines), file('b', lines)))[0]).toMatch(/the same messages/);
});

it('compares as far as asked', () => {
  const compared = compareHistories(file('a', OPS), file('b', OPS.slice(0, 2)), 2.5e6);
  expect(comparisonLines(compared, '2500us')).toEqual(['the same until 2500us: 2 operations, byte for byte']);
});

it('prints operations and messages in order of time', () => {
  const messages = file('messages.jsonl', [
    {
      format: 'faultline-messages/1',
      columns: [
        'sent_order',
        'end_order',
        'sent_ns',
        'end_ns',
        'fate',
        'from',
        'src',
        'dest',
        'type',
        'msg_id',
        'in_reply_to',
        'bytes',
        'marks',
      ],
    },
    [0, 1, 1.2e6, 1.5e6, 'delivered', 'n1', 'n1', 'n2', 'append', 1, null, 10, ''],
  ]);
  expect(eventLines(file('a', OPS.slice(0, 2)), messages)).toEqual([
    '       1.000 ms  0 invoke read "x"',
    '       1.200 ms  n1 sends append to n2',
    '       1.500 ms  n2 receives append from n1',
    '       2.000 ms  0 ok read "x" 1',
  ]);
});

it('compares a run that was killed or interrupted up to where it was', () => {
  const ops = OPS.map((one) => ({ ...one, phase: 'load' }));
  const path = file('early', [...ops, { ...op(5, 5e6, 3), phase: 'heal' }]);
  expect(earlyEnd({ ended: null, endedBy: null }, path)).toEqual({ untilNs: 5e6, by: 'force' });
  const interrupted = earlyEnd({ ended: '2026-01-01', endedBy: 'SIGINT' }, path)!;
  expect(interrupted).toEqual({ untilNs: 3e6, by: 'SIGINT' });
  expect(earlyEnd({ ended: '2026-01-01', endedBy: 'the time limit' }, path)).toBeNull();
  expect(earlyEnd({ ended: null, endedBy: null }, file('empty', []))).toBeNull();
  const { same, differ } = compareHistories(
    path,
    file(
      'whole',
      OPS.map((one) => ({ ...one, phase: 'load' })),
    ),
    interrupted.untilNs,
  );
  expect([same, differ]).toEqual([2, null]);
  expect(earlyWords(interrupted, same)).toBe(
    'the run before was ended by SIGINT at 0.003 s: the same 2 operations until then, byte for byte',
  );
});
