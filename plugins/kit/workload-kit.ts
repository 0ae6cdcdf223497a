/**
 * The contract of a workload: it describes itself, its operations depend on the seed alone and are well-formed, and its
 * checkers accept what a correct object answers.
 */
import type { Checker } from '../../checkers/contract.ts';
import { UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS } from '../../checkers/registry.ts';
import { clients, Roster } from '../../harness/generator/index.ts';
import { type AnswerRule, perfect, simulate } from '../../harness/interpreter/simulate.ts';
import type { CheckerResult } from '../../harness/verdict.ts';
import type { Workload } from '../../harness/workload.ts';
import { WORKLOADS } from '../../workloads/index.ts';
import { built, load, rough } from './built-workload.ts';
import { checkOf, demand, demandPlain, demandSame, type KitCheck } from './checks.ts';
import { type CorrectObject, correctObject } from './objects.ts';
import type { WorkloadKitOptions } from './options.ts';
import { played } from './played.ts';

const OPERATIONS = 300;

/** The checks for a workload. */
export function workloadKit(workload: Workload, options: WorkloadKitOptions = {}): KitCheck[] {
  const known = [...workload.needs, ...(workload.uses ?? [])];
  const correct = options.correct ?? correctObject(workload.speaks ?? workload.name);
  return [
    checkOf('describes itself and its options', () => describes(workload)),
    checkOf('asks the same for the same seed, whatever is answered', () => {
      for (const rule of [perfect, rough]) {
        demandSame(
          load(built(workload), 5, OPERATIONS, rule),
          load(built(workload), 5, OPERATIONS, rule),
          'two generators of one seed asked different operations',
        );
      }
    }),
    checkOf('asks only what it needs or uses, in plain JSON', () => {
      for (const { f, key, value } of load(built(workload, { seed: 2 }))) {
        demand(
          known.includes(f),
          `it asked ${f}, which is neither in needs nor in uses (${known.join(', ')})`,
        );
        demandPlain([key ?? null, value], `the operation ${f}`);
      }
    }),
    checkOf('does without what a system does not offer', () => {
      for (const { f } of load(built(workload, { seed: 2, operations: workload.needs })))
        demand(
          workload.needs.includes(f),
          `it asked ${f}, though the system offers ${workload.needs.join(', ')} only`,
        );
    }),
    checkOf('builds for one client and for many, and goes on when operations fail', () => {
      for (const threads of [1, 2, 7]) {
        const ops = load(built(workload, { seed: 3, threads }), threads, OPERATIONS, rough);
        demand(ops.length > 0, `it asks ${threads} clients nothing`);
        demand(
          ops.every(({ process }) => typeof process === 'number'),
          'it asks others than clients',
        );
      }
    }),
    checkOf('ends its final operations, answered or not', () => endsFinal(workload, known)),
    checkOf('names checkers that exist, with options as plain JSON', () => {
      const { checkers } = built(workload);
      demand(checkers.length > 0, 'it names no checker: nothing would judge it');
      for (const { name, options: given } of checkers) {
        checkerNamed(name, options);
        demandPlain(given, `the options of checker ${name}`);
      }
    }),
    ...(correct === undefined
      ? []
      : [
          checkOf('is not accused when a correct object answers', () => {
            for (let seed = 1; seed <= 5; seed++) accepts(workload, correct, seed, options);
          }),
        ]),
    ...(options.broken === undefined
      ? []
      : [
          checkOf('is failed by one of its checkers when a broken object answers', () =>
            refuses(workload, options),
          ),
        ]),
  ];
}

function describes({ name, summary, needs, uses = [], speaks, options }: Workload): void {
  demand(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name),
    `the name "${name}" is not of small letters, digits and dashes`,
  );
  demand(summary.length >= 10, 'the summary says too little');
  demand(needs.length + uses.length > 0, 'it has no operation');
  if (speaks !== undefined) {
    const spoken = WORKLOADS[speaks];
    demand(spoken !== undefined, `it speaks "${speaks}", which is no workload`);
    const theirs = [...spoken.needs, ...(spoken.uses ?? [])];
    for (const need of needs)
      demand(theirs.includes(need), `it needs ${need}, which ${speaks} does not have (${theirs.join(', ')})`);
  }
  for (const [option, spec] of Object.entries(options)) {
    demand(spec.summary.length >= 5, `the option ${option} is not described`);
    demand(
      spec.default !== null || spec.type !== undefined,
      `the option ${option} has neither default nor type`,
    );
  }
}

function endsFinal(workload: Workload, known: readonly string[]): void {
  const refused: AnswerRule = () => ({ afterNs: 10, type: 'fail' });
  for (const rule of [perfect, refused]) {
    const { final } = built(workload, { seed: 4 });
    if (final === undefined) return;
    const { end, history } = simulate(clients(final), new Roster(5), rule, 0, { maxOps: 20_000 });
    demand(
      end === 'done',
      `its final operations do not end when they are ${rule === perfect ? 'answered' : 'refused'}`,
    );
    for (const { f } of history)
      demand(known.includes(f), `at the end it asked ${f}, which is neither needed nor used`);
  }
}

function checkerNamed(name: string, { checkers = [] }: WorkloadKitOptions): Checker {
  const own = checkers.find((checker) => checker.name === name);
  const found = own ?? (Object.hasOwn(CHECKERS, name) ? CHECKERS[name as keyof typeof CHECKERS] : undefined);
  demand(
    found !== undefined,
    `it names the checker "${name}", which does not exist (own ones: option checkers of the kit)`,
  );
  return found;
}

function judged(
  workload: Workload,
  object: CorrectObject,
  seed: number,
  options: WorkloadKitOptions,
): [string, CheckerResult][] {
  const one = built(workload, { seed });
  const history = played(one, object, { threads: 5, seed, maxOps: OPERATIONS, rough: seed % 2 === 0 });
  return one.checkers.map(({ name, options: given }) => {
    return [name, checkerNamed(name, options).check(history, given, UNLIMITED)];
  });
}

function accepts(
  workload: Workload,
  correct: () => CorrectObject,
  seed: number,
  options: WorkloadKitOptions,
): void {
  for (const [name, { verdict, anomalies, note }] of judged(workload, correct(), seed, options)) {
    const why = anomalies[0]?.sentence ?? note ?? '';
    demand(verdict !== 'fail', `${name} accuses a correct object (seed ${seed}): ${why}`);
    demand(verdict !== 'broken', `${name} cannot judge its history (seed ${seed}): ${why}`);
  }
}

function refuses(workload: Workload, options: WorkloadKitOptions): void {
  for (let seed = 1; seed <= 5; seed++) {
    const results = judged(workload, options.broken!(), seed, options);
    if (results.some(([, { verdict }]) => verdict === 'fail')) return;
  }
  demand(false, 'no checker of it fails when the broken object answers');
}
