import { describe, expect, it } from 'vitest';
import { compareBy, readSearch, type Searched } from '../../../../reports/serve/app/search.ts';

const row = (fields: Record<string, string>): Searched => ({
  text: Object.values(fields).join(' '),
  field: (name) => fields[name] ?? '',
});
const raft = row({
  name: 'raft-register',
  system: 'raft',
  verdict: 'fail',
  faults: 'partition kill',
  seed: '17',
});
const bully = row({ name: 'demo-bully', system: 'bully', verdict: 'pass', faults: '', seed: '7' });
const found = (typed: string): string[] =>
  [raft, bully].filter((each) => readSearch(typed).matches!(each)).map((each) => each.field('system'));

describe('a search', () => {
  it.each([
    ['', ['raft', 'bully']],
    ['raft', ['raft']],
    ['RAFT fail', ['raft']],
    ['raft pass', []],
    ['verdict:fail', ['raft']],
    ['!verdict:fail', ['bully']],
    ['faults:kill faults:partition', ['raft']],
    ['!kill', ['bully']],
    ['seed:7', ['raft', 'bully']],
    ['  demo ', ['bully']],
    ['!', ['raft', 'bully']],
  ])('%j finds %j', (typed, expected) => {
    expect(found(typed)).toEqual(expected);
  });

  it('names a field it does not know', () => {
    const { matches, problem } = readSearch('verdikt:fail');
    expect(matches).toBeNull();
    expect(problem).toBe(
      'no field "verdikt"; one of verdict, name, system, workload, faults, backend, seed, started',
    );
  });
});

describe('an order', () => {
  const sorted = (values: string[], numeric: boolean, down: boolean): string[] =>
    [...values].sort((a, b) => compareBy(a, b, numeric, down));

  it('compares numbers as numbers, words as words, and puts what is empty last either way', () => {
    expect(sorted(['10', '9', '', '100'], true, false)).toEqual(['9', '10', '100', '']);
    expect(sorted(['10', '9', '', '100'], true, true)).toEqual(['100', '10', '9', '']);
    expect(sorted(['b', '', 'a'], false, false)).toEqual(['a', 'b', '']);
    expect(sorted(['b', '', 'a'], false, true)).toEqual(['b', 'a', '']);
  });
});
