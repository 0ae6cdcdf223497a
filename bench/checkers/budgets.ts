/**
 * How long checkers run on when their time is over: the longest stretch between two looks at the budget on a big
 * history, and by how much a quarter and a half of the time it takes are overrun.
 * `npm run bench -- checkers/budgets [checker or all] [operations]`
 */
import type { Budget } from '../../checkers/contract.ts';
import { CHECKERS, type CheckerName } from '../../checkers/registry.ts';
import { monotonicNs } from '../../harness/time.ts';
import { BIG } from '../../tests/kits/big-histories.ts';

const [only = 'all', operations = '300000'] = process.argv.slice(2);

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

for (const name of Object.keys(BIG) as CheckerName[]) {
  if (only !== 'all' && only !== name) continue;
  const { make, options = {} } = BIG[name]!;
  const history = make(Number(operations));
  const run = (untilMs: number): { watch: Watch; tookMs: number; verdict: string } => {
    const watch = new Watch(untilMs);
    const { verdict } = CHECKERS[name].check(history, options, watch);
    const tookMs = (monotonicNs() - watch.from) / 1e6;
    watch.spend(0);
    return { watch, tookMs, verdict };
  };
  run(Number.POSITIVE_INFINITY);
  const { watch, tookMs } = run(Number.POSITIVE_INFINITY);
  const over = [4, 2].map((part) => {
    const short = run(tookMs / part);
    return `${(tookMs / part).toFixed(0)} -> ${short.tookMs.toFixed(0)} ms (${short.verdict})`;
  });
  process.stdout.write(
    `${name.padEnd(22)} ${tookMs.toFixed(0).padStart(6)} ms, ${String(watch.looks).padStart(7)} looks, longest ` +
      `${watch.longestMs.toFixed(0).padStart(5)} ms at ${watch.atMs.toFixed(0)} ms; ${over.join(', ')}\n`,
  );
}
