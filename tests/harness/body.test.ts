import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withField, withoutField } from '../../harness/body.ts';

const fields = fc.dictionary(
  fc.string().filter((name) => name !== '__proto__'),
  fc.integer(),
);

describe('bodies', () => {
  it('get a field more, in a copy, in the order of a spread', () => {
    fc.assert(
      fc.property(fields, fc.constantFrom('msg_id', 'type', 'a'), (some, name) => {
        const body = Object.freeze({ type: 'write', ...some });
        const more = withField(body, name, 7);
        expect(JSON.stringify(more)).toBe(JSON.stringify({ ...body, [name]: 7 }));
        expect(more).not.toBe(body);
      }),
    );
  });

  it('lose a field, in a copy', () => {
    fc.assert(
      fc.property(fields, (some) => {
        const body = Object.freeze({ type: 'write', ...some, msg_id: 1 });
        expect(withoutField(body, 'msg_id')).toEqual({ type: 'write', ...some });
      }),
    );
  });
});
