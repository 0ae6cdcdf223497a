/**
 * `faultline explore`: many short simulated runs of a reference system, each drawn from a seed, until a budget
 * ends; what fails is told apart by its class, saved as a case, and reduced when asked.
 */
import { join } from 'node:path';
import { formatDuration, parseDuration } from '../../harness/config/units.ts';
import type { System } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { lookup, suggest, UsageError } from '../../harness/registry.ts';
import { STORE_FOLDER } from '../../harness/store/store.ts';
import { EXIT_CODE, type Verdict } from '../../harness/verdict.ts';
import { promisedBy, survivedBy } from '../../search/assumptions.ts';
import { STRATEGIES, type Strategy, type Terrain } from '../../search/draw-scenario.ts';
import { evidenceText, isThin } from '../../search/evidence.ts';
import {
  type Found,
  type Search,
  explore as search,
  searchableFaults,
  searchableSystems,
  searchableWorkloads,
} from '../../search/explore.ts';
import { signatureText } from '../../search/scenario.ts';
import { type Command, flag, list, type OptionValues, text } from '../command.ts';
import { pairs, seedFlag, wantsJson } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { reduceCase, saveCase } from '../reduce-case.ts';
import { SYSTEMS } from '../registries.ts';

/** The command. */
export const explore: Command = {
  name: 'explore',
  summary: 'search a reference system for failures: thousands of short simulated runs under drawn faults',
  args: [{ form: '<system>', summary: 'a reference system; all for every one of them' }],
  options: [
    {
      flags: '--budget <time>',
      summary: 'length of the search; with --all-bugs of that of each bug (default 60s)',
    },
    { flags: '--max-runs <n>', summary: 'end after so many runs' },
    {
      flags: '--strategy <name>',
      summary: `${STRATEGIES.join(', ')} (default mixed: dense and swarm in turn)`,
    },
    { flags: '--bug <name>', summary: 'turn on a named bug', many: true },
    { flags: '--all-bugs', summary: 'search for every named bug, and say which were found, and how soon' },
    {
      flags: '--workload <name>',
      summary: 'workloads to draw from; default all the system speaks',
      many: true,
    },
    {
      flags: '--nemesis <faults>',
      summary: 'faults to draw from; default those the system promises to survive',
      many: true,
    },
    { flags: '--set <key=value>', summary: 'option of the system', many: true },
    { flags: '--seed <n>', summary: 'seed of the first run; the others follow (default 1)' },
    {
      flags: '--check-determinism',
      summary: 'carry every run out twice and compare; a difference is a failure, named by its first event',
    },
    { flags: '--first', summary: 'end at the first failure' },
    { flags: '--shrink', summary: 'reduce every failure that was found to a regression file' },
    { flags: '--json', summary: 'print what was found as JSON on stdout, and nothing else there' },
  ],
  examples: [
    'faultline explore raft --budget 10m',
    'faultline explore raft --bug stale-read --first --shrink',
    'faultline explore quorum --all-bugs',
    'faultline explore all --max-runs 20000 --budget 2h --check-determinism',
  ],
  async run(io, [name], options) {
    const known = Object.fromEntries(searchableSystems().map((one) => [one, SYSTEMS[one]!]));
    const systems = name === 'all' ? Object.values(known) : [lookup('searchable system', known, name!)];
    if (flag(options, 'allBugs')) return allBugs(io, systems, options);
    const searches: { system: string; search: Search }[] = [];
    for (const system of systems) {
      const found = searchOne(io, system, list(options, 'bug'), options, () => flag(options, 'first'));
      searches.push({ system: system.name, search: found });
      await tell(io, system, found, options);
    }
    if (wantsJson(options)) {
      json(
        io.out,
        searches.map(({ system, search }) => ({ system, ...search, found: search.found.map(plainly) })),
      );
    }
    return EXIT_CODE[verdictOf(searches.map(({ search }) => search))];
  },
};

