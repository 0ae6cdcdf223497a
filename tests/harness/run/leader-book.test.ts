import { describe, expect, it } from 'vitest';
import { LeaderBook } from '../../../harness/run/leader-book.ts';

describe('LeaderBook', () => {
  it('tells when the set of leaders changes', () => {
    const book = new LeaderBook();
    expect(book.record('n1', { leading: true, term: 1 })).toBe(true);
    expect(book.record('n1', { leading: true, term: 1 })).toBe(false);
    expect(book.record('n2', { leading: false, leader: 'n1', term: 1 })).toBe(false);
    expect(book.record('n1', null)).toBe(true);
    expect(book.leader()).toBeNull();
  });

  it('prefers the highest term, then the most followers', () => {
    const book = new LeaderBook();
    book.record('n1', { leading: true, term: 1 });
    book.record('n2', { leading: true, term: 2 });
    expect(book.leader()).toBe('n2');
    expect(book.leaders().map((l) => l.node)).toEqual(['n1', 'n2']);

    const noTerms = new LeaderBook();
    noTerms.record('n5', { leading: true, leader: 'n5' });
    noTerms.record('n2', { leading: true, leader: 'n2' });
    noTerms.record('n1', { leading: false, leader: 'n2' });
    expect(noTerms.leader()).toBe('n2');
  });

  it('agrees when one leads and a majority names it', () => {
    const book = new LeaderBook();
    book.record('n1', { leading: true, leader: 'n1' });
    expect(book.agreed(3)).toBe(false);
    book.record('n2', { leading: false, leader: 'n1' });
    expect(book.agreed(3)).toBe(true);
    book.record('n3', { leading: true, leader: 'n3' });
    expect(book.agreed(3)).toBe(false);
  });
});
