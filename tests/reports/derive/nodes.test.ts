import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Op } from '../../../harness/op.ts';
import { nodeSpans } from '../../../reports/derive/nodes.ts';

const event = (index: number, f: string, at: number): Op => ({
  index,
  time: at * 1e9,
  process: 'cluster',
  type: 'info',
  f,
  value: { exitCode: 3 },
  node: 'n2',
});

describe('nodeSpans', () => {
  it('lasts from a crash to the restart', () => {
    const history = historyOf([event(0, 'crashed', 2), event(1, 'gave-up', 3), event(2, 'restarted', 5)]);
    expect(nodeSpans(history, [], 9e9)).toEqual([
      { node: 'n2', state: 'down', fromNs: 2e9, toNs: 5e9, reason: 'crashed by itself {exitCode: 3}' },
    ]);
  });

  it('lasts to the end of the run when the node never came back', () => {
    expect(nodeSpans(historyOf([event(0, 'crashed', 2)]), [], 9e9)[0]!.toNs).toBe(9e9);
  });
});
