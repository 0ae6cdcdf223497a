/**
 * Every piece of the museum that is written as code. A checker's author adds a file here, or a line to one.
 */
import { CLUSTER } from './cluster.ts';
import { COLLECTIONS } from './collections.ts';
import { CONVERGING } from './converging.ts';
import { ORDER } from './order.ts';
import type { Piece } from './piece.ts';
import { SERVICE } from './service.ts';
import { TRANSACTIONS } from './transactions.ts';

export const PIECES: readonly Piece[] = [...COLLECTIONS, ...CONVERGING, ...ORDER, ...CLUSTER, ...SERVICE, ...TRANSACTIONS];