function terrainOf(system: System, bugs: readonly string[], options: OptionValues): Terrain {
  for (const bug of bugs) {
    if (!Object.hasOwn(system.bugs, bug)) {
      throw new UsageError(`${system.name} has no bug switch "${bug}"`, {
        hint: suggest(bug, Object.keys(system.bugs)),
      });
    }
  }
  const strategy = text(options, 'strategy') ?? 'mixed';
  if (!(STRATEGIES as readonly string[]).includes(strategy)) {
    throw new UsageError(`there is no strategy "${strategy}"`, { hint: suggest(strategy, STRATEGIES) });
  }
  return {
    system,
    bugs,
    workloads:
      options['workload'] === undefined
        ? promisedBy(system.name, searchableWorkloads(system))
        : chosen('workload', list(options, 'workload'), searchableWorkloads(system)),
    faults:
      options['nemesis'] === undefined
        ? survivedBy(system.name, searchableFaults(system))
        : chosen('fault', list(options, 'nemesis'), searchableFaults(system)),
    settings: { ...settingsOf(system, bugs), ...pairs(options, 'set', '--set') } as Terrain['settings'],
    strategy: strategy as Strategy,
    ...hintsOf(system, bugs, options),
  };
}

/** Where the first bug shows, unless the user says where to look. */
function hintsOf(system: System, [bug]: readonly string[], options: OptionValues): Pick<Terrain, 'hints'> {
  const hints = bug === undefined ? undefined : system.bugs[bug]!.search;
  const isTold = options['workload'] !== undefined || options['nemesis'] !== undefined;
  return hints === undefined || isTold ? {} : { hints };
}

/** Settings under which a bug shows, as its switch names them: the liar a bug needs, say. As for `run`, of the first. */
function settingsOf(system: System, bugs: readonly string[]): Record<string, Json> {
  const [bug] = bugs;
  const config = bug === undefined ? undefined : system.bugs[bug]!.config;
  return (config?.['set'] ?? {}) as Record<string, Json>;
}

/** The names that were given, all of which must be there; all there are when none was. */
function chosen(what: string, given: readonly string[], there: readonly string[]): string[] {
  for (const name of given) {
    if (!there.includes(name))
      throw new UsageError(`there is no ${what} "${name}" to search with`, { hint: suggest(name, there) });
  }
  return given.length > 0 ? [...given] : [...there];
}

function searchOne(
  io: Io,
  system: System,
  bugs: readonly string[],
  options: OptionValues,
  enough: (found: Found) => boolean,
): Search {
  const maxRuns = text(options, 'maxRuns');
  if (maxRuns !== undefined && !/^\d+$/.test(maxRuns))
    throw new UsageError(`--max-runs must be a whole number, not "${maxRuns}"`);
  const limits = {
    budgetMs: parseDuration(text(options, 'budget') ?? '60s'),
    maxRuns: maxRuns === undefined ? Number.POSITIVE_INFINITY : Number(maxRuns),
    firstSeed: seedFlag(text(options, 'seed')) ?? 1,
    stride: 1,
    twice: flag(options, 'checkDeterminism'),
    enough,
  };
  let saidMs = 0;
  return search(terrainOf(system, bugs, options), limits, (now) => {
    if (now.tookMs - saidMs < 5_000) return;
    saidMs = now.tookMs;
    line(
      io.err,
      `explore    ${system.name} ${bugs.join(' ')}: ${rateText(now)}, ${now.found.length} kinds of failure`,
    );
  });
}

/** How much was searched, what was found, and what it is worth. */
function summary(system: string, found: Search): string[] {
  const { runs, clean, evidence, twice, diverged } = found;
  const failures = runs - clean === 1 ? '1 failure' : `${runs - clean} failures`;
  const lines = [`${system}: ${rateText(found)}; ${failures}`, `  ${evidenceText(evidence, runs)}`];
  if (isThin(evidence, runs)) lines.push('  most runs show nothing: no evidence for anything');
  if (twice > 0) lines.push(`  ${twice} runs carried out twice: ${diverged.length} differences`);
  for (const { seed, divergence } of diverged.slice(0, 3)) {
    lines.push(`✖ seed ${seed} was not the same twice, from event ${divergence.event} on`);
    lines.push(`  first  ${divergence.first}`, `  second ${divergence.second}`);
  }
  return lines;
}

