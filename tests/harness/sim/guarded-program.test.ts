/**
 * Users' asynchronous nodes in the simulator: simulated clocks, timers and randomness, refused input and output,
 * the same run every time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GuardedProgram } from '../../../harness/sim/guarded-program.ts';
import { loadNodeModule } from '../../../harness/sim/node-module.ts';
import { currentTimeline, virtually } from '../../../harness/sim/virtual-time.ts';
import { sleep } from '../../../harness/time.ts';
import { type Bench, cleanUp, failure, itOn, upBench } from '../../kits/backend.ts';

const NODE = fileURLToPath(new URL('../../fixtures/async-node.ts', import.meta.url));
const bench = (): Promise<Bench> =>
  upBench('sim', { simulated: () => new GuardedProgram(loadNodeModule(NODE)(), currentTimeline()) });

cleanUp();

describe('a node with asynchronous code', () => {
  itOn('sim', 'lives in simulated time', async () => {
    const { ask, cluster } = await bench();
    await sleep(1_000);
    await cluster.clocks.set('n2', { offsetNs: 60e9 });
    const { echo } = await ask('n2', { type: 'echo', echo: 1 });
    const [fresh, now, elapsed, ticks] = echo as number[];
    const passed = now! - Date.UTC(2026, 0) - 60_000;
    expect(passed).toBeGreaterThanOrEqual(1_000);
    expect(passed).toBeLessThan(1_100);
    expect(fresh).toBe(now);
    expect(Math.abs(elapsed! - passed)).toBeLessThanOrEqual(1);
    expect(ticks).toBeGreaterThanOrEqual(98);
    await cluster.down();
    expect(readFileSync(join(cluster.log('n2'), 'stderr.log'), 'utf8')).toContain(
      'started after 50 ms in life 1',
    );
  });

  itOn('sim', 'loses its memory, that of its module too, with its life', async () => {
    const { ask, cluster } = await bench();
    await sleep(100);
    await ask('n1', { type: 'write', key: 'x', value: 1 });
    expect(await ask('n3', { type: 'read', key: 'x' })).toMatchObject({ value: 1 });
    await cluster.kill('n1');
    await cluster.restart('n1');
    await sleep(100);
    expect((await failure(ask('n3', { type: 'read', key: 'x' }))).kind).toBe('key-does-not-exist');
    await cluster.down();
    const log = readFileSync(join(cluster.log('n1'), 'stderr.log'), 'utf8');
    expect(log.match(/in life 1/g)).toHaveLength(2);
  });

  itOn('sim', 'is refused the machine by the name of the call', async () => {
    const { ask, cluster, events } = await bench();
    await sleep(100);
    await failure(ask('n1', { type: 'echo', echo: 'file' }));
    expect(cluster.state('n1')).toBe('crashed');
    const crash = JSON.stringify(events.find((event) => event.kind === 'crashed'));
    expect(crash).toContain('fs.readFileSync is not part of the simulation');
  });

  itOn('sim', 'crashes on what it throws in the background', async () => {
    const { ask, cluster, events } = await bench();
    await sleep(100);
    await ask('n1', { type: 'echo', echo: 'late' });
    await sleep(100);
    expect(cluster.state('n1')).toBe('crashed');
    expect(JSON.stringify(events)).toContain('thrown by nobody in particular');
    expect(cluster.state('n2')).toBe('running');
  });

  it('does the same every time', async () => {
    const once = () =>
      virtually(async () => {
        const { ask } = await bench();
        const seen: unknown[] = [];
        for (let i = 0; i < 20; i++) {
          await ask(`n${1 + (i % 3)}`, { type: 'write', key: 'x', value: i });
          seen.push(await ask('n2', { type: 'read', key: 'x' }), await ask('n3', { type: 'echo', echo: i }));
        }
        return JSON.stringify(seen);
      });
    expect(await once()).toBe(await once());
  });
});

describe('a module', () => {
  it('is named when it is missing or has no node', () => {
    expect(() => loadNodeModule('no-such-node.ts')).toThrow(/there is no such module/);
    const setup = fileURLToPath(new URL('../../../harness/verdict.ts', import.meta.url));
    expect(() => loadNodeModule(setup)()).toThrow(/no function as its default export/);
  });
});
