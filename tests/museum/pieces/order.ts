/**
 * Logs with offsets, locks and leases, and the order in which writes are seen.
 */
import type { Json, OpType } from '../../../harness/op.ts';
import { type Extra, type Script, script } from '../../checkers/script.ts';
import { type Piece, pieces } from './piece.ts';

type Message = [offset: number, value: number];

const send = (s: Script, [offset, value]: Message, type: OpType = 'ok', process = 0) =>
  s.run('send', [['send', 'k', value]], type, type === 'ok' ? [['send', 'k', [offset, value]]] : undefined, {
    process,
  });
const poll = (s: Script, messages: Message[], process = 1) =>
  s.run('poll', [['poll']], 'ok', [['poll', { k: messages }]], { process });
const ALL: Message[] = [
  [0, 10],
  [1, 11],
  [2, 12],
];
const three = () => ALL.reduce<Script>((s, message) => send(s, message), script());
const from = (first: number, last = 2) => ALL.slice(first, last + 1);
const commit = (s: Script, offset: number, type: OpType = 'ok') => s.run('commit', { k: offset }, type);
const committed = (s: Script, answer: Json) => s.run('committed', ['k'], 'ok', answer);

const KAFKA = pieces('kafka', {
  'lost-write': {
    wrong: poll(three(), [ALL[0]!, ALL[2]!]),
    legal: poll(three(), from(0, 1)),
    options: { skips: false },
  },
  'duplicate-message': { wrong: poll(poll(three(), from(0)), [[3, 10]], 2), legal: poll(poll(three(), from(0)), [[0, 10]], 2) },
  'inconsistent-offset': {
    wrong: poll(poll(send(script(), [0, 10]), [[0, 10]]).run('send', [['send', 'k', 11]], 'info'), [[0, 11]], 2),
    legal: poll(poll(send(script(), [0, 10]), [[0, 10]]).run('send', [['send', 'k', 11]], 'info'), [[1, 11]], 2),
  },
  'aborted-read': {
    wrong: poll(send(three(), [3, 13], 'fail', 5), [...ALL, [3, 13]]),
    legal: poll(send(three(), [3, 13], 'info', 5), [...ALL, [3, 13]]),
  },
  'phantom-message': {
    wrong: poll(three(), [...ALL, [3, 99]]),
    legal: poll(send(three(), [3, 99]), [...ALL, [3, 99]]),
  },
  'nonmonotonic-poll': {
    wrong: poll(poll(poll(three(), from(0, 1)), from(1, 1)), from(0), 9),
    legal: poll(
      poll(poll(three(), from(0, 1)).run('assign', ['k'], 'ok', ['k'], { process: 1 }), from(1, 1)),
      from(0),
      9,
    ),
  },
  'poll-skip': {
    wrong: poll(poll(poll(three(), from(0, 0)), from(2)), from(0), 9),
    legal: poll(poll(poll(three(), from(0, 0)), from(1)), from(0), 9),
  },
  'nonmonotonic-send': {
    wrong: poll(send(send(script(), ALL[1]!), ALL[0]!), from(0, 1)),
    legal: poll(send(send(script(), ALL[1]!), ALL[0]!, 'ok', 7), from(0, 1)),
  },
  'lost-commit': {
    wrong: committed(commit(commit(script(), 3), 5), { k: 3 }),
    legal: committed(commit(commit(script(), 3, 'info'), 5), { k: 5 }),
  },
  'phantom-commit': {
    wrong: committed(commit(script(), 3), { k: 4 }),
    legal: committed(commit(commit(script(), 3), 4, 'info'), { k: 4 }),
  },
});

const acquire = (s: Script, process: number, answer: Json = null, extra: Extra = {}) =>
  s.run('acquire', null, 'ok', answer, { process, ...extra });
const release = (s: Script, process: number) => s.run('release', null, 'ok', null, { process });
const passedOn = (second: Json) => acquire(release(acquire(script(), 0, 5), 0), 1, second);
const writes = (...tokens: number[]) =>
  tokens.reduce<Script>((s, token) => s.run('write', { token, data: 'x' }), passedOn(6));

const LOCK = pieces('lock', {
  'two-holders': {
    wrong: release(acquire(acquire(script(), 0), 1), 0),
    legal: acquire(release(acquire(script(), 0), 0), 1),
  },
  'lease-overlap': {
    wrong: acquire(acquire(script(), 0, null, { from: 0, at: 1 }), 1, null, { from: 900, at: 901 }),
    legal: acquire(acquire(script(), 0, null, { from: 0, at: 1 }), 1, null, { from: 1001, at: 1002 }),
    options: { ttlMs: 1000 },
  },
  'lease-overlap beyond the skew': {
    wrong: acquire(acquire(script(), 0, null, { from: 0, at: 1 }), 1, null, { from: 800, at: 801 }),
    legal: acquire(acquire(script(), 0, null, { from: 0, at: 1 }), 1, null, { from: 950, at: 951 }),
    options: { ttlMs: 1000, clockSkewMs: 50, clockDrift: 0.01 },
  },
  'token-went-back': { wrong: passedOn(4), legal: passedOn(6) },
  'token-reused': { wrong: passedOn(5), legal: passedOn(7) },
  'stale-token-accepted': { wrong: writes(5, 6, 5), legal: writes(5, 5, 6).run('write', { token: 5 }, 'fail') },
});

