/**
 * What clients are owed whatever they asked: service.
 */
import { script } from '../../checkers/script.ts';
import { type Piece, pieces } from './piece.ts';

const refused = { error: { definite: true, kind: 'connection-refused' } };
const answered = { error: { definite: true, kind: 'precondition-failed' } };

export const SERVICE: readonly Piece[] = pieces('availability', {
  unavailable: {
    wrong: script().run('read', null, 'ok', 1).run('cas', [1, 2], 'fail', [1, 2], refused),
    legal: script().run('read', null, 'ok', 1).run('cas', [1, 2], 'fail', [1, 2], answered),
  },
});
