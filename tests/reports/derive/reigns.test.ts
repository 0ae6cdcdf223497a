import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../harness/history/builder.ts';
import type { Json, Op } from '../../../harness/op.ts';
import { assembleModel } from '../../../reports/assemble.ts';
import { leaderSection, sidesPart } from '../../../reports/html/sections/leaders.ts';
import { leaderClaims } from '../../../reports/split-brain.ts';
import { bullyModel } from '../fixtures.ts';

type Line = Omit<Op, 'index'>;

const said = (node: string, atMs: number, leader: string, term: number | null): Line[] => {
  const base = { process: `observer:${node}`, f: 'leader', node };
  return [
    { ...base, time: atMs * 1e6, type: 'invoke', value: null },
    {
      ...base,
      time: atMs * 1e6 + 1e6,
      type: 'ok',
      value: { leading: leader === node, leader, ...(term === null ? {} : { term }) },
    },
  ];
};

const op = (
  process: number,
  node: string,
  atMs: number,
  f: string,
  value: Json,
  result: Json = value,
): Line[] => [
  { process, f, node, value, time: atMs * 1e6, type: 'invoke' },
  { process, f, node, value: result, time: atMs * 1e6 + 1e6, type: 'ok' },
];

/** n1 leads n2 all the time in term 1; n3 leads itself from 500 ms to 900 ms in term 2. */
function model(ops: readonly Line[][], terms = true) {
  const lines: Line[] = [];
  for (let at = 0; at < 2000; at += 100) {
    lines.push(...said('n1', at, 'n1', terms ? 1 : null), ...said('n2', at, 'n1', terms ? 1 : null));
    const apart = at >= 500 && at < 900;
    lines.push(...said('n3', at, apart ? 'n3' : 'n1', terms ? (apart ? 2 : 1) : null));
  }
  lines.push(...ops.flat());
  lines.sort((a, b) => a.time - b.time);
  return assembleModel({
    folder: '',
    run: { nodes: ['n1', 'n2', 'n3'], durationMs: 2000 },
    history: historyOf(lines.map((line, index) => ({ ...line, index }))),
    logs: [],
    problems: [],
  });
}

const words = (markup: { text: string }): string => markup.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

describe('reigns', () => {
  it('have their followers, whoever led too, and the writes of their side that are gone', () => {
    const { reigns } = model([
      op(0, 'n1', 610, 'add', 1),
      op(1, 'n2', 620, 'add', 2),
      op(2, 'n3', 630, 'add', 3),
      op(3, 'n3', 640, 'add', 4),
      op(4, 'n1', 1500, 'read', null, [1, 2, 4]),
      op(5, 'n1', 1600, 'add', 9),
    ]);
    expect(reigns).toHaveLength(2);
    expect(reigns[0]).toMatchObject({
      node: 'n1',
      term: 1,
      followers: ['n2', 'n3'],
      besides: ['n3'],
      writes: 3,
    });
    // What was added after the last read is neither there nor gone.
    expect(reigns[0]).toMatchObject({ judged: 2, lost: 0 });
    expect(reigns[1]).toMatchObject({ node: 'n3', term: 2, followers: [], besides: ['n1'], writes: 2 });
    expect(reigns[1]).toMatchObject({ judged: 2, lost: 1, lostValues: [3] });
  });

  it('call nothing gone that was overwritten, removed, or never read', () => {
    const register = model([op(0, 'n3', 610, 'write', 1), op(1, 'n1', 1500, 'read', null, 7)]);
    expect(register.reigns.map(({ writes, judged, lost }) => [writes, judged, lost])).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ]);
    const removed = model([
      op(0, 'n3', 610, 'add', 1),
      op(0, 'n1', 1000, 'remove', 1),
      op(1, 'n1', 1500, 'read', null, []),
    ]);
    expect(removed.reigns[1]).toMatchObject({ writes: 1, judged: 0, lost: 0 });
  });

  it('count what transactions appended', () => {
    const { reigns } = model([
      op(
        0,
        'n3',
        610,
        'txn',
        [
          ['append', 5, 1],
          ['r', 6, null],
        ],
        [
          ['append', 5, 1],
          ['r', 6, []],
        ],
      ),
      op(1, 'n3', 650, 'txn', [['append', 5, 2]]),
      op(2, 'n1', 1500, 'txn', [['r', 5, null]], [['r', 5, [2]]]),
    ]);
    expect(reigns[1]).toMatchObject({ writes: 2, judged: 2, lost: 1, lostValues: [1] });
  });

  it('end and begin again where terms are not counted', () => {
    const lines = [
      ...said('n1', 0, 'n1', null),
      ...said('n1', 100, 'n1', null),
      ...said('n1', 5000, 'n1', null),
      ...said('n1', 5100, 'n1', null),
    ];
    const { reigns } = assembleModel({
      folder: '',
      history: historyOf(lines.map((line, index) => ({ ...line, index }))),
      logs: [],
      problems: [],
    });
    expect(reigns).toHaveLength(2);
  });
});

describe('the section on leaders', () => {
  it('says how often two led, and that terms of their own are no violation', () => {
    const section = leaderSection(model([op(0, 'n3', 610, 'add', 3), op(4, 'n1', 1500, 'read', null, [])]));
    expect(words(section)).toContain('Once two or more certainly led at once');
    expect(words(section)).toContain('no violation by itself');
    expect(words(section)).toContain('1 of 1');
    expect(section.text).toContain('hatch-all');
    expect(words(leaderSection(model([], false)))).not.toContain('no violation by itself');
  });

  it('is not there when nobody was asked', () => {
    const nobody = assembleModel({ folder: '', history: historyOf([]), logs: [], problems: [] });
    expect(leaderSection(nobody).text).toBe('');
  });

  it('has the sides of a split brain, with what each took', () => {
    const split = bullyModel();
    const text = words(sidesPart(split, split.findings[0]!));
    expect(text).toContain('What each side took');
    expect(text).toMatch(/n2 n1 2 /);
    expect(text).toContain('nothing that was read later shows these writes');
    // The stretches are those of the sentences.
    for (const claim of leaderClaims(split.findings[0]!)) {
      expect(text).toContain(/from (\S+ to \S+?),/.exec(claim)![1]!);
    }
  });
});