function verdictOf(searches: readonly Search[]): Verdict {
  if (searches.some(({ found, diverged }) => found.length + diverged.length > 0)) return 'fail';
  if (searches.some(({ undecided, runs }) => undecided * 2 > runs)) return 'unknown';
  return searches.some(({ evidence, runs }) => isThin(evidence, runs)) ? 'vacuous' : 'pass';
}

function rateText({ runs, tookMs }: Search): string {
  return `${runs} runs in ${formatDuration(Math.round(tookMs))}, ${Math.round((runs / Math.max(1, tookMs)) * 1e3)} a second`;
}

/** Tells what was found, and saves each failure; reduces it when asked. */
async function tell(io: Io, system: System, found: Search, options: OptionValues): Promise<void> {
  const out = wantsJson(options) ? io.err : io.out;
  for (const said of summary(system.name, found)) line(out, said);
  for (const one of found.found) {
    const { signature, finding, afterRuns, afterMs, times, scenario } = one;
    const name = caseName(system.name, one);
    const about = `found by explore after ${afterRuns} runs, seed ${scenario.case.seed}`;
    line(
      out,
      `✖ ${signatureText(signature)}  after ${afterRuns} runs (${(afterMs / 1e3).toFixed(1)} s), in ${times} of them`,
    );
    line(out, `  ${finding.anomaly.sentence}`);
    if (!flag(options, 'shrink')) {
      const file = join(STORE_FOLDER, 'explore', `${name}.json`);
      saveCase(io, { scenario, finding, name, file, about });
      line(out, `  case ${file}   (faultline shrink ${file})`);
      continue;
    }
    const file = join('regressions', `${name}.json`);
    const { shownNs } = one;
    const request = { scenario, signature, shownNs, name, file, about, limits: {}, curve: true };
    const { page } = await reduceCase(io, request);
    for (const said of page) line(out, `  ${said}`);
  }
}

function caseName(system: string, { scenario, signature }: Found): string {
  return [system, ...scenario.case.bugs, signature.checker, signature.kind].join('-');
}

function plainly({ signature, scenario, finding, afterRuns, afterMs, times }: Found): object {
  const { sentence } = finding.anomaly;
  return { ...signature, sentence, afterRuns, afterMs, times, seed: scenario.case.seed, scenario };
}

/** One line for every named bug: whether the checker that should catch it did, and how soon. */
async function allBugs(io: Io, systems: readonly System[], options: OptionValues): Promise<number> {
  const rows: {
    system: string;
    bug: string;
    found: boolean;
    runs: number;
    ms: number;
    kind: string | null;
  }[] = [];
  for (const system of systems) {
    for (const [bug, { checker }] of Object.entries(system.bugs)) {
      const isIt = (one: Found): boolean => one.signature.checker === checker;
      const result = searchOne(io, system, [bug], options, isIt);
      const hit = result.found.find(isIt);
      rows.push({
        system: system.name,
        bug,
        found: hit !== undefined,
        runs: hit?.afterRuns ?? result.runs,
        ms: Math.round(hit?.afterMs ?? result.tookMs),
        kind: hit === undefined ? null : signatureText(hit.signature),
      });
      const { runs, ms, kind } = rows.at(-1)!;
      const said =
        kind === null
          ? `not found in ${runs} runs, ${(ms / 1e3).toFixed(1)} s`
          : `${String(runs).padStart(6)} runs ${(ms / 1e3).toFixed(1).padStart(6)} s  ${kind}`;
      line(
        wantsJson(options) ? io.err : io.out,
        `${hit ? '✓' : '✖'} ${system.name.padEnd(16)} ${bug.padEnd(20)} ${said}`,
      );
    }
  }
  const missed = rows.filter(({ found }) => !found);
  const names = missed.map(({ system, bug }) => `${system} ${bug}`).join(', ');
  line(
    io.err,
    `${rows.length - missed.length} of ${rows.length} bugs found${missed.length > 0 ? `; not: ${names}` : ''}`,
  );
  if (wantsJson(options)) json(io.out, rows);
  return missed.length > 0 ? EXIT_CODE.fail : EXIT_CODE.pass;
}
