/**
 * Byzantine nodes: every pair of statements, every set of nodes that may be the faulty ones.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { byKey, type Charge, field, happened, type Oracle, type PlainOp, textOf } from './plain.ts';

/** Sets of nodes are tried while there are no more than so many nodes. */
const MAX_NODES = 12;

const actor = (op: PlainOp): string => op.node ?? (op.process >= 0 ? `process ${op.process}` : op.name);
const named = (options: CheckerOptions): string[] => (options['faulty'] ?? []) as string[];
const tolerated = (options: CheckerOptions): number => Number(options['max-faulty'] ?? 0);

/** The oracle of `agreement`. O(2^nodes * n^2). */
export const agreementOracle: Oracle = {
  excuses: ['propose'],
  charges(ops, options, partial) {
    const mine = ops.filter(({ f }) => f === 'propose' || f === 'decide');
    const faulty = named(options);
    const found = wrongs(mine, faulty, options);
    const more = tolerated(options) - faulty.length;
    if (found.length === 0 || partial || more <= 0) return found;
    const nodes = [...new Set(mine.map(actor))].filter((node) => !faulty.includes(node));
    if (nodes.length > MAX_NODES) return null;
    for (let set = 0; set < 2 ** nodes.length; set++) {
      const suspects = nodes.filter((_, n) => set & (1 << n));
      if (suspects.length > more) continue;
      if (wrongs(mine, [...faulty, ...suspects], options).length === 0) return [];
    }
    return found;
  },
};

function wrongs(ops: readonly PlainOp[], faulty: readonly string[], options: CheckerOptions): Charge[] {
  const proposals = ops.filter((op) => op.f === 'propose');
  const judged = (options['validity'] ?? 'correct') !== 'none' && proposals.length > 0;
  return byKey(ops).flatMap((of) => {
    const decided = of
      .filter((op) => op.f === 'decide' && happened(op) && op.said !== null && !faulty.includes(actor(op)))
      .sort((a, b) => a.end - b.end);
    const kinds: Charge[] = [];
    decided.forEach((b, n) => {
      for (const a of decided.slice(0, n)) {
        const alike = textOf(a.said) === textOf(b.said);
        if (actor(a) !== actor(b)) {
          if (!alike) kinds.push({ kind: 'disagreement' });
        } else if (!alike) kinds.push({ kind: 'changed-decision' });
        else if (options['repeats'] !== 'allow') kinds.push({ kind: 'repeated-decision' });
      }
      const valid = of.some(
        (op) =>
          op.f === 'propose' &&
          op.outcome !== 'fail' &&
          (options['validity'] === 'anyone' || !faulty.includes(actor(op))) &&
          textOf(op.value) === textOf(b.said) &&
          (op.lone || op.at < b.end),
      );
      if (judged && !valid) kinds.push({ kind: 'invalid-decision', about: b.said });
    });
    return kinds;
  });
}

/** The oracle of `equivocation`. O(n^2). */
export const equivocationOracle: Oracle = {
  charges(ops, options, partial) {
    const said = ops
      .filter((op) => op.f === 'say' && happened(op) && field(op.said, 'value') !== undefined)
      .map((op) => {
        const instance = field(op.said, 'instance');
        const to = field(op.said, 'to') ?? null;
        return {
          by: actor(op),
          instance: instance === undefined ? op.key : textOf(instance),
          to: to === null ? null : textOf(to as Json),
          value: textOf(field(op.said, 'value')!),
        };
      });
    const faulty = named(options);
    const liars = said.filter((a) =>
      said.some(
        (b) =>
          a.by === b.by &&
          a.instance === b.instance &&
          a.value !== b.value &&
          (a.to !== b.to || a.to === null) &&
          !faulty.includes(a.by),
      ),
    );
    const count = new Set(liars.map(({ by }) => by)).size;
    const excess = count > 0 && (partial || count + faulty.length > tolerated(options));
    return excess ? [{ kind: 'equivocation' }] : [];
  },
};
