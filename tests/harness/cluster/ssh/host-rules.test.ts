/** What hosts are told, as text: the rules of the filter and the queues. */
import { describe, expect, it } from 'vitest';
import { LinkRules } from '../../../../harness/cluster/link-rules.ts';
import {
  filterRules,
  rulesScript,
  shapeScript,
  tableScript,
} from '../../../../harness/cluster/ssh/host-rules.ts';
import {
  iptablesCounters,
  iptablesRules,
  iptablesTable,
} from '../../../../harness/cluster/ssh/iptables-rules.ts';
import type { LinkEntry } from '../../../../harness/contracts.ts';

const PEERS = [
  { end: 'n2', number: 1, ip: '10.0.0.2' },
  { end: 'clients', number: 2, ip: '10.0.0.9' },
];
const LIFELINE = { controller: '10.0.0.9', sshPort: 2222 };

function stateOf(...entries: LinkEntry[]) {
  const rules = new LinkRules(['n1', 'n2', 'clients'], () => undefined);
  rules.set('f', entries);
  return (from: string, to: string) => rules.state(from, to);
}

const rules = (...entries: LinkEntry[]): string[] =>
  rulesScript('t', filterRules('n1', PEERS, LIFELINE, stateOf(...entries))).split('\n');
const chains = (...entries: LinkEntry[]): string[] =>
  iptablesRules('t', filterRules('n1', PEERS, LIFELINE, stateOf(...entries))).split('\n');
const shape = (...entries: LinkEntry[]): string[] =>
  shapeScript('eth0', 'n1', PEERS, LIFELINE, stateOf(...entries));
const drops = (lines: string[]): string[] =>
  lines.filter((line) => line.endsWith('drop') && !line.includes('udp dport 9'));

describe('rulesScript', () => {
  it('drops nothing where nothing holds, and lets ssh through before all else', () => {
    const lines = rules();
    expect(drops(lines)).toEqual([]);
    const first = lines.findIndex((line) => line.includes('10.0.0.9 tcp dport 2222 accept'));
    const any = lines.findIndex((line) => line.includes('counter name in2'));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(any);
  });

  it('drops one way only: where packets arrive', () => {
    expect(drops(rules({ from: 'n2', to: 'n1', rule: { cut: true } }))).toEqual([
      'add rule ip t arriving ip saddr 10.0.0.2 counter name lost1 drop',
    ]);
    expect(drops(rules({ from: 'n1', to: 'n2', rule: { cut: true } }))).toEqual([]);
  });

  it('drops a share by chance', () => {
    expect(drops(rules({ from: 'n2', to: 'n1', rule: { loss: 0.25 } }))).toEqual([
      expect.stringContaining('numgen random mod 1000000 < 250000 counter name lost1 drop'),
    ]);
  });

  it('cuts clients off both ways, as nobody drops for them where they are', () => {
    const both = [
      { from: 'clients', to: 'n1', rule: { cut: true } },
      { from: 'n1', to: 'clients', rule: { cut: true } },
    ];
    expect(drops(rules(...both))).toEqual([
      expect.stringContaining('arriving ip saddr 10.0.0.9 counter name lost2 drop'),
      expect.stringContaining('leaving ip daddr 10.0.0.9 counter name held2 drop'),
    ]);
  });

  it('names every counter in its table', () => {
    const table = tableScript('t', PEERS);
    for (const [, name] of rules({ from: 'n2', to: 'n1', rule: { cut: true } })
      .join('\n')
      .matchAll(/counter name (\w+)/g))
      expect(table).toContain(`counter ${name} { }`);
  });
});

