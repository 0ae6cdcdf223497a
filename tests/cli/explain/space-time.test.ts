import { describe, expect, it } from 'vitest';
import { spaceTime, stamped, type Transit } from '../../../cli/explain/space-time.ts';
import { spaceTimeSvg } from '../../../cli/explain/space-time-svg.ts';
import { spaceTimeText } from '../../../cli/explain/space-time-text.ts';

function transit(
  from: string,
  to: string,
  type: string,
  sent: number,
  end: number,
  fate = 'delivered',
): Transit {
  return { from, to, type, sentNs: sent * 1e6, endNs: end * 1e6, sentOrder: sent, endOrder: end, fate };
}

const MESSAGES = [
  transit('c0', 'n1', 'write', 0, 1),
  transit('n1', 'n2', 'append', 2, 5),
  transit('n1', 'n3', 'append', 3, 4, 'cut'),
  transit('n2', 'n1', 'append_ok', 6, 7),
  transit('n1', 'c0', 'write_ok', 8, 9),
];
const NODES = ['n1', 'n2', 'n3'];

describe('a space-time diagram', () => {
  it('numbers events as Lamport does', () => {
    expect(stamped(MESSAGES).map(({ sent, received }) => [sent, received])).toEqual([
      [1, 2],
      [3, 5 - 1],
      [4, null],
      [5, 6],
      [7, 8],
    ]);
    for (const { sent, received } of stamped(MESSAGES))
      if (received !== null) expect(received).toBeGreaterThan(sent);
  });

  it('is drawn as text: who to whom, and what did not arrive', () => {
    const remark = { timeNs: 2.5e6, process: null, text: 'partition-1 begins: n3' };
    const rows = spaceTimeText(spaceTime(NODES, MESSAGES, [remark], [0, 1e9]));
    expect(rows[0]).toMatch(/time +Lamport +n1 +n2 +n3 +c0/);
    expect(rows[2]).toMatch(/══ partition-1 begins: n3 ══/);
    expect(rows[3]).toMatch(/ 4 +│─+append cut─+x│/);
    expect(rows[4]).toMatch(/3 → 4 +│─+append─+>│/);
    expect(rows[5]).toMatch(/5 → 6 +│<─+append_ok─+│/);
  });

  it('is drawn as a picture, one arrow per message', () => {
    const svg = spaceTimeSvg(spaceTime(NODES, MESSAGES, [], [0, 1e9]));
    expect(svg.match(/class="m"/g)).toHaveLength(4);
    expect(svg.match(/class="c"/g)).toHaveLength(1);
    expect(svg).toContain('append (cut)');
  });

  it('of too many messages shows those of clients and the rare ones, and counts the rest', () => {
    const beats = Array.from({ length: 100 }, (_, i) =>
      transit('n1', 'n2', 'heartbeat', 20 + 2 * i, 21 + 2 * i),
    );
    const asked = transit('c9', 'n2', 'leader', 300, 301);
    const { messages, leftOut, processes } = spaceTime(NODES, [...MESSAGES, ...beats, asked], [], [0, 1e9]);
    expect(messages.filter(({ type }) => type !== 'heartbeat').map(({ type }) => type)).toEqual([
      'write',
      'append',
      'append',
      'append_ok',
      'write_ok',
    ]);
    expect(leftOut).toEqual([['heartbeat', 100 - (messages.length - 5)]]);
    // The harness asking who leads is no part of the story.
    expect(processes).toEqual(['n1', 'n2', 'n3', 'c0']);
  });
});
