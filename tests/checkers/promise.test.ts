/**
 * What every checker promises: whatever anomaly it claims to find, the museum has the smallest history that shows
 * it, found under exactly that name, and the nearest legal history, which it passes. A checker that claims a kind
 * without such a pair, or finds one it does not claim, fails here.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Budget, type Checker, UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { History } from '../../harness/history/history.ts';
import { parseJsonl } from '../../harness/history/jsonl.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import { proves } from '../../plugins/kit/checker-kit.ts';
import { PIECES } from '../museum/pieces/index.ts';

const ALL: Readonly<Record<string, Checker>> = CHECKERS;

const spent = (): Budget => ({ spend: () => false, reason: 'time limit of 0 s' });
const judge = (name: string, history: History, options: CheckerOptions, budget: Budget = UNLIMITED) =>
  ALL[name]!.check(history, options, budget);
const kindsOf = (result: CheckerResult) => [...new Set(result.anomalies.map(({ kind }) => kind))];

interface Saved {
  name: string;
  checker: string;
  options: CheckerOptions;
  kinds: string[];
  history: History;
  /** The nearest legal history is there too. */
  twin: boolean;
}

const folder = new URL('../museum/', import.meta.url);
const SAVED: Saved[] = readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .map((file) => {
    const name = file.slice(0, -'.jsonl'.length);
    const expected = JSON.parse(readFileSync(new URL(`${name}.expect.json`, folder), 'utf8'));
    const { history } = parseJsonl(readFileSync(new URL(file, folder)), file);
    const twin = existsSync(new URL(`${name}-not.jsonl`, folder)) && expected.kinds.length === 1;
    return { name, ...expected, history, twin };
  });

describe('what is claimed', () => {
  it.each(Object.keys(ALL))(
    '%s says what it reads and finds, and every kind has its pair in the museum',
    (name) => {
      const { reads, anomalies } = ALL[name]!;
      expect(reads).toBeDefined();
      const claimed = Object.keys(anomalies ?? {}).sort();
      const has = new Set(PIECES.filter((piece) => piece.checker === name).map(({ kind }) => kind));
      // Saved in files: `museum.test.ts` replays both, each with the verdict it must have.
      for (const { checker, kinds, twin } of SAVED)
        if (checker === name && twin) for (const kind of kinds) has.add(kind);
      expect([...has].sort()).toEqual(claimed);
    },
  );

  it('shows only checkers that there are', () => {
    for (const { checker } of PIECES) expect(Object.keys(ALL)).toContain(checker);
  });

  it('words every kind and every operation', () => {
    for (const { reads, anomalies } of Object.values(ALL)) {
      for (const [kind, meaning] of Object.entries(anomalies ?? {}))
        expect(meaning.length, kind).toBeGreaterThan(8);
      for (const [f, form] of Object.entries(reads ?? {})) expect(form, f).toContain(f);
    }
  });

  it('never finds a kind it does not claim, nor lets the code name one', () => {
    for (const { checker, wrong, options } of PIECES) {
      const claimed = Object.keys(ALL[checker]!.anomalies ?? {});
      for (const kind of kindsOf(judge(checker, wrong, options))) expect(claimed).toContain(kind);
    }
    const claimed = new Set(Object.values(ALL).flatMap(({ anomalies }) => Object.keys(anomalies ?? {})));
    const root = new URL('../../checkers/', import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    for (const file of files) {
      const text = readFileSync(new URL(file, root), 'utf8');
      for (const [, kind] of text.matchAll(/vidence\.add\(\s*'([a-z-]+)'/g)) {
        expect(claimed, `${file} finds ${kind}`).toContain(kind);
      }
    }
  });
});

describe('what is found', () => {
  const cases = PIECES.map((piece, n) => ({ ...piece, title: `${piece.checker}: ${piece.kind} (${n})` }));

  it.each(cases)('$title, under exactly that name', (piece) => {
    const { checker, kind, also, wrong, options, withoutOps } = piece;
    const result = judge(checker, wrong, options);
    expect(result.verdict).toBe('fail');
    expect(kindsOf(result).sort()).toEqual([kind, ...also].sort());
    for (const { sentence, ops, steps, certainty } of result.anomalies) {
      expect(certainty).toBe('proved');
      expect(sentence).toMatch(/^[A-Z].*\.$|^[A-Z].*logged on line/s);
      // What is told by options, and counts of a whole run, are of no moment and nobody in particular.
      if (withoutOps || kind === 'too-many-messages') continue;
      expect(ops.length).toBeGreaterThan(0);
      expect(steps.length).toBeGreaterThan(0);
      expect(sentence, 'names the moment').toMatch(/\d s\b|\d ms\b/);
      expect(sentence, 'names who').toMatch(/process \d|\bn\d/);
    }
  });

  it.each(cases)('$title, in its witness alone', (piece) => {
    const { checker, kind, wrong, options } = piece;
    const { ops } = judge(checker, wrong, options).anomalies.find((found) => found.kind === kind)!;
    if (isOfTheWholeRun(piece)) return expect(ops).toEqual([]);
    const part = wrong.pick(withPairs(wrong, ops));
    const again = judge(checker, part, options);
    expect(again.verdict).toBe('fail');
    expect(kindsOf(again)).toContain(kind);
  });

  it.each(cases)(
    '$title, proved, in plain data, the same each time, and never passed when cut short',
    (piece) => {
      const { checker, wrong, options } = piece;
      const result = judge(checker, wrong, options);
      // A count of the whole run has no operations to show, and a line of a log ends as it likes.
      if (!isOfTheWholeRun(piece)) proves(ALL[checker]!, wrong, result);
      expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      expect(judge(checker, wrong, options)).toEqual(result);
      expect(judge(checker, wrong, options, spent()).verdict).not.toBe('pass');
    },
  );

  it.each(cases)('$title, and not in the nearest legal history', ({ checker, legal, legalOptions }) => {
    const result = judge(checker, legal, legalOptions);
    expect(result.anomalies).toEqual([]);
    expect(result.verdict, result.note).toBe('pass');
  });
});

/** Told by options, or counted over a whole run: no operations show it. */
function isOfTheWholeRun({ checker, kind, withoutOps }: (typeof PIECES)[number]): boolean {
  return withoutOps === true || (checker === 'broadcast' && kind === 'too-many-messages');
}

function withPairs(history: History, ops: readonly number[]): Int32Array {
  const all = new Set(ops);
  for (const i of ops) if (history.pair(i) >= 0) all.add(history.pair(i));
  return Int32Array.from(all).sort();
}

describe('what stays open', () => {
  /** Histories cut off in the middle leave most open. */
  const beginnings = (history: History): History[] =>
    [0.3, 0.6, 0.8].map((share) =>
      history.pick(Int32Array.from({ length: Math.floor(history.length * share) }, (_, i) => i)),
    );
  const subjects = [
    ...PIECES.flatMap(({ checker, wrong, legal, options }) =>
      [wrong, legal, ...beginnings(legal)].map((history) => ({ checker, options, history })),
    ),
    ...SAVED.map(({ checker, options, history }) => ({ checker, options, history })),
  ];

  it('says what would settle it, or what is missing', () => {
    let unknown = 0;
    for (const { checker, options, history } of subjects) {
      for (const budget of [UNLIMITED, spent()]) {
        const { verdict, note } = judge(checker, history, options, budget);
        if (verdict === 'vacuous') expect(note, checker).toBeTruthy();
        if (verdict !== 'unknown') continue;
        unknown++;
        expect(note, checker).toMatch(/(would|may) settle/);
      }
    }
    expect(unknown).toBeGreaterThan(20);
  });
});
