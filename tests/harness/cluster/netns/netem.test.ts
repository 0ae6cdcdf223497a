/**
 * Nodes joined by the kernel's bridge and its delay line, where the kernel has one: most have, some do not, and then
 * this file says so. Runs itself in a sandbox.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { NETEM_NETNS } from '../../../../harness/cluster/backends.ts';
import { packetsBySender } from '../../../../harness/cluster/netns/netem-rules.ts';
import { findNetem } from '../../../../harness/cluster/netns/netem-support.ts';
import { outputNow } from '../../../../harness/cluster/processes.ts';
import { insideSandbox } from '../../../../harness/sandbox/command.ts';
import { type Bench, cleanUp, upBench } from '../../../kits/backend.ts';
import { againInSandbox } from '../../../kits/sandboxed.ts';
import { skipping } from '../../../kits/skipping.ts';

const missing = await findNetem();
const fix = 'modprobe -a sch_netem sch_htb cls_u32, of linux-modules-extra-$(uname -r) on Debian clouds';
skipping('links with a delay line', missing === null ? null : `${missing} (${fix})`);

describe.skipIf(insideSandbox())('nodes on a bridge with a delay line', () => {
  it('are joined by it, and late where it is there', async (context) => {
    const { skipped, code, output } = await againInSandbox(fileURLToPath(import.meta.url));
    if (skipped !== null) return context.skip(skipped);
    expect(code, output).toBe(0);
  });
});

const up = (): Promise<Bench> => upBench('netns', {}, NETEM_NETNS);

describe.skipIf(!insideSandbox())('devices with classes for every sender', () => {
  cleanUp();

  it('pass what no rule holds, and what is cut does not come to them', async () => {
    const { cluster, ask } = await up();
    expect(await ask('n1', { type: 'ping-peer', to: 'n2' })).toMatchObject({ type: 'ping-peer_ok' });
    const device = outputNow('ip', ['-o', 'link']).match(/\bfl\d+p1\b/)![0];
    const classes = packetsBySender(outputNow('tc', ['-s', 'class', 'show', 'dev', device]));
    // From the first node and from the clients, to the second.
    expect(classes.get(0)).toBeGreaterThan(0);
    expect([...classes.keys()].sort()).toEqual([0, 2, 3]);
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
    expect(await cluster.links.probe('n1', 'n2')).toBe('cut');
    expect(await cluster.links.probe('n3', 'n2')).toBe('open');
    cluster.links.clear('f');
    expect(await cluster.links.probe('n1', 'n2')).toBe('open');
  });

  it.skipIf(missing === null)('say why they cannot be late', async () => {
    const { cluster } = await up();
    const late = [{ from: 'n1', to: 'n2', rule: { delay: { ms: 5 } } }];
    expect(() => cluster.links.set('f', late)).toThrow(/qdisc kind is unknown/);
  });
});

describe.skipIf(!insideSandbox() || missing !== null)('links with a delay line', () => {
  cleanUp();
  const link = ({ cluster }: Bench, from: string, to: string) =>
    cluster.links.counters().find((each) => each.from === from && each.to === to)!;
  const roundTrip = async ({ ask }: Bench, from: string, to: string): Promise<number> =>
    Number((await ask(from, { type: 'ping-peer', to }))['ms']);

  it('are late by the sum of their faults one way, and only those', async () => {
    const bench = await up();
    const { links } = bench.cluster;
    await roundTrip(bench, 'n1', 'n2');
    links.set('f', [{ from: 'n1', to: 'n2', rule: { delay: { ms: 60 } } }]);
    links.set('g', [
      { from: 'n1', to: 'n2', rule: { delay: { ms: 20, jitterMs: 5, distribution: 'normal' } } },
      { from: 'n2', to: 'n1', rule: { delay: { ms: 40, distribution: 'exponential' } } },
    ]);
    expect(await roundTrip(bench, 'n1', 'n2')).toBeGreaterThanOrEqual(70);
    expect(link(bench, 'n1', 'n2').delayed).toBeGreaterThan(0);
    expect(link(bench, 'n1', 'n3').delayed).toBe(0);
    links.clear('g');
    const slow = await roundTrip(bench, 'n1', 'n2');
    expect(slow).toBeGreaterThanOrEqual(59);
    links.clear('f');
    expect(await roundTrip(bench, 'n1', 'n2')).toBeLessThan(59);
    const { delayed } = link(bench, 'n1', 'n2');
    await roundTrip(bench, 'n1', 'n2');
    expect(link(bench, 'n1', 'n2').delayed).toBe(delayed);
  });

  it('are narrow, double what passes, and count both', async () => {
    const bench = await up();
    const { cluster, ask } = bench;
    await roundTrip(bench, 'n1', 'n2');
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { rate: 20_000 } }]);
    await ask('n1', { type: 'tell', to: 'n2', value: 'x'.repeat(10_000) });
    expect(await roundTrip(bench, 'n1', 'n2')).toBeGreaterThan(300);
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { duplicate: 0.5 } }]);
    for (let i = 0; i < 40; i++) await ask('n1', { type: 'tell', to: 'n2', value: i });
    await roundTrip(bench, 'n1', 'n2');
    const { duplicated } = link(bench, 'n1', 'n2');
    expect(duplicated).toBeGreaterThan(5);
    cluster.links.clear('f');
    expect(link(bench, 'n1', 'n2').duplicated).toBe(duplicated);
    expect(link(bench, 'n2', 'n1').duplicated).toBe(0);
  });

  it('are cut and heal while they are late, and are asked only for what they can', async () => {
    const bench = await up();
    const { cluster } = bench;
    cluster.links.set('f', [{ from: 'n1', to: 'n2', rule: { delay: { ms: 30 } } }]);
    cluster.links.set('g', [{ from: 'n1', to: 'n2', rule: { cut: true } }]);
    expect(await cluster.links.probe('n1', 'n2')).toBe('cut');
    cluster.links.clear('g');
    expect(await cluster.links.probe('n1', 'n2')).toBe('open');
    const corrupt = [{ from: 'n1', to: 'n2', rule: { corrupt: 0.5 } }];
    expect(() => cluster.links.set('h', corrupt)).toThrow(/netem cannot do corrupt/);
    expect(cluster.offers.has('link.latency')).toBe(true);
    expect(cluster.offers.has('link.corrupt')).toBe(false);
  });
});
