import { expect, it } from 'vitest';
import { onFirstUse } from '../../harness/on-first-use.ts';

it('makes its result once, when it is asked for', () => {
  let made = 0;
  const get = onFirstUse(() => ({ number: ++made }));
  expect(made).toBe(0);
  expect(get()).toBe(get());
  expect(made).toBe(1);
});

it('tries again after an error', () => {
  let tries = 0;
  const get = onFirstUse(() => {
    if (++tries === 1) throw new Error('not yet');
    return { tries };
  });
  expect(get).toThrow('not yet');
  expect(get()).toEqual({ tries: 2 });
});
