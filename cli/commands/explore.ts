/**
 * `faultline explore`: many short simulated runs of a system, each drawn from a seed, until a budget ends; what
 * fails is told apart by its class, saved as a case, and reduced when asked.
 */
import { join } from 'node:path';
import { formatDuration, parseDuration } from '../../harness/config/units.ts';
import { STORE_FOLDER } from '../../harness/store/store.ts';
import { EXIT_CODE, type Verdict } from '../../harness/verdict.ts';
import { evidenceText, isThin } from '../../search/evidence.ts';
import { declaredProbes, type Found, type Search, type SearchLimits } from '../../search/explore.ts';
import { exploreAll } from '../../search/explore-all.ts';
import { signatureText } from '../../search/scenario.ts';
import { STRATEGIES } from '../../search/terrain.ts';
import { type Command, flag, list, type OptionValues, text } from '../command.ts';
import { type Suite, suitesOf, terrainFor, wholeNumber } from '../explore-terrain.ts';
import { seedFlag, wantsJson } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { reduceCase, saveCase } from '../reduce-case.ts';

/** The command. */
export const explore: Command = {
  name: 'explore',
  summary: 'search a system for failures: thousands of short simulated runs under drawn faults',
  args: [
    {
      form: '<suite>',
      summary: 'a reference system, a configuration of one, a module of your own; all for every system',
    },
  ],
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
    { flags: '--faults <n>', summary: 'faults in every run; by default the strategy draws how many' },
    { flags: '--nodes <n>', summary: 'nodes in every run; by default 3 or 5, what suits the system' },
    { flags: '--workers <n>', summary: 'threads to search with; the same seeds find the same (default 1)' },
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
    'faultline explore raft --budget 10m --workers 2',
    'faultline explore raft --bug stale-read --first --shrink',
    'faultline explore quorum --strategy trigger --all-bugs',
    'faultline explore faultline.yaml',
    'faultline explore ./node.ts --workload register',
    'faultline explore all --max-runs 20000 --budget 2h --check-determinism',
  ],
  async run(io, [word], options) {
    const suites = await suitesOf(word!, io.cwd);
    if (flag(options, 'allBugs')) return allBugs(io, suites, options);
    const searches: { suite: Suite; search: Search }[] = [];
    for (const suite of suites) {
      const bugs = options['bug'] === undefined ? (suite.config.bugs ?? []) : list(options, 'bug');
      const search = await searchOne(io, suite, bugs, options, flag(options, 'first') ? {} : undefined);
      searches.push({ suite, search });
      await tell(io, suite, search, options);
    }
    if (wantsJson(options)) {
      json(
        io.out,
        searches.map(({ suite, search }) => ({
          system: suite.name,
          ...search,
          found: search.found.map(plainly),
          neverReached: neverReached(suite, search),
        })),
      );
    }
    return EXIT_CODE[verdictOf(searches.map(({ search }) => search))];
  },
};

function searchOne(
  io: Io,
  suite: Suite,
  bugs: readonly string[],
  options: OptionValues,
  until: SearchLimits['until'],
): Promise<Search> {
  const limits: SearchLimits = {
    budgetMs: parseDuration(text(options, 'budget') ?? '60s'),
    maxRuns: wholeNumber(options, 'maxRuns', '--max-runs') ?? Number.POSITIVE_INFINITY,
    firstSeed: seedFlag(text(options, 'seed')) ?? 1,
    ...(flag(options, 'checkDeterminism') ? { twice: true } : {}),
    ...(until === undefined ? {} : { until }),
  };
  const workers = wholeNumber(options, 'workers', '--workers') ?? 1;
  let saidMs = 0;
  return exploreAll(terrainFor(suite, bugs, options), limits, workers, (now) => {
    if (now.tookMs - saidMs < 5_000) return;
    saidMs = now.tookMs;
    line(
      io.err,
      `explore    ${suite.name} ${bugs.join(' ')}: ${rateText(now)}, ${now.found.length} kinds of failure`,
    );
  });
}

/** How much was searched, what was found, and what it is worth. */
function summary(suite: string, found: Search): string[] {
  const { runs, clean, evidence, twice, diverged } = found;
  const failures = runs - clean === 1 ? '1 failure' : `${runs - clean} failures`;
  const lines = [`${suite}: ${rateText(found)}; ${failures}`, `  ${evidenceText(evidence, runs)}`];
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
async function tell(io: Io, suite: Suite, search: Search, options: OptionValues): Promise<void> {
  const out = wantsJson(options) ? io.err : io.out;
  for (const said of summary(suite.name, search)) line(out, said);
  for (const said of probeLines(suite, search)) line(out, said);
  for (const one of search.found) {
    const { signature, finding, afterRuns, afterMs, times, scenario } = one;
    const name = caseName(suite.name, one);
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

/** What should sometimes happen: how often it did, and what never did. */
function probeLines(suite: Suite, search: Search): string[] {
  const names = Object.keys(search.reached).sort();
  const never = neverReached(suite, search);
  const width = Math.max(0, ...names.map((name) => name.length), ...never.map((name) => name.length));
  return [
    ...names.map((name) => {
      const { times, runs } = search.reached[name]!;
      return `  sometimes ${name.padEnd(width)}  ${times} times in ${runs} runs`;
    }),
    ...never.map((name) => `  sometimes ${name.padEnd(width)}  never reached`),
  ];
}

function neverReached(suite: Suite, { reached }: Search): string[] {
  return declaredProbes(suite.system.name).filter((name) => !Object.hasOwn(reached, name));
}

function caseName(suite: string, { scenario, signature }: Found): string {
  return [suite, ...scenario.case.bugs, signature.checker, signature.kind].join('-');
}

function plainly({ signature, scenario, finding, afterRuns, afterMs, times }: Found): object {
  const { sentence } = finding.anomaly;
  return { ...signature, sentence, afterRuns, afterMs, times, seed: scenario.case.seed, scenario };
}

/** A bug that was searched for. */
interface BugRow {
  system: string;
  bug: string;
  found: boolean;
  runs: number;
  ms: number;
  kind: string | null;
}

/** One line for every named bug: whether the checker that should catch it did, and how soon. */
async function allBugs(io: Io, suites: readonly Suite[], options: OptionValues): Promise<number> {
  const rows: BugRow[] = [];
  for (const suite of suites) {
    for (const [bug, { checker }] of Object.entries(suite.system.bugs)) {
      const search = await searchOne(io, suite, [bug], options, { checker });
      const hit = search.found.find(({ signature }) => signature.checker === checker);
      const row = {
        system: suite.name,
        bug,
        found: hit !== undefined,
        runs: hit?.afterRuns ?? search.runs,
        ms: Math.round(hit?.afterMs ?? search.tookMs),
        kind: hit === undefined ? null : signatureText(hit.signature),
      };
      rows.push(row);
      line(wantsJson(options) ? io.err : io.out, bugLine(row));
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

function bugLine({ system, bug, runs, ms, kind }: BugRow): string {
  const said =
    kind === null
      ? `not found in ${runs} runs, ${(ms / 1e3).toFixed(1)} s`
      : `${String(runs).padStart(6)} runs ${(ms / 1e3).toFixed(1).padStart(6)} s  ${kind}`;
  return `${kind === null ? '✖' : '✓'} ${system.padEnd(16)} ${bug.padEnd(20)} ${said}`;
}
