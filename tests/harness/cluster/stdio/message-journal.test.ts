/** The message journal: columns, bound, what was left out. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import {
  MESSAGE_COLUMNS,
  MessageJournal,
  type MessageRecord,
} from '../../../../harness/cluster/stdio/message-journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'faultline-journal-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record: MessageRecord = {
  sentOrder: 0,
  endOrder: 1,
  sentNs: 10,
  endNs: 20,
  fate: 'delivered',
  from: 'n1',
  src: 'n1',
  dest: 'n2',
  type: 'quote"d',
  msgId: 'uuid-1',
  inReplyTo: null,
  bytes: 30,
  marks: 'c',
};

it('writes a header, one array per message, and what no longer fitted', () => {
  const path = join(folder, 'messages.jsonl');
  const journal = new MessageJournal(path, 400);
  for (let i = 0; i < 10; i++) journal.add({ ...record, sentOrder: i });
  journal.add({ ...record, fate: 'cut' });
  expect(journal.leftOut).toBeGreaterThan(0);
  journal.close();
  journal.close();
  const lines = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toEqual({ format: 'faultline-messages/1', columns: [...MESSAGE_COLUMNS] });
  expect(lines[1]).toEqual([0, 1, 10, 20, 'delivered', 'n1', 'n1', 'n2', 'quote"d', 'uuid-1', null, 30, 'c']);
  const written = lines.length - 2;
  expect(lines.at(-1)).toEqual({
    end: true,
    left_out: 11 - written,
    left_out_by_fate: { delivered: 10 - written, cut: 1 },
  });
});

it('gives up quietly on a full disk, and says so', () => {
  const journal = new MessageJournal('/dev/full');
  journal.add(record);
  journal.flush();
  expect(journal.problem).toMatch(/messages are not journalled: .*ENOSPC/);
  journal.add(record);
  journal.close();
});
