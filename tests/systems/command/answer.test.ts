import { describe, expect, it } from 'vitest';
import type { WhereSpec } from '../../../harness/config/command-types.ts';
import { type Answer, find } from '../../../systems/command/answer.ts';

const where = (more: Partial<WhereSpec>): WhereSpec => ({
  source: 'body',
  header: null,
  path: [],
  match: null,
  as: null,
  ...more,
});
const answer = (text: string, headers: Record<string, string> = {}): Answer => ({ text, headers });

describe('find', () => {
  it('follows a path through objects and lists', () => {
    const body = answer('{"data":{"items":[{"v":1},{"v":2}]}}');
    expect(find(where({ path: ['data', 'items', '1', 'v'] }), body)).toBe(2);
    expect(find(where({ path: ['data', 'items', '2', 'v'] }), body)).toBeUndefined();
    expect(find(where({ path: ['data', 'toString'] }), body)).toBeUndefined();
  });

  it('takes the whole body, as JSON when it parses', () => {
    expect(find(where({}), answer('7\n'))).toBe(7);
    expect(find(where({}), answer('plain text\n'))).toBe('plain text');
  });

  it('reads headers and matches text', () => {
    const reply = answer('', { etag: 'W/"42"' });
    expect(find(where({ source: 'header', header: 'etag', match: '"(\\d+)"' }), reply)).toBe(42);
    expect(find(where({ source: 'header', header: 'x-none' }), reply)).toBeUndefined();
    expect(find(where({ match: 'leader=(\\w+)' }), answer('role leader=n2 ok'))).toBe('n2');
    expect(find(where({ match: 'leader=(\\w+)' }), answer('none'))).toBeUndefined();
  });

  it('compares', () => {
    expect(find(where({ path: ['role'], equals: 'primary' }), answer('{"role":"primary"}'))).toBe(true);
    expect(find(where({ path: ['role'], equals: 'primary' }), answer('{"role":"backup"}'))).toBe(false);
    expect(find(where({ path: ['none'], equals: 'primary' }), answer('{}'))).toBe(false);
  });

  it('converts, and finds nothing where it cannot', () => {
    expect(find(where({ as: 'number' }), answer('"12"'))).toBe(12);
    expect(find(where({ as: 'number' }), answer('"twelve"'))).toBeUndefined();
    expect(find(where({ as: 'number' }), answer('null'))).toBeUndefined();
    expect(find(where({ as: 'string' }), answer('12'))).toBe('12');
    expect(find(where({ as: 'boolean' }), answer('"true"'))).toBe(true);
    expect(find(where({ as: 'json' }), answer('"[1,2]"'))).toEqual([1, 2]);
  });
});
