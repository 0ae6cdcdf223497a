/** What the limit on looking into processes means. */
import { expect, it } from 'vitest';
import { ptraceScopeProbe, ptraceVerdict } from '../../../harness/doctor/ptrace-scope.ts';

it('lets descendants be looked into up to a scope of one', () => {
  expect([null, 0, 1, 2, 3].map((scope) => ptraceVerdict(scope).ok)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(ptraceVerdict(3).detail).toContain('next boot');
});

it('is read on this machine, and says what helps where it is too narrow', async () => {
  const found = await ptraceScopeProbe.run({} as Parameters<typeof ptraceScopeProbe.run>[0]);
  expect(found.ok || found.fix).toBeTruthy();
});