const read = (s: Script, value: Json, process?: number) =>
  s.run('read', null, 'ok', value, process === undefined ? {} : { process });

const MONOTONIC = pieces('monotonic', {
  'value-went-back': { wrong: read(read(script(), 3, 0), 2, 0), legal: read(read(script(), 2, 0), 3, 0) },
  'value-went-back for all': {
    wrong: read(read(script(), 3, 0), 2, 1),
    legal: read(read(script(), 2, 0), 3, 1),
    options: { scope: 'global' },
  },
});

const write = (s: Script, value: number, process = 0, type: OpType = 'ok') =>
  s.run('write', value, type, value, { process });
const two = (process = 0) => write(write(script(), 1), 2, process);

const SEQUENTIAL = pieces('sequential', {
  'out-of-order-visibility': { wrong: read(two(), [2]), legal: read(two(), [2, 1]) },
  'phantom-read': { wrong: read(two(), [9, 2, 1]), legal: read(write(two(), 9, 1, 'info'), [9, 2, 1]) },
});

const CAUSAL_REVERSE = pieces('causal-reverse', {
  'causal-reverse': { wrong: read(two(1), [2]), legal: read(two(1), [2, 1]) },
  'phantom-read': { wrong: read(two(1), [9, 2, 1]), legal: read(write(two(1), 9, 2, 'info'), [9, 2, 1]) },
  'aborted-read': {
    wrong: read(write(two(1), 3, 2, 'fail'), [1, 2, 3]),
    legal: read(write(two(1), 3, 2, 'info'), [1, 2, 3]),
  },
});

const put = (s: Script, key: string, type: OpType = 'ok') => s.run('txn', [['w', key, 1]], type);
const look = (s: Script, x: Json, y: Json) => {
  const asked = ['x', 'y'].map((key): Json => ['r', key, null]);
  return s.run('txn', asked, 'ok', [
    ['r', 'x', x],
    ['r', 'y', y],
  ]);
};
const both = (type: OpType = 'ok') => put(put(script(), 'x'), 'y', type);

const LONG_FORK = pieces('long-fork', {
  'long-fork': { wrong: look(look(both(), 1, null), null, 1), legal: look(look(both(), 1, null), 1, 1) },
  'phantom-read': { wrong: look(look(both(), 1, 2), 1, 1), legal: look(look(both(), 1, 1), 1, 1) },
  'aborted-read': {
    wrong: look(look(both('fail'), 1, null), 1, 1),
    legal: look(look(both('info'), 1, null), 1, 1),
  },
});

const insert = (s: Script, value: Json, type: OpType = 'ok', process = 0) =>
  s.run('insert', value, type, value, { key: 4, process });
const onlyOne = () => insert(script(), [1, null]);

const G2 = pieces('g2', {
  G2: { wrong: insert(onlyOne(), [null, 2], 'ok', 1), legal: insert(onlyOne(), [null, 2], 'fail', 1) },
});

/** Single operations of `process f key value` and transactions `process r x 1, w x 2`, one after the other. */
const told = (...rows: string[]): Script =>
  rows.reduce<Script>((s, row) => {
    const [process = '', ...mops] = row.split(/(?<=^\d+) |, /);
    const asked = mops.map((mop) => mop.split(' ') as [string, string, string]);
    const value = (answered: boolean): Json =>
      asked.map(([f, key, v]) => [f, key, f === 'w' || (answered && v !== '-') ? Number(v) : null]);
    return s.run('txn', value(false), 'ok', value(true), { process: Number(process) });
  }, script());
/** The first reader reads its own write over; the last reader knows of it by way of two others. */
const carried = (last: number) =>
  told('2 w x 2', '3 w x 3', '3 w z 9', '2 r x 3', '0 r z 9', '0 w y 1', `1 r y 1`, `1 r x ${last}`);

const SESSION_GUARANTEES = pieces('session-guarantees', {
  'read-your-writes-and-monotonic-reads-and-monotonic-writes-and-writes-follow-reads': {
    wrong: carried(2),
    legal: carried(3),
  },
  internal: { wrong: told('0 w x 1', '1 w x 2, r x 1'), legal: told('0 w x 1', '1 w x 2', '1 r x 2') },
  'intermediate-read': { wrong: told('0 w x 1, w x 2', '1 r x 1'), legal: told('0 w x 1', '0 w x 2', '1 r x 2') },
  'future-read': { wrong: told('0 r x 1, w x 1'), legal: told('0 r x -', '0 w x 1', '1 r x 1') },
});

export const ORDER: Piece[] = [
  ...G2,
  ...SESSION_GUARANTEES,
  ...KAFKA,
  ...LOCK,
  ...MONOTONIC,
  ...SEQUENTIAL,
  ...CAUSAL_REVERSE,
  ...LONG_FORK,
];
