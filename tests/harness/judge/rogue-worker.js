// Worker entry for the judge's tests: checkers that misbehave, each in one way. Plain JavaScript, because
// workers run compiled code.
import { serveCheckers } from '../../../dist/harness/judge/serve.js';

const passed = { verdict: 'pass', anomalies: [], stats: {} };

serveCheckers({
  good: {
    check: (history, options) => ({
      ...passed,
      stats: { length: history.length, value: history.value(0), options },
    }),
  },
  throws: {
    check() {
      throw new Error('no such luck');
    },
  },
  patient: {
    check(_history, _options, budget) {
      let rounds = 0;
      while (budget.spend(1000)) rounds++;
      return { ...passed, verdict: 'unknown', stats: { rounds }, note: budget.reason };
    },
  },
  hoarder: {
    check(_history, _options, budget) {
      const held = [];
      while (budget.spend(1)) held.push(new Int32Array(1 << 20).fill(1));
      return { ...passed, verdict: 'unknown', stats: { held: held.length }, note: budget.reason };
    },
  },
  deaf: {
    check(_history, _options, budget) {
      budget.spend(77);
      for (;;);
    },
  },
  glutton: {
    check(_history, _options, budget) {
      budget.spend(5);
      const held = [];
      for (;;) held.push(Array.from({ length: 1000 }, (_, i) => ({ i })));
    },
  },
  quits: {
    check() {
      process.exit(3);
    },
  },
});
