/**
 * How the messages of an election grow with the number of nodes: a least-squares fit of `a + b g(n)` for each
 * growth g, and the one with the smallest residual. What no fit tells apart is called unknown, not guessed.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import type { History } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { happened } from './byzantine/statements.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { Evidence, Meter } from './evidence.ts';
import { choiceOption, OptionError } from './options.ts';
import { inTime, Pace } from './pace.ts';

/** In order of growth. */
const GROWTHS = ['linear', 'n-log-n', 'quadratic', 'cubic'] as const;
const EXPECT = ['any', 'linear', 'n-log-n', 'quadratic'] as const;
type Growth = (typeof GROWTHS)[number];

const G: Readonly<Record<Growth, (n: number) => number>> = {
  linear: (n) => n,
  'n-log-n': (n) => n * Math.log2(n),
  quadratic: (n) => n * n,
  cubic: (n) => n * n * n,
};
const WORDS: Readonly<Record<Growth | 'constant', string>> = {
  constant: 'O(1)',
  linear: 'O(n)',
  'n-log-n': 'O(n log n)',
  quadratic: 'O(n^2)',
  cubic: 'O(n^3)',
};

/** Different numbers of nodes that a fit of two parameters needs to be worth anything. */
const LEAST_SIZES = 4;
/** A growth is told apart when its residual is this many times that of the best... */
const TIMES_WORSE = 3;
/** ...and this part of the mean number of messages. */
const NOTABLE = 0.01;
/** Growths whose residuals differ less than by this factor fit equally well. */
const CLOSE = 1.5;
/** The best fit explains nothing when its residual is more than this part of the mean. */
const POOR = 0.2;

/** Messages one election took, and the operation that says so, if any. */
interface Sample {
  nodes: number;
  messages: number;
  op: number | null;
}

/** Messages as `base + factor * g(n)`; `residual` is the root of the mean square, relative to the mean. */
export interface Fit {
  growth: Growth | 'constant';
  base: number;
  factor: number;
  residual: number;
}

/**
 * The least-squares fits of all growths, best first; equal ones by growth. One fit, `constant`, when messages do
 * not grow. Throws OutOfBudget where a pace is given whose budget ends. O(samples).
 */
export function fitGrowth(samples: readonly { nodes: number; messages: number }[], pace?: Pace): Fit[] {
  const count = samples.length;
  const total = (of: (s: { nodes: number; messages: number }) => number): number => {
    let sum = 0;
    for (const sample of samples) {
      pace?.step();
      sum += of(sample);
    }
    return sum;
  };
  const meanY = total((s) => s.messages) / count;
  const scale = meanY === 0 ? 1 : meanY;
  const fits = GROWTHS.map((growth): Fit => {
    const g = G[growth];
    const meanX = total((s) => g(s.nodes)) / count;
    const xx = total((s) => (g(s.nodes) - meanX) ** 2);
    const factor = xx === 0 ? 0 : total((s) => (g(s.nodes) - meanX) * (s.messages - meanY)) / xx;
    const base = meanY - factor * meanX;
    const squares = total((s) => (s.messages - base - factor * g(s.nodes)) ** 2);
    // Rounded, so that an exact fit is 0 and equal fits are equal on every machine.
    return { growth, base, factor, residual: rounded(Math.sqrt(squares / count) / scale) };
  });
  if (fits.every((fit) => fit.factor <= 0)) {
    const spread = total((s) => (s.messages - meanY) ** 2);
    return [
      { growth: 'constant', base: meanY, factor: 0, residual: rounded(Math.sqrt(spread / count) / scale) },
    ];
  }
  return fits.sort((a, b) => a.residual - b.residual);
}

/** Growth as a power of n, from a straight line through the logarithms. */
export interface PowerFit {
  exponent: number;
  /** Half the width of its 95 % confidence interval; null for fewer than three samples. */
  within: number | null;
}

/** Quantiles of Student's t at 97.5 %, by degrees of freedom from 1; beyond, that of the normal distribution is near. */
const T_975 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13];

/** The exponent of the power law nearest to the samples; null when they are of one size. O(samples). */
export function fitPower(samples: readonly { nodes: number; messages: number }[]): PowerFit | null {
  const points = samples.filter((s) => s.messages > 0).map((s) => [Math.log(s.nodes), Math.log(s.messages)]);
  const count = points.length;
  const mean = (of: 0 | 1): number => points.reduce((sum, point) => sum + point[of]!, 0) / count;
  const [meanX, meanY] = [mean(0), mean(1)];
  const xx = points.reduce((sum, [x]) => sum + (x! - meanX) ** 2, 0);
  if (count < 2 || xx < 1e-12) return null;
  const exponent = points.reduce((sum, [x, y]) => sum + (x! - meanX) * (y! - meanY), 0) / xx;
  if (count < 3) return { exponent, within: null };
  const left = points.reduce((sum, [x, y]) => sum + (y! - meanY - exponent * (x! - meanX)) ** 2, 0);
  const t = T_975[count - 3] ?? 2.05;
  return { exponent, within: t * Math.sqrt(left / (count - 2) / xx) };
}

const rounded = (x: number): number => Math.round(x * 1e6) / 1e6;

