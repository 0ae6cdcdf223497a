/** Rulesets of the kernel's bridge, as text. */
import { describe, expect, it } from 'vitest';
import { CLEAR } from '../../../../harness/cluster/link-rules.ts';
import {
  changeOf,
  countingTable,
  faultTable,
  readCounters,
} from '../../../../harness/cluster/netns/bridge-rules.ts';

const [A, B] = ['02:66:6c:00:00:01', '02:66:6c:00:00:02'];

describe('rulesets', () => {
  it('begin with a map that holds nothing, and spare what the harness asks of nodes', () => {
    const text = faultTable('fl0b', '10.99.0.253');
    expect(text).toContain('ip saddr 10.99.0.253 accept\nip daddr 10.99.0.253 accept\nether saddr');
    expect(text).not.toMatch(/elements|kind/);
  });

  it('change in one line, links of the same rules by the same chain', () => {
    const links = [
      { from: A!, to: B!, state: { ...CLEAR, loss: 0.25, mtu: 576 } },
      { from: B!, to: A!, state: { ...CLEAR, cut: true, loss: 0.25 } },
      { from: A!, to: A!, state: { ...CLEAR, loss: 0.25, mtu: 576 } },
      { from: B!, to: B!, state: CLEAR },
    ];
    const { transaction, chains } = changeOf('fl0b', links, 3, ['change2kind0']);
    expect(chains).toEqual(['change3kind0', 'change3kind1']);
    expect(transaction.split('; ')).toEqual([
      'flush map bridge fl0b links',
      'add chain bridge fl0b change3kind0',
      'add rule bridge fl0b change3kind0 meta length > 576 drop',
      'add rule bridge fl0b change3kind0 numgen random mod 1000000 < 250000 drop',
      `add element bridge fl0b links { ${A} . ${B} : jump change3kind0, ${A} . ${A} : jump change3kind0 }`,
      'add chain bridge fl0b change3kind1',
      'add rule bridge fl0b change3kind1 drop',
      `add element bridge fl0b links { ${B} . ${A} : jump change3kind1 }`,
      'delete chain bridge fl0b change2kind0',
    ]);
    expect(changeOf('fl0b', [], 4, []).transaction).toBe('flush map bridge fl0b links');
  });

  it('count pairs', () => {
    expect(countingTable('c', [{ from: A!, to: B!, state: CLEAR }], '10.99.0.253')).toContain(
      `set sent {\ntype ether_addr . ether_addr; counter;\nelements = { ${A} . ${B} }\n}`,
    );
    const elem = { elem: { val: { concat: [A, B] }, counter: { packets: 3, bytes: 200 } } };
    const json = JSON.stringify({ nftables: [{ metainfo: {} }, { set: { name: 'sent', elem: [elem] } }] });
    expect([...readCounters(json)]).toEqual([[`${A} . ${B}`, { packets: 3, bytes: 200 }]]);
  });
});
