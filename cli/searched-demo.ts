/**
 * The demonstration of a bug that needs faults too exact for a plan of random times, or that a run on real processes
 * happened not to show: a search finds a short run in which it shows, and that run is carried out again, judged and
 * reported like any other.
 */
import { join } from 'node:path';
import type { System } from '../harness/contracts.ts';
import { STORE_FOLDER } from '../harness/store/store.ts';
import { EXIT_CODE } from '../harness/verdict.ts';
import { exploreAll } from '../search/explore-all.ts';
import { signatureText } from '../search/scenario.ts';
import { flag, type OptionValues, text } from './command.ts';
import { suitesOf, terrainFor } from './explore-terrain.ts';
import { seedFlag } from './flags.ts';
import { type Io, line } from './io.ts';
import { saveCase } from './reduce-case.ts';
import { rerunRegression } from './rerun-regression.ts';

/** Options that decide nothing about a run: with any other, the user wants a run of their own. */
const HARMLESS = new Set(['bug', 'seed', 'ascii', 'out', 'json']);
/** Every bug takes seconds; a machine with much else to do may need minutes for them. */
const BUDGET_MS = 240_000;
const SAY_EVERY_MS = 10_000;

/** True when the options say how a run is to be: then it is that run and no other. */
export function isOwnRun(options: OptionValues): boolean {
  const given = Object.keys(options).filter((name) => options[name] !== undefined && options[name] !== false);
  return given.some((name) => !HARMLESS.has(name));
}

/** True when the bugs are shown by a search, unless the options say how they are to be shown. */
export function isSearched(system: System, bugs: readonly string[], options: OptionValues): boolean {
  return system.bugs[bugs[0] ?? '']?.search?.isDemo === true && !isOwnRun(options);
}

/** Searches, tells what was found and after how many runs, and carries it out again. True when it was found. */
export async function searchedDemo(
  io: Io,
  system: System,
  bugs: readonly string[],
  options: OptionValues,
): Promise<boolean> {
  const [suite] = await suitesOf(system.name, io.cwd);
  const { checker } = system.bugs[bugs[0]!]!;
  const limits = {
    budgetMs: BUDGET_MS,
    maxRuns: Number.POSITIVE_INFINITY,
    firstSeed: seedFlag(text(options, 'seed')) ?? 1,
    until: { checker },
  };
  line(
    io.err,
    `search     short simulated runs of ${system.name} with ${bugs.join(', ')}, until ${checker} fails`,
  );
  let saidMs = 0;
  const { found, runs } = await exploreAll(terrainFor(suite!, bugs, {}), limits, 1, (now) => {
    if (now.tookMs - saidMs < SAY_EVERY_MS) return;
    saidMs = now.tookMs;
    line(io.err, `search     ${now.runs} runs`);
  });
  const hit = found.find(({ signature }) => signature.checker === checker);
  if (hit === undefined) {
    line(io.err, `search     nothing in ${runs} runs`);
    return false;
  }
  const { scenario, finding, afterRuns } = hit;
  line(
    io.err,
    `search     ${signatureText(hit.signature)} after ${afterRuns} runs, seed ${scenario.case.seed}`,
  );
  const name = [system.name, ...bugs].join('-');
  const file = join(STORE_FOLDER, 'explore', `${name}.json`);
  saveCase(io, { scenario, finding, name, file, about: `found by demo after ${afterRuns} runs` });
  const code = await rerunRegression(io, join(io.cwd, file), options, 'fail');
  line(io.err, `smaller    faultline shrink ${file}${flag(options, 'ascii') ? ' --ascii' : ''}`);
  return code === EXIT_CODE.fail;
}
