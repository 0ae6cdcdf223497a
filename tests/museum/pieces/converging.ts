/**
 * Sets and carts that converge.
 */
import type { Json } from '../../../harness/op.ts';
import { type Script, script } from '../../checkers/script.ts';
import { type Piece, pieces } from './piece.ts';

const read = (s: Script, value: Json) => s.run('read', null, 'ok', value);
const added = () => script().run('add', 1).run('add', 2);

export const CONVERGING: readonly Piece[] = pieces('eventual-set', {
  'lost-element': {
    wrong: read(added(), [2]),
    legal: read(added().run('remove', 1, 'info'), [2]),
  },
  'removed-element-returned': {
    wrong: read(added().run('remove', 1), [1, 2]),
    legal: read(added().run('remove', 1).run('add', 1), [1, 2]),
  },
  'phantom-element': {
    wrong: read(added(), [1, 2, 3]),
    legal: read(added().run('add', 3, 'info'), [1, 2, 3]),
  },
  'aborted-read': {
    wrong: read(added().run('add', 3, 'fail'), [1, 2, 3]),
    legal: read(added().run('add', 3, 'fail'), [1, 2]),
  },
});
