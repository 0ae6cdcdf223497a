/**
 * How long checkers run on when their time is over: the longest stretch between two looks at the budget on a big
 * history, and by how much a quarter and a half of the time it takes are overrun.
 * `npm run bench -- checkers/budgets [checker or all] [operations] [long]`; with `long`, as many operations as take two
 * seconds (four million at most).
 */
import type { Budget } from '../../checkers/contract.ts';
import { CHECKERS, type CheckerName } from '../../checkers/registry.ts';
import { monotonicNs } from '../../harness/time.ts';
import { BIG } from '../../tests/kits/big-histories.ts';

const [only = 'all', operations = '300000', long = ''] = process.argv.slice(2);

/** Notes when it is asked, and ends at a moment of the harness's time. */
class Watch implements Budget {
  readonly reason = 'time limit of the bench';
  readonly from = monotonicNs();
  #last = this.from;
  readonly #untilMs: number;
  looks = 0;
  longestMs = 0;
  /** When the longest stretch began, milliseconds from the start. */
  atMs = 0;

  constructor(untilMs: number) {
    this.#untilMs = untilMs;
  }

  spend(_steps: number): boolean {
    this.looks++;
    const now = monotonicNs();
    if (now - this.#last > this.longestMs * 1e6) {
      this.longestMs = (now - this.#last) / 1e6;
      this.atMs = (this.#last - this.from) / 1e6;
    }
    this.#last = now;
    return (now - this.from) / 1e6 < this.#untilMs;
  }
}

/** Operations at which a whole check takes at least this long: below half a second a limit has 50 ms of grace. */
const LONG_MS = 2000;
const MOST_OPERATIONS = 4_000_000;

for (const name of Object.keys(BIG) as CheckerName[]) {
  if (only !== 'all' && only !== name) continue;
  const { make, options = {} } = BIG[name]!;
  const prepare = (size: number) => {
    const history = make(size);
    return (untilMs: number): { watch: Watch; tookMs: number; verdict: string } => {
      const watch = new Watch(untilMs);
      const { verdict } = CHECKERS[name].check(history, options, watch);
      const tookMs = (monotonicNs() - watch.from) / 1e6;
      watch.spend(0);
      return { watch, tookMs, verdict };
    };
  };
  let size = Number(operations);
  let run = prepare(size);
  run(Number.POSITIVE_INFINITY);
  let whole = run(Number.POSITIVE_INFINITY);
  if (long === 'long' && whole.tookMs < LONG_MS) {
    size = Math.min(MOST_OPERATIONS, Math.ceil((size * LONG_MS * 1.2) / whole.tookMs));
    run = prepare(size);
    whole = run(Number.POSITIVE_INFINITY);
  }
  const { watch, tookMs } = whole;
  const over = [4, 2].map((part) => {
    const short = run(tookMs / part);
    const beyond = (100 * (short.tookMs - tookMs / part)) / (tookMs / part);
    return `${(tookMs / part).toFixed(0)} -> ${short.tookMs.toFixed(0)} ms (${beyond.toFixed(0)} %, ${short.verdict})`;
  });
  process.stdout.write(
    `${name.padEnd(22)} ${String(size).padStart(7)} operations ${tookMs.toFixed(0).padStart(6)} ms, ` +
      `${String(watch.looks).padStart(7)} looks, longest ${watch.longestMs.toFixed(0).padStart(5)} ms at ` +
      `${watch.atMs.toFixed(0)} ms; ${over.join(', ')}\n`,
  );
}
