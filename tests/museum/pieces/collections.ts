/**
 * Counters, queues, sets, banks, broadcasts, requests, deletions, ids.
 */
import type { Json } from '../../../harness/op.ts';
import { type Script, script } from '../../checkers/script.ts';
import { type Piece, pieces } from './piece.ts';

const read = (s: Script, value: Json, process?: number) =>
  s.run('read', null, 'ok', value, process === undefined ? {} : { process });
const final = (s: Script, value: Json) => s.run('read', null, 'ok', value, { phase: 'final' });
const add = (...values: number[]) => values.reduce<Script>((s, v) => s.run('add', v), script());

const COUNTER = pieces('counter', {
  'counter-too-low': { wrong: read(add(3, 4), 6), legal: read(add(3, 4), 7) },
  'counter-too-high': { wrong: read(add(3, 4), 8), legal: read(add(3, 4).run('add', 1, 'info'), 8) },
  'impossible-sum': {
    wrong: read(script().run('add', 3, 'info').run('add', 1), 2),
    legal: read(script().run('add', 3, 'info').run('add', 1), 4),
  },
  'counter-went-back': {
    wrong: read(read(script().run('add', 5, 'info'), 5), 0),
    legal: read(read(script().run('add', 5, 'info'), 0), 5),
  },
});

const take = (s: Script, value: Json) => s.run('dequeue', null, 'ok', value);
const put = (...values: number[]) => values.reduce<Script>((s, v) => s.run('enqueue', v), script());

const QUEUE = pieces('queue', {
  'lost-message': {
    wrong: take(put(1, 2), 1).run('drain', null, 'ok', []),
    legal: take(put(1, 2), 1).run('drain', null, 'ok', [2]),
  },
  'duplicate-message': { wrong: take(take(put(1), 1), 1), legal: take(take(put(1, 1), 1), 1) },
  'phantom-message': { wrong: take(take(put(1), 7), 1), legal: take(take(put(1, 7), 7), 1) },
  'aborted-message': {
    wrong: take(script().run('enqueue', 1, 'fail'), 1),
    legal: take(take(script().run('enqueue', 1, 'info').run('enqueue', 2), 1), 2),
  },
});

const SET = pieces('set-full', {
  'lost-element': { wrong: read(read(add(1, 2), [1, 2]), [2]), legal: read(read(add(1, 2), [2]), [1, 2]) },
  'stale-read': {
    wrong: read(read(add(1), []), [1]),
    legal: read(read(add(1), []), [1]),
    options: { linearizable: true },
    legalOptions: { linearizable: false },
  },
  'duplicated-element': { wrong: read(add(1), [1, 1]), legal: read(add(1), [1]) },
  'phantom-element': { wrong: read(add(1), [1, 9]), legal: read(add(1).run('add', 9, 'info'), [1, 9]) },
  'aborted-read': {
    wrong: read(add(1).run('add', 2, 'fail'), [1, 2]),
    legal: read(add(1).run('add', 2, 'info'), [1, 2]),
  },
});

const moved = () => script().run('transfer', { from: 'a', to: 'b', amount: 5 });
const TERMS = { total: 10, accounts: ['a', 'b'] };
const bank = (wrong: Json, legal: Json, more = {}) => ({
  wrong: read(moved(), wrong),
  legal: read(moved(), legal),
  options: { ...TERMS, ...more },
});

const BANK = pieces('bank', {
  'wrong-total': bank({ a: 5, b: 4 }, { a: 5, b: 5 }),
  'negative-balance': {
    ...bank({ a: 12, b: -2 }, { a: 12, b: -2 }),
    legalOptions: { ...TERMS, negative: true },
  },
  'unknown-account': bank({ a: 5, b: 5, c: 0 }, { b: 5, a: 5 }),
  'missing-account': bank({ a: 10 }, { a: 10, b: 0 }),
  'missing-balance': bank({ a: 10, b: null }, { a: 10, b: 0 }),
});

const says = (s: Script, value: Json, type: 'ok' | 'fail' | 'info' = 'ok') =>
  s.run('broadcast', value, type, value, { node: 'n1' });
const hears = (s: Script, list: Json[], node = 'n1') => s.run('read', null, 'ok', list, { node });
const one = () => says(script(), 1);

