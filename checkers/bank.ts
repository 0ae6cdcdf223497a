/**
 * Bank accounts: transfers move money, so every read of all accounts must hold the same total, exactly the
 * accounts there are, and no debts unless they are allowed.
 */
import type { CheckerOptions } from '../harness/contracts.ts';
import { type History, NONE, OK } from '../harness/history/history.ts';
import type { Json } from '../harness/op.ts';
import type { CheckerResult } from '../harness/verdict.ts';
import { type Budget, type Checker, UNLIMITED } from './contract.ts';
import { clientCalls, Evidence, Meter, ofKey, outcomeCode, step, who } from './evidence.ts';
import { booleanOption, numberOption, OptionError } from './options.ts';

type Balances = [account: string, balance: Json][];

interface Terms {
  /** NaN: the first read of the bank says it. */
  total: number;
  /** Null: the first read of the bank says it. */
  accounts: ReadonlySet<string> | null;
  negative: boolean;
}

/** What the first readable read of one bank showed. */
interface Baseline {
  call: number;
  total: number;
  accounts: ReadonlySet<string>;
}

/** Judges `read` (a map of balances, or a list of pairs), by key. Options: `total`, `accounts`, `negative`. O(size of the reads). */
export function bank(
  history: History,
  options: CheckerOptions = {},
  budget: Budget = UNLIMITED,
): CheckerResult {
  const terms: Terms = {
    total: numberOption(options, 'total', Number.NaN, Number.NEGATIVE_INFINITY),
    accounts: accountsOption(options),
    negative: booleanOption(options, 'negative', false),
  };
  const evidence = new Evidence(history);
  const meter = new Meter(budget);
  const baselines = new Map<number, Baseline>();
  const stats = { reads: 0, unreadable: 0, tooLarge: 0, worstError: 0 };
  for (const call of clientCalls(history, 'read')) {
    if (meter.over(1)) break;
    if (outcomeCode(history, call) !== OK) continue;
    const balances = balancesOf(history.value(history.pair(call)));
    if (balances === null) {
      stats.unreadable++;
      continue;
    }
    if (balances.some(tooLarge) || magnitude(balances) > Number.MAX_SAFE_INTEGER) {
      stats.tooLarge++;
      continue;
    }
    meter.over(balances.length);
    stats.reads++;
    const key = history.columns.keys[call]!;
    const error = judgeRead(history, terms, baselines, key, call, balances, evidence);
    stats.worstError = Math.max(stats.worstError, Math.abs(error));
  }
  let transfers = 0;
  // With the time over, how many there were is not asked: the verdict no longer rests on it.
  if (meter.stopped === null) {
    for (const call of clientCalls(history, 'transfer')) if (outcomeCode(history, call) === OK) transfers++;
  }
  return evidence.conclude(
    { ...stats, transfers },
    {
      stopped: meter.stopped,
      unsettled:
        stats.tooLarge === 0
          ? null
          : `reads of more than 2^53 (${stats.tooLarge}) cannot be added up exactly; smaller balances would settle it`,
      vacuous:
        stats.reads === 0
          ? 'no read of balances was acknowledged'
          : transfers === 0
            ? 'no transfer was acknowledged'
            : null,
    },
  );
}

function accountsOption(options: CheckerOptions): ReadonlySet<string> | null {
  const value = options['accounts'];
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw new OptionError('accounts', 'a list of account names', value);
  return new Set(value.map(String));
}

/** Balances by account; null when the answer is neither a map nor a list of pairs. */
function balancesOf(value: Json): Balances | null {
  if (value === null || typeof value !== 'object') return null;
  if (!Array.isArray(value)) return Object.entries(value);
  const pairs: Balances = [];
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2) return null;
    pairs.push([String(pair[0]), pair[1]!]);
  }
  return pairs;
}

/** An integer of 2^53 and up, which readers keep as text. */
const tooLarge = ([, balance]: Balances[number]): boolean =>
  typeof balance === 'string' && /^-?\d{16,}$/.test(balance);

function magnitude(balances: Balances): number {
  return balances.reduce((sum, [, balance]) => sum + Math.abs(Number(balance)), 0);
}

/** Judges one read; returns by how much its total is off. */
function judgeRead(
  history: History,
  terms: Terms,
  baselines: Map<number, Baseline>,
  bankKey: number,
  call: number,
  balances: Balances,
  evidence: Evidence,
): number {
  const key = history.key(call);
  const tell = (kind: string, rule: string, text: string, base = NONE): void =>
    evidence.add(kind, () => ({
      sentence: `${rule}, but the read${ofKey(key)} of ${who(history, call)} ${text}.`,
      steps: [
        ...(base === NONE ? [] : [step(history, base, 'The first read showed what the bank holds.')]),
        step(history, call, `A read ${text}.`),
      ],
      key,
    }));
  let sum = 0;
  let sound = true;
  for (const [account, balance] of balances) {
    if (typeof balance !== 'number') {
      sound = false;
      tell(
        'missing-balance',
        'Every account must have a balance',
        `had ${JSON.stringify(balance)} for account ${account}`,
      );
    } else {
      sum += balance;
      if (balance < 0 && !terms.negative) {
        tell('negative-balance', 'No account may be overdrawn', `had ${balance} in account ${account}`);
      }
    }
  }
  const base = baselines.get(bankKey);
  const accounts = terms.accounts ?? base?.accounts;
  const from = terms.accounts === null ? (base?.call ?? NONE) : NONE;
  const present = new Set(balances.map(([account]) => account));
  if (accounts !== undefined) {
    for (const account of present) {
      if (accounts.has(account)) continue;
      sound = false;
      tell(
        'unknown-account',
        'Only the accounts of the bank may appear',
        `had account ${account}, which does not exist`,
        from,
      );
    }
    for (const account of accounts) {
      if (present.has(account)) continue;
      sound = false;
      tell('missing-account', 'Every account must appear', `had no account ${account}`, from);
    }
  }
  // A read with the wrong accounts has been reported; its sum says nothing new.
  if (!sound) return 0;
  const expected = Number.isNaN(terms.total) ? (base?.total ?? sum) : terms.total;
  if (base === undefined) baselines.set(bankKey, { call, total: sum, accounts: present });
  const error = sum - expected;
  // Fractions do not add up exactly.
  const slack = balances.every(([, balance]) => Number.isInteger(balance)) ? 0 : 1e-9 * magnitude(balances);
  if (Math.abs(error) <= slack) return 0;
  const origin = Number.isNaN(terms.total) ? base!.call : NONE;
  tell(
    'wrong-total',
    'Transfers must not change the total',
    `summed to ${sum} instead of ${expected}`,
    origin,
  );
  return error;
}

/** The `bank` checker. */
export const bankChecker: Checker = {
  name: 'bank',
  summary: 'every read of all accounts has the same total, all accounts, and no debts',
  options: {
    total: {
      summary: 'what all accounts hold together; unset: what the first read shows',
      default: null,
      type: 'number',
    },
    accounts: {
      summary: 'names of the accounts; unset: those of the first read',
      default: null,
      type: 'list',
    },
    negative: { summary: 'accounts may be overdrawn', default: false },
  },
  reads: {
    transfer: 'transfer {from, to, amount}',
    read: 'read -> {account: balance} or [[account, balance]...]',
  },
  anomalies: {
    'wrong-total': 'balances that do not add up to the total',
    'negative-balance': 'a balance below zero',
    'unknown-account': 'an account that does not exist',
    'missing-account': 'an account left out',
    'missing-balance': 'an account without a balance',
  },
  check: bank,
};
