/** Matching replies, and what each failure promises. */
import { expect, it } from 'vitest';
import { ERROR_CODES, failureOf } from '../../../harness/cluster/error-codes.ts';
import { indefinite, RequestTable } from '../../../harness/cluster/request-table.ts';

const call = (client: string, timeoutMs = 5_000) => ({ client, timeoutMs });

it('numbers requests from 1 per client and hands each its own reply', async () => {
  const table = new RequestTable();
  const [a1, a2, b1] = [
    table.begin('n1', call('a')),
    table.begin('n1', call('a')),
    table.begin('n1', call('b')),
  ];
  expect([a1.msgId, a2.msgId, b1.msgId]).toEqual([1, 2, 1]);
  expect(table.settle('a', { type: 'ok', in_reply_to: 2 })).toBe(true);
  expect(table.settle('b', { type: 'ok', in_reply_to: 1, v: 'b' })).toBe(true);
  expect(table.settle('a', { type: 'ok', in_reply_to: 2 })).toBe(false);
  expect(table.settle('a', { type: 'ok' })).toBe(false);
  expect(table.settle('z', { type: 'ok', in_reply_to: 1 })).toBe(false);
  expect(await b1.reply).toMatchObject({ v: 'b' });
  expect(await a2.reply).toMatchObject({ in_reply_to: 2 });
  table.failNode('n1', () => indefinite('connection-reset', 'gone'), 'a');
  await expect(a1.reply).rejects.toMatchObject({ error: { definite: false, kind: 'connection-reset' } });
});

it('times out and aborts as unknown', async () => {
  const table = new RequestTable();
  await expect(table.begin('n1', call('a', 10)).reply).rejects.toMatchObject({
    error: { definite: false, kind: 'timeout' },
  });
  const abort = new AbortController();
  const pending = table.begin('n1', { ...call('a'), signal: abort.signal });
  abort.abort();
  await expect(pending.reply).rejects.toMatchObject({ error: { definite: false, kind: 'aborted' } });
  await expect(table.begin('n1', { ...call('a'), signal: abort.signal }).reply).rejects.toMatchObject({
    error: { kind: 'aborted' },
  });
});

it('fails what waits for one node only', async () => {
  const table = new RequestTable();
  const [one, two] = [table.begin('n1', call('a')), table.begin('n2', call('a'))];
  table.failNode('n1', () => indefinite('connection-reset', 'gone'));
  await expect(one.reply).rejects.toMatchObject({ error: { kind: 'connection-reset' } });
  table.settle('a', { type: 'error', in_reply_to: 2, code: 22, text: 'was 3' });
  await expect(two.reply).rejects.toMatchObject({
    error: { definite: true, kind: 'precondition-failed', message: 'was 3' },
  });
});

it('promises nothing for codes it does not know', () => {
  expect(failureOf({ type: 'error', code: 1_234 }).error).toEqual({ definite: false, kind: 'error-1234' });
  expect(failureOf({ type: 'error', code: 'x' }).error).toEqual({
    definite: false,
    kind: 'error-without-code',
  });
  const definite = Object.entries(ERROR_CODES).flatMap(([code, { definite }]) =>
    definite ? [Number(code)] : [],
  );
  expect(definite).toEqual([1, 10, 11, 12, 14, 20, 21, 22, 30]);
});
