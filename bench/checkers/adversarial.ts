/**
 * Long histories of awkward shapes, through every checker that reads them: one process alone, one circle of all
 * transactions, one chain, values nested deeply. None may overflow the stack, and ten times the length may not
 * take much more than ten times as long.
 * `npm run bench -- checkers/adversarial [operations]`
 */
import { UNLIMITED } from '../../checkers/contract.ts';
import { CHECKERS, type CheckerName } from '../../checkers/registry.ts';
import type { CheckerOptions, Json } from '../../harness/contracts.ts';
import { History } from '../../harness/history/history.ts';
import { monotonicNs } from '../../harness/time.ts';
import { rounds } from '../../tests/kits/big-histories.ts';

const most = Number(process.argv[2] ?? 1_000_000);

/** Transaction i reads what the one before wrote, and the first what the last wrote. */
function circle(n: number, f: string, seen: (i: number) => Json): History {
  return rounds(
    n,
    (i) => {
      const before = (i + n - 1) % n;
      const mops = [
        ['r', before, seen(before)],
        [f, i, i],
      ];
      return {
        f: 'txn',
        input: mops.map(([g, k, v]) => [g!, k!, g === 'r' ? null : v!]),
        effect: () => mops,
      };
    },
    { processes: n },
  );
}

/** Transaction i reads what the one before wrote. */
function chain(n: number, f: string, seen: (i: number) => Json): History {
  return rounds(
    n,
    (i) => {
      const mops: Json[][] = i === 0 ? [[f, 0, 0]] : [['r', i - 1, seen(i - 1)], [f, i, i]]; // biome-ignore format: pairs
      return {
        f: 'txn',
        input: mops.map(([g, k, v]) => [g!, k!, g === 'r' ? null : v!]),
        effect: () => mops,
      };
    },
    { processes: 1 },
  );
}

/** One register written and read by turns, by one process. */
function alone(n: number): History {
  let value = 0;
  return rounds(
    n,
    (i) =>
      i % 2 === 0
        ? { f: 'write', input: (value = i), key: 0 }
        : { f: 'read', input: null, key: 0, effect: () => value },
    { processes: 1 },
  );
}

/** All writes overlap each other, none is read. */
function pile(n: number): History {
  return rounds(n, (i) => ({ f: 'write', input: i, key: 0 }), { processes: n });
}

/** Reads that all show the same value while a thousand writes of unknown outcome are open. */
function lost(n: number): History {
  return rounds(n, (i) => (i % 100 === 99 ? { f: 'write', input: i % 5, key: 0 } : { f: 'read', input: null, key: 0, effect: () => null }), { processes: 10, unknownEvery: 100 }); // biome-ignore format: one line
}

/** Values of lists in lists, all of them shown by every hundredth operation. */
function nested(f: string): (n: number) => History {
  let deep: Json = 0;
  for (let level = 0; level < 1000; level++) deep = [deep];
  return (n) => {
    const seen: Json[] = [];
    return rounds(n / 5000, (i) => {
      if (i % 100 === 99) return { f: 'read', input: null, effect: () => [...seen] };
      const value: Json = [i, deep];
      seen.push(value);
      return { f, input: f === 'generate' ? null : value, effect: () => value };
    });
  };
}

const LISTS: CheckerName[] = ['list-append'];
const REGISTERS: CheckerName[] = ['rw-register', 'causal', 'read-atomic', 'read-committed'];
const ONE: CheckerName[] = [
  'linearizable',
  'session-guarantees',
  'sequential-consistency',
  'causal',
  'stats',
];
const CASES: [string, readonly CheckerName[], (n: number) => History, CheckerOptions?][] = [
  ['circle of lists', LISTS, (n) => circle(n, 'append', (i) => [i])],
  ['circle of registers', REGISTERS, (n) => circle(n, 'w', (i) => i)],
  ['chain of lists', LISTS, (n) => chain(n, 'append', (i) => [i])],
  ['chain of registers', REGISTERS, (n) => chain(n, 'w', (i) => i)],
  ['one process', ONE, alone],
  ['one process, searched', ['linearizable'], alone, { engine: 'search' }],
  ['all at once', ['linearizable', 'session-guarantees'], pile],
  ['lost writes', ['linearizable'], lost, { maxSteps: 1e7 }],
  ['nested elements', ['set-full', 'stats'], nested('add')],
  ['nested messages', ['broadcast'], nested('broadcast')],
  ['nested answers', ['echo'], nested('echo')],
  ['nested ids', ['unique-ids'], nested('generate')],
];

for (const [what, names, make, options = {}] of CASES) {
  for (const name of names) {
    const line: string[] = [];
    for (const n of [most / 10, most]) {
      // As it comes from a file: values are text until they are asked for, or the collector would walk all of them.
      const history = History.fromTransfer(make(n).toTransfer());
      (globalThis as { gc?: () => void }).gc?.();
      const from = monotonicNs();
      let said: string;
      try {
        const { verdict, note } = CHECKERS[name].check(history, options, UNLIMITED);
        said = verdict + (note === undefined ? '' : ` (${note.slice(0, 60)})`);
      } catch (error) {
        said = `THREW ${String(error).slice(0, 80)} ${(error as Error).stack?.split('\n')[1] ?? ''}`;
      }
      line.push(`${((monotonicNs() - from) / 1e6).toFixed(0)} ms ${said}`);
    }
    process.stdout.write(`${what.padEnd(24)}${name.padEnd(24)}${line.join('   ')}\n`);
  }
}
