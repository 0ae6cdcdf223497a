/** Restart policies and the hooks around a start, on real processes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ClockHost, ClusterOptions } from '../../../harness/cluster/options.ts';
import type { ClusterEvent } from '../../../harness/contracts.ts';
import { sleep } from '../../../harness/time.ts';
import { cleanUp, lives, makeBench, until, upBench } from '../../kits/backend.ts';

const node = (script: string) => () => ({ file: process.execPath, args: ['-e', script] });
const kinds = (events: ClusterEvent[]): string[] => events.map((e) => e.kind);

/** A single node that ends with `code` after a while, again and again. */
const shortLived = (code: number, policy: 'never' | 'always' | 'on-crash'): Partial<ClusterOptions> => ({
  nodes: ['n1'],
  program: node(`setTimeout(() => process.exit(${code}), 250)`),
  ready: { kind: 'none' },
  restart: { policy, delayMs: 10, max: 2 },
});

describe('restart policy', () => {
  cleanUp();

  it('leaves a crashed node down when told never to restart', async () => {
    const { cluster, events } = await upBench('tcp', shortLived(1, 'never'));
    await until('the crash', () => cluster.state('n1') === 'crashed');
    await sleep(100);
    expect(kinds(events)).toEqual(['started', 'ready', 'crashed']);
  });

  it('gives up after the allowed number of restarts', async () => {
    const { cluster, events } = await upBench('tcp', shortLived(1, 'on-crash'));
    await until('giving up', () => events.some((e) => e.kind === 'gave-up'));
    expect(kinds(events).filter((k) => k === 'crashed')).toHaveLength(3);
    expect(kinds(events).filter((k) => k === 'restarted')).toHaveLength(2);
    expect(cluster.state('n1')).toBe('crashed');
  });

  it('tells a clean exit from a crash', async () => {
    const once = await upBench('tcp', shortLived(0, 'on-crash'));
    await until('the exit', () => once.events.some((e) => e.kind === 'exited'));
    await sleep(100);
    expect(kinds(once.events)).toEqual(['started', 'ready', 'exited']);
    const again = await upBench('tcp', shortLived(0, 'always'));
    await until('giving up', () => again.events.some((e) => e.kind === 'gave-up'));
    expect(kinds(again.events).filter((k) => k === 'restarted')).toHaveLength(2);
  });

  it('does not restart what was killed meanwhile', async () => {
    const { cluster, events } = await upBench('tcp', {
      ...shortLived(1, 'on-crash'),
      restart: { policy: 'on-crash', delayMs: 300, max: 5 },
    });
    await until('the crash', () => cluster.state('n1') === 'crashed');
    expect(await cluster.kill('n1')).toMatchObject({ state: 'skipped' });
    await sleep(450);
    expect(kinds(events).filter((k) => k === 'started')).toHaveLength(1);
  });

  it('gives up at once when the program can no longer be started', async () => {
    let broken = false;
    const { events } = await upBench('tcp', {
      ...shortLived(1, 'on-crash'),
      program: () =>
        broken ? { file: 'no-such-command', args: [] } : node('setTimeout(() => process.exit(1), 250)')(),
    });
    broken = true;
    await until('giving up', () => events.some((e) => e.kind === 'gave-up'));
    expect(JSON.stringify(events.at(-1))).toContain('no such command');
  });
});

describe('clocks', () => {
  cleanUp();

  it('hear of every process before it is asked to be ready, and shape its environment', async () => {
    const seen: string[] = [];
    let host!: ClockHost;
    const { cluster, events } = makeBench('stdio', {
      nodes: ['n1'],
      clocks: (given) => {
        host = given;
        given.onStart(async (name, pid) => {
          seen.push(
            `${name} ${lives({ pid })} ${given.pids(name)[0] === pid} ${kinds(events).includes('ready')}`,
          );
          await sleep(20);
        });
        const skipped = { state: 'skipped', bit: null, summary: '', measures: {} } as const;
        return {
          mechanism: 'test',
          set: async () => skipped,
          reset: async () => skipped,
          read: async () => 0,
          environment: () => ({ CLOCK_MARK: 'yes' }),
          close: () => seen.push('closed'),
        };
      },
    });
    await cluster.up(new AbortController().signal);
    expect(readFileSync(`/proc/${host.pids('n1')[0]}/environ`, 'latin1')).toContain('CLOCK_MARK=yes');
    expect(cluster.offers.has('clock.skew')).toBe(true);
    await cluster.kill('n1');
    await cluster.restart('n1');
    expect(host.pids('n1')).toEqual(cluster.pids('n1'));
    await cluster.down();
    expect(seen).toEqual(['n1 true true false', 'n1 true true true', 'closed']);
  });

  it('are missing from the offer when there are none', () => {
    const { cluster } = makeBench('stdio');
    expect(cluster.offers.has('clock.skew')).toBe(false);
    expect(cluster.missing.map((missing) => missing.capability)).toContain('clock.skew');
  });
});
