import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitGrowth, fitPower, messageComplexity } from '../../checkers/message-complexity.ts';
import { historyOf } from '../../harness/history/builder.ts';
import { fuzzRuns } from '../fuzz-runs.ts';
import { script } from './script.ts';

const EMPTY = historyOf([]);
const SIZES = [3, 5, 7, 9, 12];
const measured = (messages: (n: number) => number, sizes = SIZES) =>
  sizes.map((nodes) => ({ nodes, messages: messages(nodes) }));
const judge = (messages: (n: number) => number, expect = 'any') =>
  messageComplexity(EMPTY, { samples: measured(messages), expect });

test('known algorithms are told apart', () => {
  const bullyWorst = (n: number) => n * n - 1;
  const bullyBest = (n: number) => n - 1;
  const ringWorst = (n: number) => (n * (n + 1)) / 2 + n;
  const peterson = (n: number) => n * Math.log2(n) + n;
  expect(judge(bullyWorst)).toMatchObject({ verdict: 'pass', stats: { growth: 'O(n^2)' } });
  expect(judge(bullyBest)).toMatchObject({ verdict: 'pass', stats: { growth: 'O(n)' } });
  expect(judge(ringWorst).stats).toMatchObject({ growth: 'O(n^2)' });
  expect(judge(peterson).stats).toMatchObject({ growth: 'O(n log n)' });
  expect(judge(() => 4, 'linear')).toMatchObject({ verdict: 'pass', stats: { growth: 'O(1)' } });
});

test('an expectation is an upper bound', () => {
  const bad = judge((n) => n * n - 1, 'linear');
  expect(bad.anomalies).toMatchObject([{ kind: 'too-many-messages', certainty: 'proved', ops: [] }]);
  expect(bad.anomalies[0]!.sentence).toMatch(
    /^An election was expected to take O\(n\) messages, but they grow as O\(n\^2\): that fit is 0\.0 % off, O\(n\) [\d.]+ %\.$/,
  );
  expect(judge((n) => n * n - 1, 'quadratic').verdict).toBe('pass');
  expect(judge((n) => n - 1, 'linear').verdict).toBe('pass');
  expect(judge((n) => n - 1, 'quadratic').verdict).toBe('pass');
  expect(judge((n) => n ** 3, 'quadratic').verdict).toBe('fail');
  expect(() => judge((n) => n, 'linaer')).toThrow('option expect: expected one of any, linear');
});

test('elections of the history are read, and cited', () => {
  const s = script();
  for (const value of measured((n) => n * n)) s.run('election', null, 'ok', value);
  s.run('election', null, 'info', { nodes: 100, messages: 1 }).run('election', null, 'ok', 'many');
  const result = messageComplexity(s.history(), { expect: 'linear' });
  expect(result.anomalies).toMatchObject([{ kind: 'too-many-messages', ops: [1, 3, 5, 7, 9] }]);
  expect(result.stats).toMatchObject({ samples: 5, sizes: SIZES, unreadable: 1 });
});

test('too few sizes, sizes too near, noise or a tie stay open; no election is vacuous', () => {
  const open = (samples: { nodes: number; messages: number }[], expect = 'linear') =>
    messageComplexity(EMPTY, { samples, expect });
  expect(open(measured((n) => n * n, [3, 5, 7]))).toMatchObject({ verdict: 'unknown' });
  expect(open(measured((n) => n * n, [3, 5, 7])).note).toContain('4 sizes');
  expect(open(measured((n) => n * n, [10, 11, 12, 13])).verdict).toBe('unknown');
  const noise = [3, 5, 7, 9].map((nodes, i) => ({ nodes, messages: i % 2 === 0 ? 1 : 100 }));
  expect(open(noise).note).toContain('no growth fits');
  const between = measured((n) => n + n * Math.log2(n) * 0.3);
  expect(open(between).verdict).toBe('unknown');
  expect(open([]).verdict).toBe('vacuous');
  expect(() => messageComplexity(EMPTY, { samples: [{ nodes: 3 }] })).toThrow('a list of {nodes, messages}');
});

/** Squares left by a line through transformed points, by solving the normal equations as they stand. */
test('the exponent of a power law is found with the confidence its scatter allows', () => {
  expect(fitPower(measured((n) => 3 * n * n))).toMatchObject({ exponent: expect.closeTo(2, 9) });
  expect(fitPower(measured((n) => 3 * n * n))!.within).toBeLessThan(1e-6);
  const noisy = fitPower(measured((n) => n * (1 + 0.1 * (n % 3))))!;
  expect(Math.abs(noisy.exponent - 1)).toBeLessThan(noisy.within!);
  expect(noisy.within).toBeGreaterThan(0.01);
  expect(
    fitPower([
      { nodes: 3, messages: 9 },
      { nodes: 4, messages: 16 },
    ]),
  ).toMatchObject({ within: null });
  expect(fitPower([{ nodes: 3, messages: 9 }])).toBeNull();
  expect(fitPower([])).toBeNull();
});

function squares(samples: { nodes: number; messages: number }[], g: (n: number) => number): number {
  let [n, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  for (const { nodes, messages } of samples) {
    const x = g(nodes);
    n++;
    sx += x;
    sy += messages;
    sxx += x * x;
    sxy += x * messages;
  }
  const det = n * sxx - sx * sx;
  const base = (sy * sxx - sx * sxy) / det;
  const factor = (n * sxy - sx * sy) / det;
  return samples.reduce((sum, s) => sum + (s.messages - base - factor * g(s.nodes)) ** 2, 0);
}

const GROWTH = {
  linear: (n: number) => n,
  'n-log-n': (n: number) => n * Math.log2(n),
  quadratic: (n: number) => n * n,
  cubic: (n: number) => n ** 3,
};

test('residuals are those of the normal equations, and exact growths are recognised', () => {
  const names = Object.keys(GROWTH) as (keyof typeof GROWTH)[];
  const sizes = fc.uniqueArray(fc.integer({ min: 2, max: 40 }), { minLength: 4, maxLength: 9 });
  fc.assert(
    fc.property(
      sizes,
      fc.constantFrom(...names),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(20),
      fc.array(fc.nat(5), { minLength: 9, maxLength: 9 }),
      (ns, growth, factor, base, noise) => {
        const exact = ns.map((nodes) => ({ nodes, messages: base + factor * GROWTH[growth](nodes) }));
        const fits = fitGrowth(exact);
        expect(fits.find((fit) => fit.growth === growth)).toMatchObject({ residual: 0 });
        for (const expected of ['linear', 'n-log-n', 'quadratic'] as const) {
          const { verdict } = messageComplexity(EMPTY, { samples: exact, expect: expected });
          expect(verdict).not.toBe(names.indexOf(growth) > names.indexOf(expected) ? 'pass' : 'fail');
        }
        const noisy = exact.map((s, i) => ({ nodes: s.nodes, messages: s.messages + noise[i]! }));
        const mean = noisy.reduce((sum, s) => sum + s.messages, 0) / noisy.length;
        for (const fit of fitGrowth(noisy)) {
          if (fit.growth === 'constant') continue;
          const root = Math.sqrt(squares(noisy, GROWTH[fit.growth]) / noisy.length);
          expect(fit.residual).toBeCloseTo(root / mean, 4);
        }
      },
    ),
    { numRuns: fuzzRuns(500) },
  );
});
