/**
 * The checkers of replicated logs against planted histories, and against brute force on what the nodes really held.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaderCompleteness } from '../../../checkers/log/leader-completeness.ts';
import { logMatching } from '../../../checkers/log/log-matching.ts';
import { stateMachineSafety } from '../../../checkers/log/state-machine-safety.ts';
import { historyOf } from '../../../harness/history/builder.ts';
import { fuzzRuns } from '../../fuzz-runs.ts';
import { kindsOf } from '../script.ts';
import { type LogItem, logsHistory, type Snapshot } from './logs-history.ts';

const n1 = (log: LogItem[], rest: Partial<Snapshot> = {}): Snapshot => ({ node: 'n1', log, ...rest });
const n2 = (log: LogItem[], rest: Partial<Snapshot> = {}): Snapshot => ({ node: 'n2', log, ...rest });

describe('log-matching', () => {
  const judge = (...snapshots: Snapshot[]) => logMatching(logsHistory(snapshots));

  it('finds two entries of one term at one position', () => {
    const result = judge(n1([[1, 'a']]), n2([[1, 'b']]));
    expect(kindsOf(result)).toEqual(['log-mismatch']);
    expect(result.anomalies[0]!.sentence).toBe(
      'Logs that agree on position and term must agree on the entry, but entry 1 of term 1 was one thing at ' +
        'n1 (0.005 s) and another at n2 (0.105 s).',
    );
    expect(result.anomalies[0]!.ops).toEqual([0, 1, 2, 3]);
    expect(judge(n1([[1, 'a']]), n2([[2, 'b']])).verdict).toBe('pass');
  });

  it('finds one entry after entries of different terms', () => {
    const left: LogItem[] = [
      [1, 'a'],
      [3, 'c'],
    ];
    const right: LogItem[] = [
      [2, 'b'],
      [3, 'c'],
    ];
    expect(kindsOf(judge(n1(left), n2(right)))).toEqual(['log-history-mismatch']);
    expect(judge(n1(left), n2(right.slice(0, 1))).verdict).toBe('pass');
  });

  it('says what it lacks', () => {
    expect(logMatching(historyOf([]))).toMatchObject({ verdict: 'vacuous', note: 'no node showed its log' });
    expect(judge(n1([]))).toMatchObject({ verdict: 'vacuous', note: 'every log was empty' });
    expect(judge(n1([[null, 'a']]))).toMatchObject({ note: 'no entry of a log told its term' });
  });
});

describe('state-machine-safety', () => {
  const judge = (...snapshots: Snapshot[]) => stateMachineSafety(logsHistory(snapshots));

  it('finds a position that was committed twice', () => {
    const result = judge(n1([[1, 'a']], { commit: 1 }), n2([[2, 'b']], { commit: 1 }));
    expect(kindsOf(result)).toEqual(['different-commits']);
    expect(judge(n1([[1, 'a']], { commit: 1 }), n2([[2, 'b']])).verdict).toBe('pass');
    // A value chosen in one term and confirmed in another is one value.
    expect(judge(n1([[1, 'a']], { commit: 1 }), n2([[2, 'a']], { commit: 1 })).verdict).toBe('pass');
  });

  it('finds committed entries that are gone, and a commit index that fell within one life', () => {
    const had = n1([[1, 'a']], { commit: 1, life: 'x' });
    expect(kindsOf(judge(had, n1([], { life: 'y' })))).toEqual(['committed-entry-dropped']);
    expect(kindsOf(judge(had, n1([[1, 'a']], { life: 'x' })))).toEqual(['commit-went-back']);
    expect(judge(had, n1([[1, 'a']], { life: 'y' })).verdict).toBe('pass');
    expect(kindsOf(judge(had, n1([[2, 'b']], { commit: 1, life: 'x' })))).toEqual(['different-commits']);
  });
});

describe('leader-completeness', () => {
  const judge = (...snapshots: Snapshot[]) => leaderCompleteness(logsHistory(snapshots));
  const committed = n1([[1, 'a']], { commit: 1, term: 1 });

  it('finds a later leader without a committed entry, in whichever order they were seen', () => {
    const leader = n2([], { term: 2, leading: true });
    const result = judge(committed, leader);
    expect(kindsOf(result)).toEqual(['committed-entry-missing']);
    expect(result.anomalies[0]!.sentence).toBe(
      'The leader of a term holds all that was committed before, but n2 led term 2 (0.105 s) without entry 1 of ' +
        'term 1, committed by term 1; its log ended at 0.',
    );
    expect(kindsOf(judge(leader, committed))).toEqual(['committed-entry-missing']);
    expect(kindsOf(judge(committed, n2([[2, 'b']], { term: 2, leading: true })))).toEqual([
      'committed-entry-missing',
    ]);
  });

  it('lets leaders of the same or an earlier term, and followers, lack it', () => {
    expect(judge(committed, n2([], { term: 2 }), n2([[1, 'a']], { term: 3, leading: true })).verdict).toBe(
      'pass',
    );
    expect(judge(committed, n2([], { term: 1, leading: true })).verdict).toBe('pass');
    expect(judge(n1([[1, 'a']], { commit: 1, term: 3 }), n2([], { term: 2, leading: true })).verdict).toBe(
      'pass',
    );
  });
});

const action = fc.record({
  node: fc.nat(2),
  cut: fc.constantFrom(0, 0, 0, 1, 2),
  add: fc.array(fc.record({ term: fc.integer({ min: 1, max: 3 }), value: fc.nat(2) }), { maxLength: 2 }),
  copy: fc.constantFrom(null, null, 0, 1, 2),
  commit: fc.nat(3),
  term: fc.nat(1),
  leading: fc.boolean(),
  restart: fc.boolean(),
});

/** Nodes that append, copy each other's logs, cut them, commit: right often enough, wrong often enough. */
const snapshots = fc.array(action, { minLength: 1, maxLength: 8 }).map((actions) => {
  const nodes = [0, 1, 2].map(() => ({ log: [] as LogItem[], commit: 0, term: 1, lives: 0 }));
  return actions.map(({ node, cut, add, copy, commit, term, leading, restart }): Snapshot => {
    const n = nodes[node]!;
    n.log = n.log.slice(0, Math.max(0, n.log.length - cut));
    if (copy !== null) n.log = [...nodes[copy]!.log];
    for (const entry of add) n.log.push([entry.term, entry.value]);
    n.commit = Math.min(n.log.length, Math.max(commit, restart ? 0 : n.commit));
    n.term += term;
    if (restart) n.lives++;
    return { node: `n${node}`, log: [...n.log], commit: n.commit, term: n.term, leading, life: `${n.lives}` };
  });
});

