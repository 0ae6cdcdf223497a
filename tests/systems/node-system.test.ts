/**
 * A system whose nodes are a module: held to the contract of systems, as processes and in the simulator.
 */
import { describe, expect, it } from 'vitest';
import { nodeSystem } from '../../systems/node-system.ts';
import { systemKit } from '../kits/system.ts';

const keep = nodeSystem({
  name: 'keep',
  summary: 'a set that every node keeps',
  module: new URL('../fixtures/plugins/keep-node.ts', import.meta.url),
  speaks: ['g-set'],
  bugs: { forgets: { summary: 'some elements are not kept', workload: 'set', checker: 'set-full' } },
});

describe('a system of a module', () => {
  systemKit(keep);

  it('knows workloads by their names in Maelstrom too, and refuses others', () => {
    expect(keep.workloads).toEqual({ set: ['add', 'read'] });
    const module = 'x.ts';
    expect(() => nodeSystem({ name: 'x', summary: 'x', module, speaks: ['sets'] })).toThrow(
      /no requests for the workload/,
    );
  });
});
