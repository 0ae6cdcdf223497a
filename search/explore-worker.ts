/**
 * Entry of a worker that searches ranges of seeds for `exploreAll`.
 */
import { parentPort } from 'node:worker_threads';
import { registerInherited } from '../plugins/registered.ts';
import { explore, surveyFor } from './explore.ts';
import type { RangeAnswer, RangeRequest } from './explore-all.ts';
import type { Survey } from './moments.ts';
import { terrainOf } from './terrain.ts';

// Systems, workloads, faults and checkers of the user's own.
await registerInherited();

/** What was seen without faults, of the terrain whose text it is: the same in every worker. */
let seen: { text: string; survey: Survey | null } | null = null;

function search({ terrain: spec, limits, number }: RangeRequest): RangeAnswer {
  try {
    const terrain = terrainOf(spec);
    const text = JSON.stringify(spec);
    if (seen?.text !== text) seen = { text, survey: surveyFor(terrain) };
    return { number, search: explore(terrain, limits, undefined, seen.survey) };
  } catch (error) {
    return { number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

// A message is a turn of the event loop of its own.
parentPort!.on('message', (request: RangeRequest) => parentPort!.postMessage(search(request)));
