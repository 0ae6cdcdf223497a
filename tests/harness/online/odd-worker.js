// A live judge that finds every operation named `wrong` wrong and cannot stand one named `awful`.
import { serveLive } from '../../../dist/harness/online/serve.js';

serveLive(() => {
  let taken = 0;
  return {
    watching: ['odd'],
    take(op) {
      taken++;
      if (op.f === 'awful') throw new Error('this is awful');
      if (op.f !== 'wrong') return [];
      return [
        {
          checker: 'odd',
          anomaly: { kind: 'wrong', sentence: 'Wrong.', certainty: 'proved', ops: [], steps: [] },
        },
      ];
    },
    end: () => [],
    reports: () => [{ checker: 'odd', why: null, stats: { taken } }],
  };
});
