/**
 * What clients are owed whatever they asked: service, and nodes that are there.
 */
import { historyOf } from '../../../harness/history/builder.ts';
import { script } from '../../checkers/script.ts';
import { type Piece, pieces } from './piece.ts';

const refused = { error: { definite: true, kind: 'connection-refused' } };
const answered = { error: { definite: true, kind: 'precondition-failed' } };

const ended = (by: string) =>
  historyOf([
    { index: 0, time: 5, process: 'cluster', type: 'info', f: 'exited', node: 'n1', value: { code: 0, signal: null, by } },
  ]);

const CRASHES = pieces('crashes', { 'node-ended': { wrong: ended('itself'), legal: ended('harness') } });

const AVAILABILITY = pieces('availability', {
  unavailable: {
    wrong: script().run('read', null, 'ok', 1).run('cas', [1, 2], 'fail', [1, 2], refused),
    legal: script().run('read', null, 'ok', 1).run('cas', [1, 2], 'fail', [1, 2], answered),
  },
});

export const SERVICE: readonly Piece[] = [...AVAILABILITY, ...CRASHES];
