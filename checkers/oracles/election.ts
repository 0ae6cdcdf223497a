/**
 * Elections: every pair of claims, every pair of tenures, every moment without a leader.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import { type Answer, number, questions } from './election-answers.ts';
import { tenureOverlaps } from './election-tenures.ts';
import { type Charge, field, type Oracle, ofClients, type PlainOp } from './plain.ts';

/** The oracle of `election-safety` and `split-brain`. O(n^2). */
export const electionSafetyOracle: Oracle = {
  light: true,
  meanwhile: { needed: false },
  promised: (options, { promise }) => ({ ...options, leadership: promise ?? 'exclusive' }),
  charges(ops, options) {
    const answers = questions(ops).flatMap(({ answer }) => (answer === null ? [] : [answer]));
    const commands = ofClients(ops, 'command').filter(({ outcome }) => outcome === 'ok');
    if (options['leadership'] === 'per-term') return terms(answers, commands);
    return [...terms(answers, commands), ...tenureOverlaps(ops, answers, gapNs(options))];
  },
};

const gapNs = (options: CheckerOptions): number => Number(options['maxGapMs'] ?? 500) * 1e6;

function terms(answers: readonly Answer[], commands: readonly PlainOp[]): Charge[] {
  const claims = [
    ...answers.filter(({ leading }) => leading).map(({ node, term }) => ({ node, term })),
    ...commands.map(({ answer }) => ({ node: field(answer, 'by'), term: number(field(answer, 'term')) })),
  ].filter(({ node, term }) => typeof node === 'string' && term !== null);
  const charges: Charge[] = [];
  if (claims.some((a) => claims.some((b) => a.term === b.term && a.node !== b.node))) {
    charges.push({ kind: 'two-leaders-in-term' });
  }
  const dated = commands.flatMap((op) => {
    const term = number(field(op.answer, 'term'));
    return term === null ? [] : [{ op, term }];
  });
  if (dated.some((newer) => dated.some((old) => newer.op.done < old.op.at && old.term < newer.term))) {
    charges.push({ kind: 'stale-leader-accepted' });
  }
  return charges;
}

/** The oracle of `election-liveness`. O(n^2 * nodes). */
export const electionLivenessOracle: Oracle = {
  light: true,
  meanwhile: { needed: false },
  charges(ops, options) {
    const asked = questions(ops);
    const nodes = new Set([...ops.flatMap(({ node }) => node ?? []), ...asked.map(({ node }) => node)]);
    const nemesis = ops.filter(({ name }) => name.startsWith('nemesis'));
    const last = nemesis.map((op) => (op.done === Number.POSITIVE_INFINITY ? op.fromNs : op.toNs));
    const healNs = last.length > 0 ? Math.max(...last) : Math.min(...asked.map(({ op }) => op.fromNs));
    const endNs = Math.max(...asked.map(({ op }) => (Number.isFinite(op.toNs) ? op.toNs : op.fromNs)));
    const boundNs = Number(options['boundMs'] ?? 10_000) * 1e6;
    if (asked.length === 0 || endNs - healNs < boundNs) return [];
    const ends = asked.map(({ op }) => (Number.isFinite(op.toNs) ? op.toNs : op.fromNs));
    const moments = [healNs, ...ends.filter((ns) => ns > healNs && ns <= healNs + boundNs)];
    const agreed = moments.some((ns) => leaderAt(asked, nodes.size, ns));
    return agreed ? [] : [{ kind: 'no-leader-after-heal' }];
  },
};

/** Does more than half of all nodes, by what each said last, name one leader? */
function leaderAt(asked: ReturnType<typeof questions>, nodeCount: number, ns: number): boolean {
  const latest = new Map<string, Answer>();
  const over = asked.filter(({ op }) => (Number.isFinite(op.toNs) ? op.toNs : op.fromNs) <= ns);
  for (const { node, answer } of [...over].sort((a, b) => endOf(a.op) - endOf(b.op))) {
    if (answer === null) latest.delete(node);
    else latest.set(node, answer);
  }
  const answers = [...latest.values()];
  const named = asked.some(({ answer }) => answer !== null && !answer.leading && answer.leader !== null);
  const claims = answers.filter(({ leading }) => leading);
  if (!named) return answers.length * 2 > nodeCount && claims.length === 1;
  const choices = answers.map(({ leading, node, leader }) => (leading ? node : leader));
  return choices.some(
    (choice) =>
      choice !== null &&
      choices.filter((other) => other === choice).length * 2 > nodeCount &&
      latest.get(choice)?.leading !== false,
  );
}

const endOf = (op: PlainOp): number => (Number.isFinite(op.done) ? op.done : op.at);
