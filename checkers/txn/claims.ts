/**
 * What transaction checkers claim to find, in words: classes of circles in three variants each, and what is
 * wrong without any circle.
 */
import { VARIANTS } from './levels.ts';

const CIRCLES: Readonly<Record<string, string>> = {
  G0: 'transactions that overwrote each other in a circle',
  G1c: 'transactions that overwrote or read each other in a circle',
  'G-single':
    'a circle with one anti-dependency: somebody missed a write that came before what it depends on',
  'G-nonadjacent': 'a circle with anti-dependencies of which no two follow each other, such as a long fork',
  'G2-item': 'a circle with anti-dependencies on items, such as write skew',
  G2: 'a circle with anti-dependencies of which one is of a scan that did not find a key',
  'G-monotonic': 'a transaction that missed a write after it had depended on what followed it',
};

const TIMES = ['', ', one step of which is the order within a process', ', one step of which is real time'];

const EITHER: Readonly<Record<string, string>> = {
  G1a: 'a read of what a failed transaction wrote',
  G1b: 'a read of what its transaction replaced before it committed',
  internal: 'a transaction that contradicts what it read or wrote before',
  'garbage-read': 'a read of what nobody wrote',
  'future-read': 'a read of what the same transaction wrote later',
  'lost-update': 'two transactions that read the same version of a key and both wrote it',
  'G-cursor': 'another write of a key between a read of it and the write that followed the read',
  'non-monotonic-read': 'a transaction that saw one write of another, and later missed its other write',
  'fractured-read': 'a transaction that saw one write of another and not its other write',
  'causal-violation': 'a read that misses what is in its past',
};

/** Claims of `list-append`. */
export const LIST_CLAIMS: Readonly<Record<string, string>> = {
  ...circles(),
  ...EITHER,
  'duplicate-elements': 'an element that stands in a list twice',
  'incompatible-order': 'two reads of a key of which neither continues the other',
  'dirty-update': 'a committed append on top of one of a failed transaction',
};

/** Claims of `rw-register`. */
export const REGISTER_CLAIMS: Readonly<Record<string, string>> = {
  ...circles(),
  ...EITHER,
  'cyclic-versions': 'versions of a key that each came before the next in a circle',
};

function circles(): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [level, meaning] of Object.entries(CIRCLES)) {
    for (const [v, variant] of VARIANTS.entries()) {
      all[v === 0 ? level : `${level}-${variant}`] = meaning + TIMES[v]!;
    }
  }
  return all;
}
