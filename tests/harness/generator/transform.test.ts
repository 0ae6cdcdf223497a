import { describe, expect, it } from 'vitest';
import {
  filter,
  fMap,
  limit,
  map,
  onUpdate,
  repeat,
  untilOk,
  withKey,
} from '../../../harness/generator/index.ts';
import { alone, contents, names, taking } from './view.ts';

describe('operations changed on their way out', () => {
  it('map rewrites, f-map renames', () => {
    expect(contents(alone(map((op) => ({ ...op, value: 7 }), { f: 'a' })))).toEqual(['a null 7']);
    expect(names(alone(fMap({ start: 'start-clock' }, [{ f: 'start' }, { f: 'stop' }])))).toEqual([
      'start-clock',
      'stop',
    ]);
    expect(names(alone(fMap((f) => `${f}!`, { f: 'a' })))).toEqual(['a!']);
  });

  it('inner generators see renamed operations complete', () => {
    expect(names(alone(fMap({ a: 'b' }, untilOk(repeat({ f: 'a' })))))).toEqual(['b']);
  });

  it('with-key gives a key to operations without one', () => {
    expect(contents(alone(withKey('k', [{ f: 'a' }, { f: 'b', key: 1 }])))).toEqual([
      'a "k" null',
      'b 1 null',
    ]);
  });

  it('filter drops, and says so when it drops everything', () => {
    expect(
      names(alone(filter((op) => op.f !== 'a', [{ f: 'a' }, { f: 'b' }, { f: 'a' }, { f: 'c' }]))),
    ).toEqual(['b', 'c']);
    expect(() => alone(filter(() => false, repeat({ f: 'a' })))).toThrow(/dropped 10000 operations in a row/);
  });
});

describe('on-update', () => {
  it('lets a handler decide what goes on', () => {
    const stopAfterTwo = onUpdate(
      (part, _, event) => (event.type === 'ok' && event.value === 2 ? { f: 'closing' } : part),
      [{ f: 'a', value: 1 }, { f: 'a', value: 2 }, limit(10, repeat({ f: 'a', value: 3 }))],
    );
    expect(names(alone(stopAfterTwo, taking(10)))).toEqual(['a', 'a', 'closing']);
  });
});
