import { expect, it } from 'vitest';
import { unavailableClocks } from '../../../harness/cluster/unavailable-clocks.ts';
import { ProcessHost } from './clock/process-host.ts';

it('skips every request and says why', async () => {
  const clocks = unavailableClocks('no kernel at all')(new ProcessHost());
  expect(clocks.unavailable).toBe('no kernel at all');
  expect(clocks.mechanism).toBe('none');
  for (const evidence of [await clocks.set('n1', { offsetNs: 1 }), await clocks.reset('n1')]) {
    expect(evidence).toEqual({ state: 'skipped', bit: null, summary: 'no kernel at all', measures: {} });
  }
  expect(await clocks.read('n1')).toBeNull();
});
