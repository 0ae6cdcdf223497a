import { describe, expect, it } from 'vitest';
import { Seed } from '../../harness/random.ts';
import { built, load } from '../../plugins/kit/built-workload.ts';
import { agreement } from '../../workloads/agreement.ts';

const NODES = ['n1', 'n2', 'n3'];

function withConsensus(proposers: 'one' | 'many') {
  return agreement.build(
    {},
    {
      seed: Seed.of(1),
      nodes: NODES,
      concurrency: 6,
      operations: ['propose', 'decide', 'say'],
      consensus: { faulty: ['n1'], validity: 'unanimous', proposers },
    },
  );
}

describe('agreement', () => {
  it('gives every instance of a commander to that commander alone', () => {
    const proposals = load(withConsensus('one'), 6).filter((op) => op.f === 'propose');
    expect(new Set(proposals.map((op) => op.key)).size).toBe(proposals.length);
    for (const { key, thread } of proposals)
      expect(String(key).startsWith(`${NODES[Number(thread) % NODES.length]}/`)).toBe(true);
  });

  it('lets all propose different values where all may', () => {
    const proposals = load(withConsensus('many'), 6).filter((op) => op.f === 'propose');
    const first = proposals.filter((op) => op.key === '0');
    expect(first).toHaveLength(6);
    expect(new Set(first.map((op) => op.value)).size).toBe(6);
  });

  it('tells the checkers who lies', () => {
    const options = withConsensus('one').checkers[0]!.options;
    expect(options).toMatchObject({ faulty: ['n1'], validity: 'unanimous', nodes: 3 });
    expect(built(agreement).checkers[0]!.options).toMatchObject({ faulty: [], validity: 'anyone' });
  });
});
