/**
 * Variants of the program under test: as they are written, and what is refused.
 */
import { expect, it } from 'vitest';
import { checkMixed, variantSpecs } from '../../../harness/config/variants.ts';

it('fills in what a variant leaves open', () => {
  expect(variantSpecs({ a: {}, b: { start: 'node "x y.js" 1', env: { A: '1' }, bugs: ['x'] } })).toEqual({
    a: { set: {}, bugs: null, start: null, env: {} },
    b: { set: {}, bugs: ['x'], start: ['node', 'x y.js', '1'], env: { A: '1' } },
  });
  expect(variantSpecs()).toEqual({});
});

it('refuses nodes and variants that do not exist', () => {
  expect(() => checkMixed({ n9: 'a' }, ['n1'], ['a'])).toThrow('no node "n9"');
  expect(() => checkMixed({ n1: 'b' }, ['n1'], ['a'])).toThrow('no variant "b"');
  expect(() => checkMixed({ n1: 'a' }, ['n1'], ['a'])).not.toThrow();
});
