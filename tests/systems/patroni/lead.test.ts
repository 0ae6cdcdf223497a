/**
 * What Patroni's page says of a server.
 */
import { describe, expect, it } from 'vitest';
import { OpFailure } from '../../../harness/contracts.ts';
import { said } from '../../../systems/patroni/lead.ts';

describe('a page of Patroni', () => {
  it.each([
    [
      { state: 'running', role: 'master', timeline: 2 },
      { leading: true, term: 2 },
    ],
    [
      { state: 'running', role: 'primary', timeline: 3 },
      { leading: true, term: 3 },
    ],
    [
      { state: 'running', role: 'replica', timeline: 2 },
      { leading: false, term: 2 },
    ],
    [
      { state: 'streaming', role: 'replica', timeline: 0 },
      { leading: false, term: null },
    ],
    [
      { state: 'running', role: 'replica' },
      { leading: false, term: null },
    ],
  ])('%j says %j', (page, expected) => expect(said(JSON.stringify(page))).toEqual(expected));

  it.each([
    '{"state":"starting","role":"replica"}',
    '{"state":"stopped","role":"master"}',
    '[]',
    'not JSON',
    '',
  ])('says nothing of the lead in %j', (page) => expect(() => said(page)).toThrow(OpFailure));
});
