/**
 * Why a few transactions have no sequential order, in steps: what follows from what until something would have
 * to come before itself. Plain and slow, as the witnesses it is asked about are small.
 */
import type { Step } from '../../harness/verdict.ts';
import type { Explainer } from './explain.ts';
import type { Transactions } from './transactions.ts';

interface Facts {
  before: boolean[][];
  steps: Step[];
}

/** What each transaction did, what follows, and the contradiction. O(n^5) for n transactions. */
export function sequentialSteps(txns: Transactions, explainer: Explainer): Step[] {
  const all = [...Array(txns.count).keys()];
  const facts: Facts = { before: all.map(() => all.map(() => false)), steps: [] };
  for (const b of all) {
    for (const a of all) {
      const session = a < b && txns.micro.sessionOf[a] === txns.micro.sessionOf[b];
      if (session) put(facts, a, b);
    }
    for (const { key, source } of readsOf(txns, b)) {
      if (source >= 0) put(facts, source, b);
      const from = source < 0 ? 'while it held its initial value' : `from ${explainer.name(source)}`;
      facts.steps.push({
        text: `${explainer.name(b)} read ${explainer.keyName(key)} ${from}.`,
        ops: [...explainer.opsOf(b), ...(source < 0 ? [] : explainer.opsOf(source))],
      });
    }
  }
  for (let again = true; again && !circular(facts); ) again = derive(txns, explainer, facts);
  const stuck = all.find((t) => facts.before[t]![t]);
  facts.steps.push(
    stuck === undefined
      ? { text: 'All orders of these operations were tried; none explains every read.', ops: [] }
      : {
          text: `So ${explainer.name(stuck)} would have to come before itself.`,
          ops: explainer.opsOf(stuck),
        },
  );
  return facts.steps;
}

function readsOf(txns: Transactions, t: number): { key: number; source: number }[] {
  const reads: { key: number; source: number }[] = [];
  for (let i = txns.readStart[t]!; i < txns.readStart[t + 1]!; i++) {
    reads.push({ key: txns.readKeys[i]!, source: txns.readSources[i]! });
  }
  return reads;
}

function circular({ before }: Facts): boolean {
  return before.some((row, t) => row[t]);
}

/** Puts a before b, and all before a before all after b. */
function put({ before }: Facts, a: number, b: number): void {
  for (let x = 0; x < before.length; x++) {
    if (x !== a && !before[x]![a]) continue;
    for (let y = 0; y < before.length; y++) if (y === b || before[b]![y]) before[x]![y] = true;
  }
}

/** One pass over all reads; true when something new followed. */
function derive(txns: Transactions, explainer: Explainer, facts: Facts): boolean {
  let found = false;
  for (let t = 0; t < txns.count; t++) {
    for (const { key, source } of readsOf(txns, t)) {
      for (let w = 0; w < txns.count; w++) {
        const writes = txns.writeKeys.subarray(txns.writeStart[w]!, txns.writeStart[w + 1]!).includes(key);
        if (!writes || w === source || w === t) continue;
        const x = explainer.keyName(key);
        const [reader, other] = [explainer.name(t), explainer.name(w)];
        const ops = [...explainer.opsOf(t), ...explainer.opsOf(w)];
        if (source >= 0 && facts.before[w]![t] && !facts.before[w]![source]) {
          put(facts, w, source);
          const text = `${other} also wrote ${x} and came before ${reader}, so it came before ${explainer.name(source)}, which that read from.`;
          facts.steps.push({ text, ops: [...ops, ...explainer.opsOf(source)] });
          found = true;
        }
        if ((source < 0 || facts.before[source]![w]) && !facts.before[t]![w]) {
          put(facts, t, w);
          facts.steps.push({
            text: `${other} overwrote what ${reader} read of ${x}, so it came after ${reader}.`,
            ops,
          });
          found = true;
        }
        if (circular(facts)) return found;
      }
    }
  }
  return found;
}