describe('iptablesRules', () => {
  const both = [
    { from: 'n2', to: 'n1', rule: { loss: 0.25 } },
    { from: 'clients', to: 'n1', rule: { cut: true } },
    { from: 'n1', to: 'clients', rule: { cut: true } },
  ];

  it('says the same as nftables, rule by rule, in one transaction', () => {
    expect(chains(...both)).toEqual([
      ...['*filter', '-F tA', '-F tL', '-A tA -i lo -j RETURN', '-A tL -o lo -j RETURN'],
      '-A tA -s 10.0.0.9 -p tcp --dport 2222 -j RETURN',
      '-A tL -d 10.0.0.9 -p tcp --sport 2222 -j RETURN',
      '-A tA -s 10.0.0.2 -j ti1',
      '-A tA -s 10.0.0.2 -m statistic --mode random --probability 0.250000 -j tl1',
      ...['-A tA -s 10.0.0.2 -p udp --dport 9 -j th1', '-A tL -d 10.0.0.2 -j to1'],
      ...[
        '-A tL -d 10.0.0.2 -p udp --dport 9 -j tg1',
        '-A tA -s 10.0.0.9 -j ti2',
        '-A tA -s 10.0.0.9 -j tl2',
      ],
      ...[
        '-A tA -s 10.0.0.9 -p udp --dport 9 -j th2',
        '-A tL -d 10.0.0.9 -j to2',
        '-A tL -d 10.0.0.9 -j tk2',
      ],
      ...['-A tL -d 10.0.0.9 -p udp --dport 9 -j tg2', 'COMMIT'],
    ]);
    expect(rules(...both)).toHaveLength(chains(...both).length - 2);
  });

  it('leads to chains that count and drop what is to be dropped, and to none that is not there', () => {
    const table = iptablesTable('t', PEERS);
    expect(table).toContain('-A tl1 -j DROP\n');
    expect(table).toContain('-A ti1 -j RETURN\n');
    for (const [, chain] of chains(...both)
      .join('\n')
      .matchAll(/-j (t\w+)/g))
      expect(table).toContain(`:${chain} - [0:0]`);
  });

  it('has names that are short enough for clusters of hundreds', () => {
    const table = iptablesTable(`faultline_${'0'.repeat(12)}`, [{ end: 'n', number: 999, ip: '10.0.0.2' }]);
    for (const [, chain] of table.matchAll(/^:(\S+)/gm)) expect(chain!.length).toBeLessThanOrEqual(28);
  });

  it('reads its counters, and those of nobody else', () => {
    const saved = [
      '[7:420] -A tl1 -j DROP',
      '[9:1] -A tA -s 10.0.0.2 -j ti1',
      '[3:4] -A ti12 -j RETURN',
      '[5:5] -A other -j DROP',
    ];
    expect(iptablesCounters('t', saved.join('\n'))).toEqual({
      lost1: { packets: 7, bytes: 420 },
      in12: { packets: 3, bytes: 4 },
    });
  });
});

describe('shapeScript', () => {
  it('leaves devices alone where nothing waits', () => {
    expect(shape()).toEqual([]);
    expect(shape({ from: 'n2', to: 'n1', rule: { delay: { ms: 50 } } })).toEqual([]);
  });

  it('delays what leaves for one peer, never ssh', () => {
    const lines = shape({
      from: 'n1',
      to: 'n2',
      rule: { delay: { ms: 50, jitterMs: 10, distribution: 'normal' } },
    });
    expect(lines.join('\n')).toContain('netem limit 100000 delay 50000us 10000us distribution normal');
    const own = lines.findIndex((line) => line.includes('match ip sport 2222'));
    const peer = lines.findIndex((line) => line.includes('match ip dst 10.0.0.2/32'));
    expect(own).toBeGreaterThan(0);
    expect(own).toBeLessThan(peer);
    expect(lines.filter((line) => line.includes('10.0.0.9/32 flowid'))).toEqual([]);
  });

  it('has packets wait in line, in a queue of the length that was asked for', () => {
    const text = shape({ from: 'n1', to: 'n2', rule: { rate: 10_000, queueBytes: 5_000 } }).join('\n');
    expect(text).toContain('htb rate 80000bit');
    expect(text).toContain('bfifo limit 5000');
  });
});
