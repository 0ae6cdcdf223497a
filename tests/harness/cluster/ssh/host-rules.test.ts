/** What hosts are told, as text: the rules of the filter and the queues. */
import { describe, expect, it } from 'vitest';
import { LinkRules } from '../../../../harness/cluster/link-rules.ts';
import { rulesScript, shapeScript, tableScript } from '../../../../harness/cluster/ssh/host-rules.ts';
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
  rulesScript('t', 'n1', PEERS, LIFELINE, stateOf(...entries)).split('\n');
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
      'add rule ip t arriving ip saddr 10.0.0.2  counter name lost1 drop',
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
      expect.stringContaining('arriving ip saddr 10.0.0.9  counter name lost2 drop'),
      expect.stringContaining('leaving ip daddr 10.0.0.9  counter name held2 drop'),
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
