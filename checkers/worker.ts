/**
 * Entry file of the judge's workers: every registered checker, served.
 */
import { serveCheckers } from '../harness/judge/serve.ts';
import { loadModelOf } from './models/load.ts';
import { CHECKERS } from './registry.ts';

serveCheckers({ ...CHECKERS, linearizable: { ...CHECKERS.linearizable, prepare: loadModelOf } });
