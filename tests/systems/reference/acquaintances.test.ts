import { describe, expect, it } from 'vitest';
import { Acquaintances } from '../../../systems/reference/crdt/acquaintances.ts';
import { ObservedRemoveSet } from '../../../systems/reference/crdt/or-set.ts';

describe('what peers are known to have', () => {
  it('is nothing at first, and then what they say they have followed', () => {
    const us = new Acquaintances('n1 1');
    const them = new Acquaintances('n2 1');
    expect(us.has('n2')).toBe(0);
    them.heard('n1', us.progress('n2', 7));
    us.heard('n2', them.progress('n1', 3));
    expect(us.has('n2')).toBe(7);
    expect(them.has('n1')).toBe(0);
    them.heard('n1', us.progress('n2', 9));
    expect(them.has('n1')).toBe(3);
  });

  it('is nothing again once a peer lives anew, or this node does', () => {
    const us = new Acquaintances('n1 1');
    us.heard('n2', { life: 'n2 1', upTo: 3, seen: { life: 'n1 1', upTo: 7 } });
    expect(us.has('n2')).toBe(7);
    us.heard('n2', { life: 'n2 2', upTo: 0, seen: null });
    expect(us.has('n2')).toBe(0);
    const again = new Acquaintances('n1 2');
    again.heard('n2', { life: 'n2 2', upTo: 0, seen: { life: 'n1 1', upTo: 7 } });
    expect(again.has('n2')).toBe(0);
  });

  it('never goes back because a message is late', () => {
    const us = new Acquaintances('n1 1');
    us.heard('n2', { life: 'n2 1', upTo: 3, seen: { life: 'n1 1', upTo: 7 } });
    us.heard('n2', { life: 'n2 1', upTo: 1, seen: { life: 'n1 1', upTo: 2 } });
    expect(us.has('n2')).toBe(7);
    expect(us.progress('n2', 8).seen).toEqual({ life: 'n2 1', upTo: 3 });
  });
});

describe('a set', () => {
  it('tells what is new since a position, graves included', () => {
    const set = new ObservedRemoveSet();
    set.merge({
      tags: [
        ['a', 1],
        ['b', 2],
      ],
      buried: [],
    });
    const before = set.position;
    set.merge({
      tags: [
        ['a', 1],
        ['c', 2],
      ],
      buried: ['a'],
    });
    expect(set.since(before)).toEqual({ tags: [['c', 2]], buried: ['a'] });
    expect(set.since(0)).toEqual({
      tags: [
        ['a', 1],
        ['b', 2],
        ['c', 2],
      ],
      buried: ['a'],
    });
    expect(set.tagsOf(2)).toEqual(['b', 'c']);
    expect(set.tagsOf(1)).toEqual([]);
    expect(set.elements).toEqual([2]);
    const other = new ObservedRemoveSet();
    other.merge(set.since(0));
    expect(other.merge(set.since(0))).toEqual({ tags: [], buried: [] });
    expect(other.elements).toEqual([2]);
  });
});
