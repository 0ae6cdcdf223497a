/**
 * Networks by name: distances hold both ways, names are checked, and what was measured is put beside what was meant.
 */
import { describe, expect, it } from 'vitest';
import { silentLink } from '../../../harness/link-data.ts';
import { NET_PROFILES, networkLinks, networkRules } from '../../../harness/network/net-profiles.ts';
import { networkReport, networkWords } from '../../../harness/network/report.ts';
import { nodeNames } from '../../../plugins/kit/fake-cluster.ts';

const NODES = nodeNames(5);

describe('network profiles', () => {
  it.each(Object.keys(NET_PROFILES))(
    '%s has a latency for every link, the same there and back',
    (profile) => {
      const links = networkLinks({ profile }, NODES);
      expect(links).toHaveLength(20);
      for (const { from, to, ms } of links) {
        expect(ms).toBeGreaterThan(0);
        expect(links.find((link) => link.from === to && link.to === from)?.ms).toBe(ms);
      }
    },
  );

  it('are as far as they say', () => {
    const between = (profile: string, from: string, to: string): number =>
      2 * networkLinks({ profile }, NODES).find((link) => link.from === from && link.to === to)!.ms;
    expect(between('same-dc', 'n1', 'n2')).toBe(0.5);
    expect(between('cross-continent', 'n1', 'n2')).toBeGreaterThanOrEqual(100);
    expect(between('seoul-us-west', 'n1', 'n2')).toBe(0.5);
    expect(between('seoul-us-west', 'n1', 'n5')).toBe(150);
    expect(new Set(networkLinks({ profile: 'wan-5' }, NODES).map(({ ms }) => ms)).size).toBe(10);
  });

  it('let a configuration move nodes and change single links', () => {
    const links = networkLinks(
      { profile: 'seoul-us-west', regions: { n5: 'seoul' }, links: { 'n1>n2': { ms: 400 } } },
      NODES,
    );
    const of = (from: string, to: string) => links.find((link) => link.from === from && link.to === to);
    expect(of('n1', 'n5')?.ms).toBe(0.25);
    expect(of('n1', 'n2')).toMatchObject({ ms: 400, jitterMs: 0 });
    expect(of('n2', 'n1')?.ms).toBe(0.25);
    expect(networkLinks({ links: { 'n1>n2': { ms: 3 } } }, NODES)).toHaveLength(1);
    expect(networkRules(links)[0]).toMatchObject({ rule: { base: { distribution: 'normal' } } });
  });

  it('refuse names that do not exist', () => {
    expect(() => networkLinks({ profile: 'wan-6' }, NODES)).toThrow('there is no network profile "wan-6"');
    expect(() => networkLinks({ profile: 'wan-5', regions: { n1: 'mars' } }, NODES)).toThrow('mars');
    expect(() => networkLinks({ links: { 'n1>n9': { ms: 1 } } }, NODES)).toThrow('n9');
  });
});

it('reports what was measured beside what was meant', () => {
  const links = networkLinks({ links: { 'n1>n2': { ms: 10 }, 'n2>n1': { ms: 10 } } }, NODES);
  const counters = [{ ...silentLink('n1', 'n2'), sent: 4, delivered: 4, travelNs: 42e6 }];
  const report = networkReport('mine', links, counters);
  expect(report.links).toEqual([
    { from: 'n1', to: 'n2', meantMs: 10, measuredMs: 10.5, messages: 4 },
    { from: 'n2', to: 'n1', meantMs: 10, measuredMs: null, messages: 0 },
  ]);
  expect(networkWords(report)).toContain('n1>n2 10.5 ms (10 meant)');
  expect(networkWords(report, true)).toContain('as measured, faults included: n1>n2');
  expect(networkWords({ name: 'x', links: [] })).toBe('network x: no message was measured');
});
