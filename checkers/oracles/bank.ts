/**
 * Banks: every read against every earlier one, and against what was promised.
 */
import type { CheckerOptions } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { byKey, type Charge, type Oracle, ofClients } from './plain.ts';

type Balances = [account: string, balance: Json][];

/** The oracle of `bank`. O(reads^2 * accounts). */
export const bankOracle: Oracle = {
  charges(ops, options) {
    return byKey(ofClients(ops, 'read')).flatMap((of) => {
      const reads = of.filter(({ outcome }) => outcome === 'ok').flatMap(({ answer }) => balancesOf(answer));
      return reads.flatMap((read, n) => judged(read, reads.slice(0, n), options));
    });
  },
};

function balancesOf(answer: Json): Balances[] {
  if (answer === null || typeof answer !== 'object') return [];
  if (!Array.isArray(answer)) return [Object.entries(answer)];
  if (!answer.every((pair) => Array.isArray(pair) && pair.length === 2)) return [];
  return [(answer as [Json, Json][]).map(([name, balance]) => [String(name), balance])];
}

const sound = (read: Balances): boolean => read.every(([, balance]) => typeof balance === 'number');
const sumOf = (read: Balances): number => read.reduce((sum, [, each]) => sum + Number(each), 0);

/** Sums of fractions differ by how they are rounded. */
function differ(read: Balances, sum: number): boolean {
  const whole = read.every(([, balance]) => Number.isInteger(balance));
  const weight = read.reduce((all, [, each]) => all + Math.abs(Number(each)), 0);
  return Math.abs(sumOf(read) - sum) > (whole ? 0 : 1e-9 * weight);
}

function judged(read: Balances, earlier: readonly Balances[], options: CheckerOptions): Charge[] {
  const kinds: string[] = [];
  const balances = read.map(([, balance]) => balance);
  const present = read.map(([account]) => account);
  if (!sound(read)) kinds.push('missing-balance');
  if (options['negative'] !== true && balances.some((each) => typeof each === 'number' && each < 0)) {
    kinds.push('negative-balance');
  }
  const listed = options['accounts'] as Json[] | null | undefined;
  const others = earlier.filter(sound);
  const banks: string[][] = listed
    ? [listed.map(String)]
    : others.map((other) => other.map(([account]) => account));
  for (const accounts of banks) {
    if (present.some((account) => !accounts.includes(account))) kinds.push('unknown-account');
    if (accounts.some((account) => !present.includes(account))) kinds.push('missing-account');
  }
  const promised = options['total'] as number | null | undefined;
  const totals = typeof promised === 'number' ? [promised] : others.map(sumOf);
  if (sound(read) && totals.some((total) => differ(read, total))) kinds.push('wrong-total');
  return kinds.map((kind) => ({ kind }));
}
