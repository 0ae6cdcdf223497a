/** What tc is told, and what it is read to have said; no kernel is asked. */
import { describe, expect, it } from 'vitest';
import { CLEAR, type LinkState } from '../../../../harness/cluster/link-rules.ts';
import {
  changeLines,
  classLines,
  netemOf,
  packetsBySender,
  tables,
} from '../../../../harness/cluster/netns/netem-rules.ts';

const late = (...delays: Partial<LinkState['delays'][number]>[]): LinkState => ({
  ...CLEAR,
  delays: delays.map((delay) => ({ ms: 50, fault: 'f', ...delay })),
});

describe('the delay line of a link', () => {
  it('is none where packets are lost or cut off, or nothing is wrong', () => {
    expect(netemOf(CLEAR)).toBeNull();
    expect(netemOf({ ...CLEAR, cut: true, loss: 0.5, mtu: 600 })).toBeNull();
  });

  it('is late as each shape of delay asks, and in order', () => {
    expect(netemOf(late({}))).toBe('netem limit 100000 delay 50000us');
    expect(netemOf(late({ jitterMs: 10 }))).toBe('netem limit 100000 delay 50000us 10000us rate 100gbit');
    expect(netemOf(late({ jitterMs: 10, distribution: 'normal' }))).toBe(
      'netem limit 100000 delay 50000us 10000us distribution normal rate 100gbit',
    );
    expect(netemOf(late({ distribution: 'exponential' }))).toBe(
      'netem limit 100000 delay 50000us 50000us distribution exponential rate 100gbit',
    );
    expect(netemOf({ ...late({ jitterMs: 10 }), overtake: true })).not.toContain('rate');
  });

  it('adds up the delays of several faults and of the network', () => {
    const base = [{ ms: 20, fault: 'network' }];
    expect(netemOf({ ...late({ ms: 30 }), base })).toBe('netem limit 100000 delay 50000us');
    const both = late(
      { ms: 10, jitterMs: 3, distribution: 'normal' },
      { ms: 20, jitterMs: 4, distribution: 'normal' },
    );
    expect(netemOf(both)).toContain('delay 30000us 5000us distribution normal');
  });

  it('is narrow, and doubles', () => {
    expect(netemOf({ ...CLEAR, rate: 125_000, queueBytes: 15_000 })).toBe('netem limit 10 rate 1000000bit');
    expect(netemOf({ ...CLEAR, duplicate: 0.2 })).toBe('netem limit 100000 duplicate 20.0000%');
  });

  it('goes before another comes', () => {
    expect(changeLines('fl1p2', 10, 'netem limit 1', null)).toEqual(['qdisc del dev fl1p2 parent 1:b']);
    expect(changeLines('fl1p2', 10, null, 'netem limit 1')).toEqual([
      'qdisc add dev fl1p2 parent 1:b handle 10a: netem limit 1',
    ]);
    expect(changeLines('fl1p2', 0, 'a', 'b')).toHaveLength(2);
  });
});

describe('the classes of a device', () => {
  it('are one for every sender but itself', () => {
    const lines = classLines('fl1p0', '10.99.1.1', [null, '10.99.1.2', '10.99.1.254']);
    expect(lines[0]).toBe('qdisc add dev fl1p0 root handle 1: htb');
    expect(lines.filter((line) => line.startsWith('class'))).toHaveLength(2);
    expect(lines.join('\n')).toContain('match ip src 10.99.1.254/32 match ip dst 10.99.1.1/32 flowid 1:3');
    expect(lines.join('\n')).not.toContain('classid 1:1 ');
  });

  it('are read back', () => {
    const said = [
      'class htb 1:a root prio 0 rate 100Gbit ceil 100Gbit burst 0b cburst 0b ',
      ' Sent 196 bytes 2 pkt (dropped 0, overlimits 2 requeues 0) ',
      '',
      'class htb 1:2 root leaf 101: prio 0 rate 100Gbit ceil 100Gbit',
      ' Sent 0 bytes 17 pkt (dropped 0, overlimits 2 requeues 0) ',
    ];
    expect([...packetsBySender(said.join('\n'))]).toEqual([
      [9, 2],
      [1, 17],
    ]);
  });
});

describe('tables of delays', () => {
  it.each(Object.keys(tables()))('%s has the mean 0 and the deviation 1', (name) => {
    const values = tables()
      [name]!.trim()
      .split('\n')
      .map((value) => Number(value) / 8192);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    // Sixteen bits hold four deviations: the longest delays of an exponential one are cut off there.
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(Math.sqrt(variance) - 1)).toBeLessThan(0.06);
    expect([...values].sort((a, b) => a - b)).toEqual(values);
  });
});
