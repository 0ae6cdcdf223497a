/**
 * Entry file of the judge's workers where there are checkers of the user's own: those of faultline, and they.
 */
import { loadModelOf } from '../checkers/models/load.ts';
import { CHECKERS } from '../checkers/registry.ts';
import { serveCheckers } from '../harness/judge/serve.ts';
import { registerInherited } from './registered.ts';

await registerInherited();
serveCheckers({ ...CHECKERS, linearizable: { ...CHECKERS.linearizable, prepare: loadModelOf } });
