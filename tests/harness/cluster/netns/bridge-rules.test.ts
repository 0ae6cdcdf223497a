/** Rulesets of the kernel's bridge, as text. */
import { describe, expect, it } from 'vitest';
import { CLEAR } from '../../../../harness/cluster/link-rules.ts';
import { countingTable, faultTable, readCounters } from '../../../../harness/cluster/netns/bridge-rules.ts';

const [A, B] = ['02:66:6c:00:00:01', '02:66:6c:00:00:02'];

describe('rulesets', () => {
  it('replace what there is in one transaction, and spare what the harness asks of nodes', () => {
    const text = faultTable('fl0b', [{ from: A!, to: B!, state: CLEAR }], '10.99.0.253');
    expect(text.startsWith('table bridge fl0b\ndelete table bridge fl0b\ntable bridge fl0b {\n')).toBe(true);
    expect(text).toContain('ip saddr 10.99.0.253 accept\nip daddr 10.99.0.253 accept\nether saddr');
    expect(text).not.toMatch(/elements|kind/);
  });

  it('give links of the same rules the same chain', () => {
    const links = [
      { from: A!, to: B!, state: { ...CLEAR, loss: 0.25, mtu: 576 } },
      { from: B!, to: A!, state: { ...CLEAR, cut: true, loss: 0.25 } },
      { from: A!, to: A!, state: { ...CLEAR, loss: 0.25, mtu: 576 } },
    ];
    const text = faultTable('fl0b', links, '10.99.0.253');
    expect(text).toContain(
      'chain kind0 {\nmeta length > 576 drop\nnumgen random mod 1000000 < 250000 drop\n}',
    );
    expect(text).toContain('chain kind1 {\ndrop\n}');
    expect(text).toContain(
      `elements = { ${A} . ${B} : jump kind0, ${A} . ${A} : jump kind0, ${B} . ${A} : jump kind1 }`,
    );
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
