/**
 * Parameters of faults: defaults, and one clear refusal for everything else.
 */
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../harness/contracts.ts';
import { resolveParams } from '../../../harness/faults/parameters.ts';
import { UsageError } from '../../../harness/registry.ts';

const FAULT = {
  name: 'storm',
  modes: {
    wind: {
      summary: 'blows',
      params: {
        speed: { summary: 'how fast', default: 10, min: 1, max: 100 },
        gusts: { summary: 'also gusts', default: false },
        from: { summary: 'where from', default: 'north', choices: ['north', 'south'] },
        exact: { summary: 'drawn unless given', default: null, type: 'number' as const },
        over: { summary: 'which', default: null, type: 'list' as const },
      },
    },
    calm: { summary: 'nothing' },
  },
};

const resolve = (params: Record<string, Json>, mode = 'wind') => resolveParams(FAULT, mode, params);

describe('parameters', () => {
  it('fills in defaults', () => {
    expect(resolve({ speed: 50 })).toEqual({
      speed: 50,
      gusts: false,
      from: 'north',
      exact: null,
      over: null,
    });
    expect(resolve({}, 'calm')).toEqual({});
  });

  it.each<[Record<string, Json>, string]>([
    [{ speed: 'fast' }, 'storm wind: speed must be a number, not "fast"'],
    [{ speed: 0 }, 'storm wind: speed must be at least 1, not 0'],
    [{ speed: 101 }, 'storm wind: speed must be at most 100, not 101'],
    [{ gusts: 1 }, 'storm wind: gusts must be a boolean, not 1'],
    [{ from: 'up' }, 'storm wind: from must be one of "north", "south", not "up"'],
    [{ exact: [1] }, 'storm wind: exact must be a number, not [1]'],
    [{ over: { n1: true } }, 'storm wind: over must be a list, not {"n1":true}'],
    [{ speeed: 1 }, 'storm wind has no parameter "speeed"'],
  ])('refuses %j', (params, message) => {
    expect(() => resolve(params)).toThrow(UsageError);
    expect(() => resolve(params)).toThrow(message);
  });

  it('names the nearest parameter and the nearest mode', () => {
    const hintOf = (act: () => unknown): string | undefined => {
      try {
        act();
      } catch (error) {
        return (error as UsageError).hint;
      }
      return undefined;
    };
    expect(hintOf(() => resolve({ speeed: 1 }))).toContain('did you mean "speed"?');
    expect(hintOf(() => resolve({}, 'wint'))).toContain('did you mean "wind"?');
    expect(hintOf(() => resolve({ x: 1 }, 'calm'))).toBe('it takes none');
    expect(() => resolve({}, 'toString')).toThrow('storm has no mode "toString"');
  });
});
