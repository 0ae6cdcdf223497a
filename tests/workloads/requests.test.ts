import { expect, it } from 'vitest';
import { Roster } from '../../harness/generator/index.ts';
import { invocations, simulate } from '../../harness/interpreter/simulate.ts';
import { built } from '../../plugins/kit/built-workload.ts';
import { requests } from '../../workloads/requests.ts';

it('reads all effects at the end, in every client', () => {
  const read = simulate(built(requests).final!, new Roster(3), () => ({
    afterNs: 10,
    type: 'ok',
    value: [],
  }));
  expect(invocations(read).map(({ f }) => f)).toEqual(['read', 'read', 'read']);
});
