import { describe, expect, it } from 'vitest';
import { CHECKERS } from '../../checkers/registry.ts';
import { clientFunctions, suggestChecker, transactionChecker } from '../../checkers/suggest.ts';
import { historyOf } from '../../harness/history/builder.ts';
import type { Json, Op, Process } from '../../harness/op.ts';

const history = (...calls: [f: string, value?: Json, process?: Process][]) =>
  historyOf(
    calls.flatMap(([f, value = null, process = 0], index): Op[] => [
      { index: 2 * index, time: index, process, type: 'invoke', f, value },
      { index: 2 * index + 1, time: index, process, type: 'ok', f, value },
    ]),
  );

describe('suggestChecker', () => {
  it.each([
    [['read', 'write'], 'linearizable', 'cas-register'],
    [['read'], 'linearizable', 'cas-register'],
    [['add', 'read'], 'set-full', undefined],
    [['generate'], 'unique-ids', undefined],
    [['command'], 'election-safety', undefined],
    [['get', 'put', 'append'], 'linearizable', 'append-kv'],
    [['get', 'put'], 'linearizable', 'kv'],
    [['enqueue', 'dequeue'], 'linearizable', 'queue'],
    [['acquire', 'release'], 'linearizable', 'mutex'],
  ])('judges %j by %s %s', (functions, name, model) => {
    const suggested = suggestChecker(history(...functions.map((f): [string] => [f])));
    expect(suggested?.name).toBe(name);
    expect(suggested?.options['model']).toBe(model);
  });

  it.each([
    [['transfer', 'read'], { a: 1 }, 'bank'],
    [['poll', 'send'], null, 'kafka'],
    [['broadcast', 'read'], [1], 'broadcast'],
    [['submit', 'execute'], null, 'exactly-once'],
    [['add', 'read'], 3, 'counter'],
    [['add', 'read'], [3], 'set-full'],
    [['enqueue', 'dequeue', 'drain'], [], 'queue'],
    [['acquire', 'renew', 'release'], null, 'lock'],
    [['add', 'delete', 'read'], [1], 'read-your-deletes'],
    [['propose', 'decide'], 'a', 'agreement'],
    [['put', 'get'], [1], 'siblings'],
    [['put', 'get'], 1, 'linearizable'],
    [['write', 'read'], 1, 'linearizable'],
    [['write', 'read'], [1], undefined],
  ])('judges %j that answer %j by %s', (functions, answer, name) => {
    const all = historyOf(
      functions.flatMap((f, index): Op[] => [
        { index: 2 * index, time: index, process: 0, type: 'invoke', f, value: null },
        { index: 2 * index + 1, time: index, process: 0, type: 'ok', f, value: answer as Json },
      ]),
    );
    expect(suggestChecker(all)?.name).toBe(name);
  });

  it('looks at clients only, and at observers when there are none', () => {
    expect(clientFunctions(history(['read'], ['inject-kill', null, 'nemesis:kill']))).toEqual(['read']);
    const observed = history(['leader', { leading: true, term: 1 }, 'observer:n1']);
    expect(suggestChecker(observed)?.name).toBe('election-safety');
    expect(suggestChecker(history())).toBeNull();
    expect(suggestChecker(history(['frob'], ['read']))).toBeNull();
  });

  it('tells lists from registers by the micro-operations, and never suggests what does not exist', () => {
    const lists = history(['txn', [['r', 1, null]]], ['txn', [['append', 1, 2]]]);
    const registers = history([
      'txn',
      [
        ['w', 1, 2],
        ['r', 1, 2],
      ],
    ]);
    expect(transactionChecker(lists)).toBe('list-append');
    expect(transactionChecker(registers)).toBe('rw-register');
    expect(transactionChecker(history(['txn', 7]))).toBeNull();
    for (const each of [lists, registers]) {
      const name = suggestChecker(each)?.name;
      if (name !== undefined) expect(Object.keys(CHECKERS)).toContain(name);
    }
  });
});