const BROADCAST = pieces('broadcast', {
  'lost-value': { wrong: hears(hears(one(), [1]), [], 'n2'), legal: hears(hears(one(), []), [1]) },
  'duplicated-value': { wrong: hears(one(), [1, 1]), legal: hears(hears(one(), [1]), [1]) },
  'phantom-value': { wrong: hears(one(), [1, 9]), legal: hears(says(one(), 9, 'info'), [1, 9]) },
  'aborted-read': {
    wrong: hears(says(one(), 2, 'fail'), [1, 2]),
    legal: hears(says(one(), 2, 'info'), [1, 2]),
  },
  'too-many-messages': {
    wrong: hears(one(), [1]),
    options: { messages: 5, maxMessagesPerOp: 2 },
    legalOptions: { messages: 4, maxMessagesPerOp: 2 },
  },
});

const asked = () => script().run('submit', 'a', 'info').run('submit', 'a');

const EXACTLY_ONCE = pieces('exactly-once', {
  'executed-twice': { wrong: read(asked(), ['a', 'a']), legal: read(asked(), ['a']) },
  'executed-twice by workers': {
    wrong: asked().run('execute', 'a').run('execute', 'a'),
    legal: asked().run('execute', 'a').run('execute', 'a', 'info'),
  },
  'lost-request': {
    wrong: read(asked().run('submit', 'b'), ['a']),
    legal: read(asked().run('submit', 'b', 'info'), ['a']),
  },
  'phantom-request': {
    wrong: read(asked(), ['a', 'z']),
    legal: read(asked().run('submit', 'z', 'info'), ['a', 'z']),
  },
  'failed-request-executed': {
    wrong: read(asked().run('submit', 'b', 'fail'), ['a', 'b']),
    legal: read(asked().run('submit', 'b', 'info'), ['a', 'b']),
  },
});

const INTEGRITY = pieces('integrity', {
  'forged-value': {
    wrong: read(script().run('add', 1), [1, 9]),
    legal: read(script().run('add', 1).run('add', 9, 'fail'), [1, 9]),
  },
  'forged-value of a register': {
    wrong: script().run('write', 1).run('read', null, 'ok', 9),
    legal: script().run('cas', [1, 9], 'info').run('read', null, 'ok', 9),
  },
  'forged-value too early': {
    wrong: script().run('enqueue', 1).run('dequeue', null, 'ok', 9).run('enqueue', 9),
    legal: script().run('enqueue', 9).run('dequeue', null, 'ok', 9),
  },
});

const deleted = () => script().run('add', 1, 'ok', 1, { process: 0 }).run('delete', 1, 'ok', 1, { process: 0 });

const DELETES = pieces('read-your-deletes', {
  'deleted-element-returned': { wrong: read(deleted(), [1], 0), legal: read(deleted().run('add', 1), [1], 0) },
  'deleted-element-returned to another': {
    wrong: read(deleted(), [1], 1),
    legal: read(deleted(), [], 1),
    options: { scope: 'global' },
  },
});

const IDS = pieces('unique-ids', {
  'duplicate-id': {
    wrong: script().run('generate', null, 'ok', 7).run('generate', null, 'ok', 7),
    legal: script().run('generate', null, 'ok', 7).run('generate', null, 'ok', '7'),
  },
});

const ECHO = pieces('echo', {
  'wrong-echo': {
    wrong: script().run('echo', { a: 1 }, 'ok', { a: 2 }),
    legal: script().run('echo', { a: 1 }, 'ok', { a: 1 }),
  },
});

/** Elements that are late are final only when nothing may follow. */
const LATE = pieces('set-full', {
  'lost-element at the end': {
    wrong: final(add(1, 2), [2]),
    legal: final(add(1, 2).run('read', null, 'ok', [2], { phase: 'load' }), [2, 1]),
  },
});

export const COLLECTIONS: Piece[] = [
  ...COUNTER,
  ...QUEUE,
  ...SET,
  ...LATE,
  ...BANK,
  ...BROADCAST,
  ...EXACTLY_ONCE,
  ...INTEGRITY,
  ...DELETES,
  ...IDS,
  ...ECHO,
];
