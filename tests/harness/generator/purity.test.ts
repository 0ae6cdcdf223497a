/**
 * The properties every generator owes: asking changes nothing, the same inputs give the same run, no busy
 * thread is given work, and timing moves operations without changing them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  any,
  asLongAs,
  at,
  type Context,
  clients,
  concurrencyLimit,
  concurrentKeys,
  cycle,
  cycleTimes,
  delay,
  drawn,
  eachThread,
  filter,
  flipFlop,
  from,
  type Generator,
  type GeneratorEvent,
  limit,
  map,
  mix,
  type Polled,
  phases,
  processLimit,
  Roster,
  repeat,
  reserve,
  sequentialKeys,
  shortestAny,
  sleep,
  stagger,
  synchronize,
  timeLimit,
  until,
  untilOk,
  withKey,
} from '../../../harness/generator/index.ts';
import { type AnswerRule, imperfect, simulate } from '../../../harness/interpreter/simulate.ts';
import { Seed } from '../../../harness/random.ts';
import { contents } from './view.ts';

/** A recipe for a generator: trees of every combinator, reproducible from plain data. */
type Recipe = { make: number; seed: number; n: number; parts: Recipe[] };

const recipe: fc.Arbitrary<Recipe> = fc.letrec<{ tree: Recipe }>((tie) => ({
  tree: fc.record({
    make: fc.nat({ max: 25 }),
    seed: fc.nat({ max: 1000 }),
    n: fc.integer({ min: 1, max: 6 }),
    parts: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant<Recipe[]>([]),
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    ),
  }),
})).tree;

function build({ make, seed, n, parts }: Recipe): Generator {
  const leaf = limit(
    n * 3,
    drawn(Seed.of(seed), (draws) => ({ f: `f${seed % 5}`, value: draws.int(0, 99) })),
  );
  if (parts.length === 0) return leaf;
  const built = parts.map(build);
  const one = built[0]!;
  const s = Seed.of(seed);
  const makers: (() => Generator)[] = [
    () => any(...built),
    () => shortestAny(...built),
    () => mix(s, built),
    () => flipFlop(...built),
    () => from(built),
    () => phases(...built),
    () => synchronize(one),
    () => limit(n * 4, one),
    () => limit(n * 4, cycle(one)),
    () => repeat(one, n),
    () => processLimit(n + 4, one),
    () => concurrencyLimit(n, one),
    () => eachThread(one),
    () => clients(one),
    () => reserve([[1, one]], built.at(-1)!),
    () => stagger(s, n * 7, one),
    () => delay(n * 5, one, n % 2 === 0),
    () => at(n * 20, one),
    () => until(n * 50, one),
    () => timeLimit(n * 30, one),
    () => cycleTimes([n * 10, one], [15, built.at(-1)!]),
    () =>
      map(
        (op) => ({ ...op, value: [op.value] }),
        filter((op) => op.value !== 7, one),
      ),
    () => untilOk(one),
    () => (n % 2 === 0 ? sequentialKeys([1, 2, 3], () => one) : concurrentKeys(n, [1, 2, 3], () => one)),
    () => from([withKey(n, one), sleep(n * 10)]),
    () => asLongAs(0, (seen, { type }) => (seen > n ? null : type === 'ok' ? seen + 1 : seen), cycle(one)),
  ];
  return makers[make]!();
}

/** Asks its part several times for every answer it passes on, and at other times too. */
class Nosy implements Generator {
  readonly kind = 'nosy';
  readonly heeds = true;
  readonly part: Generator;
  constructor(part: Generator) {
    this.part = part;
  }
  op(context: Context): Polled {
    this.part.op(context.at(context.time + 1000));
    const polled = this.part.op(context);
    this.part.op(context);
    if (polled.state === 'offer') polled.next.op(context.at(context.time + 5));
    return polled.state === 'offer' ? { ...polled, next: new Nosy(polled.next) } : polled;
  }
  update(context: Context, event: GeneratorEvent): Generator {
    this.part.update(context, event);
    return new Nosy(this.part.update(context, event));
  }
}

const ROSTERS = [new Roster(1), new Roster(3, ['nemesis:partition']), new Roster(5)];
const bounds = { maxOps: 150, untilNs: 5_000 };

describe('any generator at all', () => {
  it('is not changed by being asked', () => {
    fc.assert(
      fc.property(recipe, fc.constantFrom(...ROSTERS), fc.nat(), (tree, roster, seed) => {
        const plain = simulate(build(tree), roster, imperfect, seed, bounds);
        const asked = simulate(new Nosy(build(tree)), roster, imperfect, seed, bounds);
        expect(asked.history).toEqual(plain.history);
        expect(asked.end).toBe(plain.end);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same run for the same inputs, and never an operation to a busy thread', () => {
    fc.assert(
      fc.property(recipe, fc.constantFrom(...ROSTERS), fc.nat(), (tree, roster, seed) => {
        // The core throws when a busy thread is offered work; processes below must alternate too.
        const first = simulate(build(tree), roster, imperfect, seed, bounds);
        expect(simulate(build(tree), roster, imperfect, seed, bounds).history).toEqual(first.history);
        const open = new Set<number | string>();
        for (const op of first.history) {
          expect(open.has(op.process)).toBe(op.type !== 'invoke');
          if (op.type === 'invoke') open.add(op.process);
          else open.delete(op.process);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('comes to an end or to a bound, never to a stall', () => {
    fc.assert(
      fc.property(recipe, fc.constantFrom(...ROSTERS), (tree, roster) => {
        expect(simulate(build(tree), roster, imperfect, 1, bounds).end).not.toBe('stalled');
      }),
      { numRuns: 300 },
    );
  });
});

describe('timing', () => {
  const load = (seed: number): Generator =>
    stagger(
      Seed.of(seed).fork('rate'),
      20,
      mix(Seed.of(seed), [
        withKey(
          1,
          drawn(Seed.of(seed).fork('a'), (draws, n) => ({ f: 'w', value: [n, draws.int(0, 99)] })),
        ),
        withKey(
          2,
          drawn(Seed.of(seed).fork('b'), (draws, n) => ({ f: 'w', value: [n, draws.int(0, 99)] })),
        ),
      ]),
    );

  it('moves operations without changing them', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, latencies, threads) => {
        const slow: AnswerRule = (_, draws) => ({
          afterNs: draws.int(1, 400),
          type: draws.chance(0.2) ? 'info' : 'ok',
        });
        const calm = simulate(load(seed), new Roster(3), undefined, 0, { maxOps: 80 });
        const rough = simulate(load(seed), new Roster(threads), slow, latencies, { maxOps: 80 });
        expect(contents(rough)).toEqual(contents(calm));
      }),
    );
  });
});
