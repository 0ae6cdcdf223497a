import { describe, expect, it } from 'vitest';
import { configFlags } from '../../cli/flags.ts';

describe('configFlags', () => {
  it('says only what was given', () => {
    expect(configFlags({})).toEqual({});
  });

  it('splits lists, reads numbers, and takes values that are JSON as JSON', () => {
    expect(
      configFlags({
        nemesis: ['partition,kill@leader', 'clock:jump'],
        nodes: '3',
        rate: '50',
        seed: '7',
        set: ['heartbeatMs=20', 'mode=fast', 'on=true'],
        bug: ['a', 'b'],
      }),
    ).toEqual({
      nemesis: ['partition', 'kill@leader', 'clock:jump'],
      nodes: 3,
      rate: 50,
      seed: 7,
      set: { heartbeatMs: 20, mode: 'fast', on: true },
      bugs: ['a', 'b'],
    });
    expect(configFlags({ nodes: 'a, b', rate: '1k/s', nemesis: ['none'] })).toEqual({
      nodes: ['a', 'b'],
      rate: '1k/s',
      nemesis: [],
    });
    expect(configFlags({ workload: 'register', option: ['keys=2'] })).toEqual({
      workload: { name: 'register', keys: 2 },
    });
  });

  it.each(['-1', '1.5', '', '1e99', 'x'])('refuses the seed "%s"', (seed) => {
    expect(() => configFlags({ seed })).toThrow('--seed must be a whole number');
  });

  it('refuses pairs without a key, and workload options without a workload', () => {
    expect(() => configFlags({ set: ['novalue'] })).toThrow('--set takes key=value');
    expect(() => configFlags({ option: ['keys=2'] })).toThrow('--option needs --workload');
  });
});
