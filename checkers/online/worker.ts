/**
 * Entry file of the worker that judges a run while it goes.
 */
import { serveLive } from '../../harness/online/serve.ts';
import { OnlineJudge } from './online.ts';

serveLive((specs) => new OnlineJudge(specs));