const pairs = <T>(items: readonly T[]): [T, T][] => items.flatMap((a) => items.map((b): [T, T] => [a, b]));
const same = (a: LogItem | undefined, b: LogItem | undefined): boolean => a?.[1] === b?.[1];

function brokenMatching(all: readonly Snapshot[]): boolean {
  return pairs(all).some(([a, b]) =>
    a.log.some((entry, i) => {
      const other = b.log[i];
      if (other === undefined || other[0] !== entry[0]) return false;
      return other[1] !== entry[1] || (i > 0 && a.log[i - 1]![0] !== b.log[i - 1]![0]);
    }),
  );
}

function brokenSafety(all: readonly Snapshot[]): boolean {
  const differ = pairs(all).some(([a, b]) =>
    a.log.some((entry, i) => i < a.commit! && i < b.commit! && !same(entry, b.log[i])),
  );
  const lost = all.some((a, i) => all.some((b, j) => i < j && a.node === b.node && b.log.length < a.commit!));
  const back = all.some((a, i) => {
    const next = all.find((b, j) => j > i && b.node === a.node);
    return next !== undefined && next.life === a.life && next.commit! < a.commit!;
  });
  return differ || lost || back;
}

function brokenCompleteness(all: readonly Snapshot[]): boolean {
  return pairs(all).some(
    ([a, b]) =>
      b.leading === true &&
      b.term! > a.term! &&
      a.log.some((entry, i) => i < a.commit! && (i >= b.log.length || !same(entry, b.log[i]))),
  );
}

describe('against brute force', () => {
  const ORACLES = [
    ['log-matching', logMatching, brokenMatching],
    ['state-machine-safety', stateMachineSafety, brokenSafety],
    ['leader-completeness', leaderCompleteness, brokenCompleteness],
  ] as const;

  it.each(ORACLES)('%s finds what there is, told by what is new alone', (_, check, isBroken) => {
    let broken = 0;
    fc.assert(
      fc.property(snapshots, (all) => {
        const expected = isBroken(all);
        if (expected) broken++;
        expect(check(logsHistory(all)).verdict === 'fail').toBe(expected);
      }),
      { numRuns: fuzzRuns(1500) },
    );
    expect(broken).toBeGreaterThan(fuzzRuns(1500) / 20);
  });

  it.each(ORACLES)('%s claims nothing that is not so when readings are missing', (_, check, isBroken) => {
    fc.assert(
      fc.property(snapshots, fc.array(fc.nat(7)), (all, missing) => {
        if (check(logsHistory(all, new Set(missing))).verdict === 'fail') expect(isBroken(all)).toBe(true);
      }),
      { numRuns: fuzzRuns(800) },
    );
  });
});