/** Judges `samples` and acknowledged `election` operations `{nodes, messages}`. Option `expect`: at most that. */
export function messageComplexity(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const expect = choiceOption(options, 'expect', EXPECT, 'any');
  const samples = givenSamples(options);
  const met = new Set(samples.map((s) => s.nodes));
  const meter = new Meter(budget);
  const electionF = history.names.find('election');
  let unreadable = 0;
  for (let i = 0; i < history.length && !meter.over(1); i++) {
    if (history.columns.fs[i] !== electionF || !happened(history, i)) continue;
    const sample = sampleIn(history.value(i), i);
    if (sample === null) {
      unreadable++;
      continue;
    }
    samples.push(sample);
    met.add(sample.nodes);
  }
  const evidence = new Evidence(history);
  // A part of the elections tells no growth.
  if (meter.stopped !== null) return evidence.conclude({ samples: samples.length, unreadable }, meter);
  const sizes = [...met].sort((a, b) => a - b);
  const stats: Record<string, Json> = { samples: samples.length, sizes, unreadable };
  if (samples.length === 0) {
    return evidence.conclude(stats, { vacuous: 'no election was counted' });
  }
  if (sizes.length < LEAST_SIZES || sizes.at(-1)! < 2 * sizes[0]!) {
    const unsettled =
      `clusters of ${sizes.join(', ')} nodes are too few to tell a growth; ${LEAST_SIZES} sizes, the largest at ` +
      'least twice the smallest, would settle it';
    return evidence.conclude(stats, { unsettled });
  }
  const fits = inTime(
    () => fitGrowth(samples, new Pace(budget)),
    () => null,
  );
  if (fits === null) {
    meter.end();
    return evidence.conclude({ samples: samples.length, unreadable }, meter);
  }
  const best = fits[0]!;
  stats['growth'] = WORDS[best.growth];
  stats['fits'] = fits.map(
    ({ growth, base, factor, residual }): Json => ({
      growth: WORDS[growth],
      base: rounded(base),
      factor: rounded(factor),
      residual,
    }),
  );
  return evidence.conclude(stats, { unsettled: verdictOf(evidence, samples, fits, expect) });
}

/** Adds the anomaly when messages grow faster than expected; says what is open when that cannot be told. */
function verdictOf(
  evidence: Evidence,
  samples: readonly Sample[],
  fits: readonly Fit[],
  expect: (typeof EXPECT)[number],
): string | null {
  const best = fits[0]!;
  if (best.growth === 'constant') return null;
  if (best.residual > POOR) {
    return `no growth fits: messages are ${percent(best)} off even ${WORDS[best.growth]}; more elections would settle it`;
  }
  const rank = (growth: Fit['growth'] | 'any'): number => GROWTHS.indexOf(growth as Growth);
  const within = fits.find((fit) => expect !== 'any' && rank(fit.growth) <= rank(expect));
  if (expect === 'any') {
    const rival = fits.slice(1).find((fit) => close(best, fit));
    return rival === undefined ? null : tie(best, rival);
  }
  if (within === best) {
    const faster = fits.find((fit) => rank(fit.growth) > rank(expect) && close(best, fit));
    return faster === undefined ? null : tie(best, faster);
  }
  if (!apart(best, within!)) return tie(best, within!);
  const ops = samples.flatMap((s) => (s.op === null ? [] : [s.op]));
  evidence.add('too-many-messages', () => ({
    sentence:
      `An election was expected to take ${WORDS[expect as Growth]} messages, but they grow as ` +
      `${WORDS[best.growth]}: that fit is ${percent(best)} off, ${WORDS[within!.growth]} ${percent(within!)}.`,
    steps: fits.map((fit) => ({
      text:
        `${WORDS[fit.growth]}: ${fit.base.toFixed(1)} + ${fit.factor.toFixed(3)} g(n) messages, ` +
        `${percent(fit)} off.`,
      ops: [],
    })),
    alsoOps: ops,
    detail: { growth: WORDS[best.growth], expected: WORDS[expect as Growth] },
  }));
  return null;
}

const apart = (best: Fit, other: Fit): boolean =>
  other.residual >= NOTABLE && other.residual >= TIMES_WORSE * best.residual;

const close = (best: Fit, other: Fit): boolean =>
  other.residual < NOTABLE || other.residual < CLOSE * best.residual;

const tie = (a: Fit, b: Fit): string =>
  `${WORDS[a.growth]} (${percent(a)} off) and ${WORDS[b.growth]} (${percent(b)} off) fit about equally well; ` +
  'larger clusters would settle it';

const percent = (fit: Fit): string => `${(100 * fit.residual).toFixed(1)} %`;

function givenSamples(options: CheckerOptions): Sample[] {
  const given = options['samples'];
  if (given === undefined || given === null) return [];
  const expected = 'a list of {nodes, messages}';
  if (!Array.isArray(given)) throw new OptionError('samples', expected, given);
  return given.map((each) => {
    const sample = sampleIn(each, null);
    if (sample === null) throw new OptionError('samples', expected, each);
    return sample;
  });
}

function sampleIn(value: Json, op: number | null): Sample | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
  const { nodes, messages } = value;
  if (typeof nodes !== 'number' || typeof messages !== 'number') return null;
  return Number.isInteger(nodes) && nodes >= 1 && messages >= 0 ? { nodes, messages, op } : null;
}

/** The `message-complexity` checker. */
export const messageComplexityChecker: Checker = {
  name: 'message-complexity',
  summary: 'the messages of an election grow with the number of nodes no faster than expected',
  options: {
    samples: {
      summary: 'elections measured elsewhere, as {nodes, messages}, besides those of the history',
      default: [],
      type: 'list',
    },
    expect: { summary: 'the growth that is promised at most', default: 'any', choices: EXPECT },
  },
  reads: {
    election: 'election -> {nodes, messages}',
  },
  anomalies: {
    'too-many-messages': 'messages grow faster than expected',
  },
  check: messageComplexity,
};
