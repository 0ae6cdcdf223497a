/**
 * Two nodes that led at once, from the answers alone: a node leads from one answer to the next when both say so
 * of one tenure, nothing between them says otherwise, and they are not too far apart.
 */
import type { Json } from '../../harness/op.ts';
import type { Answer } from './election-answers.ts';
import { type Charge, field, type PlainOp } from './plain.ts';

/** Answers of one node in one unbroken tenure. */
type Tenure = Answer[];

/** Handovers that nobody can have missed. */
const ENOUGH = 4;

/** `split-brain` where two tenures certainly overlap. O(tenures^2 * answers). */
export function tenureOverlaps(ops: readonly PlainOp[], answers: readonly Answer[], gapNs: number): Charge[] {
  const tenures = tenuresOf(ops, answers, gapNs);
  const overlapping = tenures.some((a) =>
    tenures.some((b) => {
      if (a[0]!.node === b[0]!.node) return false;
      const begin = a[0]!.op.done > b[0]!.op.done ? a[0]!.op : b[0]!.op;
      const end = a.at(-1)!.op.at < b.at(-1)!.op.at ? a.at(-1)!.op : b.at(-1)!.op;
      const vouched = (): boolean => unique(a, tenures, answers) && unique(b, tenures, answers);
      // An instant within a single answer of b, all of which lies within the tenure of a.
      const [one] = b;
      if (b.length === 1 && a[0]!.op.done < one!.op.at && one!.op.done < a.at(-1)!.op.at) return vouched();
      if (begin.done >= end.at) return false;
      if (vouched()) return true;
      return end.fromNs - begin.toNs >= 2 * gapNs && handovers(a, b, begin.done, end.at) >= ENOUGH;
    }),
  );
  return overlapping ? [{ kind: 'split-brain' }] : [];
}

const sameTenure = (a: Answer, b: Answer): boolean =>
  a.node === b.node && a.term === b.term && a.epoch === b.epoch;

function tenuresOf(ops: readonly PlainOp[], answers: readonly Answer[], gapNs: number): Tenure[] {
  const tenures: Tenure[] = [];
  for (const node of new Set(answers.map((answer) => answer.node))) {
    let before: Answer | null = null;
    for (const answer of answers.filter((each) => each.node === node)) {
      const joined: boolean =
        before?.leading === true &&
        answer.leading &&
        sameTenure(before, answer) &&
        answer.op.toNs - before.op.fromNs <= gapNs &&
        !ops.some((op) => interrupts(op, node, before!.op.at, answer.op.done));
      if (joined) tenures.at(-1)!.push(answer);
      else if (answer.leading) tenures.push([answer]);
      before = answer;
    }
  }
  return tenures;
}

/** A start, an end or a kill of the node between these events. */
function interrupts(op: PlainOp, node: string, from: number, to: number): boolean {
  const between = [op.at, op.done].some((at) => at >= from && at < to);
  if (!between) return false;
  if (op.name === 'cluster' && op.node === node) return true;
  if (!/^(inject|undo)-(kill|stop)$/.test(op.f)) return false;
  const nodes = [op.value, op.answer].map((value) => field(value, 'nodes'));
  return nodes.some((list) => Array.isArray(list) && (list as Json[]).includes(node));
}

/** A term or a count tells the tenure from all others, and the node was not seen to lose and regain it. */
function unique(tenure: Tenure, tenures: readonly Tenure[], answers: readonly Answer[]): boolean {
  const [first] = tenure;
  if (first!.term === null && first!.epoch === null) return false;
  return !tenures.some(
    (other) =>
      other !== tenure &&
      sameTenure(other[0]!, first!) &&
      answers.some(
        (denial) =>
          denial.node === first!.node &&
          !denial.leading &&
          [
            [tenure, other],
            [other, tenure],
          ].some(([x, y]) => x!.at(-1)!.op.done < denial.op.at && denial.op.done < y![0]!.op.at),
      ),
  );
}

/** The longest chain of answers in turn, each over before the next was asked for, less one. */
function handovers(a: Tenure, b: Tenure, from: number, to: number): number {
  const chain = (mine: Tenure, others: Tenure, after: number): number => {
    const next = mine.find(({ op }) => op.done >= from && op.at > after && op.at <= to);
    return next === undefined ? 0 : 1 + chain(others, mine, next.op.done);
  };
  return Math.max(chain(a, b, -1), chain(b, a, -1)) - 1;
}
