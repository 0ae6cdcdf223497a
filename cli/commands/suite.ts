/**
 * `faultline suite`: runs whose outcome is known in advance, one after the other, each held against what its
 * configuration expects.
 */
import { type LoadedConfig, loadConfig } from '../../harness/config/load.ts';
import { resolveConfig } from '../../harness/config/resolve.ts';
import { UsageError } from '../../harness/registry.ts';
import type { VerdictFile } from '../../harness/store/files.ts';
import { monotonicNs } from '../../harness/time.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { type Command, flag, text } from '../command.ts';
import { programName, quoted } from '../command-line.ts';
import { compose, enterForRun } from '../compose.ts';
import { execute } from '../execute.ts';
import { configFlags, wantsJson } from '../flags.ts';
import { type Io, json, line } from '../io.ts';
import { knownNames } from '../known.ts';
import { drawSeed } from '../seed.ts';
import { chosenSuites, type Suite } from '../suites.ts';

/** The command. */
export const suite: Command = {
  name: 'suite',
  summary: 'run suites of real systems, and hold each against what it is expected to find',
  args: [
    { form: '[what...]', summary: 'systems, suites, files or folders; default all that come with faultline' },
  ],
  options: [
    { flags: '--list', summary: 'say what there is and what is expected of it; run nothing' },
    { flags: '--seed <n>', summary: 'seed of every run; default the one of its configuration, or drawn' },
    { flags: '--backend <name>', summary: 'backend of every run' },
    { flags: '--json', summary: 'print what became of each as JSON' },
    { flags: '--ascii', summary: 'plain characters only' },
  ],
  examples: ['faultline suite etcd', 'faultline suite etcd/stale-reads --seed 7', 'faultline suite --list'],
  async run(io, words, options) {
    const chosen = chosenSuites(
      words.filter((word) => word !== undefined),
      io.cwd,
    );
    // All are read before the first runs: a mistake in the last one is found at once.
    const loaded = await Promise.all(chosen.map(async (one) => ({ ...one, ...(await load(one)) })));
    if (flag(options, 'list')) {
      if (wantsJson(options))
        json(
          io.out,
          loaded.map(({ name, file, expectation }) => ({ name, file, ...expectation })),
        );
      else for (const { name, expectation } of loaded) line(io.out, `${name}  ${sentenceOf(expectation)}`);
      return 0;
    }
    const given = { seed: text(options, 'seed'), backend: text(options, 'backend') };
    // Where one needs a sandbox all begin again in it: better now than when the first have run.
    for (const one of loaded) await enterForRun(resolvedOf(one, configFlags(given)));
    const results: SuiteResult[] = [];
    for (const one of loaded) {
      const began = monotonicNs();
      const result = await runOne(io, one, { ascii: flag(options, 'ascii'), ...given });
      const seconds = Math.round((monotonicNs() - began) / 1e8) / 10;
      results.push({ ...result, name: one.name, ...one.expectation, seconds });
      line(io.err, `suite      ${wordsOf(results.at(-1)!)}`);
      if (result.interrupted) break;
    }
    if (wantsJson(options)) json(io.out, results);
    else for (const result of results) line(io.out, wordsOf(result));
    if (results.some(({ interrupted }) => interrupted)) return results.at(-1)!.code;
    return results.every(({ met }) => met) ? 0 : EXIT_CODE.fail;
  },
};

/** What a suite says it will end as. */
interface Expectation {
  expect: 'pass' | 'fail';
  foundBy?: string;
  because: string;
}

/** What became of one suite. */
interface SuiteResult extends Expectation {
  name: string;
  met: boolean;
  verdict: string;
  sentence: string;
  seed: number;
  folder: string;
  seconds: number;
  interrupted: boolean;
  code: number;
}

interface LoadedSuite extends Suite, LoadedConfig {
  expectation: Expectation;
}

async function load(one: Suite): Promise<LoadedConfig & { expectation: Expectation }> {
  const loaded = await loadConfig(one.file, knownNames());
  const { expect, foundBy, because } = loaded.config;
  if (expect === undefined || because === undefined) {
    throw new UsageError('a suite says what it is expected to end as, and why', {
      file: one.file,
      hint: 'add expect: pass or expect: fail, and because: a sentence',
    });
  }
  return { ...loaded, expectation: { expect, because, ...(foundBy === undefined ? {} : { foundBy }) } };
}

function resolvedOf(
  { name, config, directory, file, origin }: LoadedSuite,
  flags: ReturnType<typeof configFlags>,
): ReturnType<typeof resolveConfig> {
  return resolveConfig(
    { name: `suite-${name.replaceAll('/', '-')}`, ...config },
    {
      ...{ flags, directory, file, seed: drawSeed(), known: knownNames() },
      origin: (path) => ({ ...(Object.hasOwn(config, path[0]!) ? origin(path) : {}), from: 'suite' }),
    },
  );
}

async function runOne(
  io: Io,
  one: LoadedSuite,
  { ascii, ...given }: { ascii: boolean; seed: string | undefined; backend: string | undefined },
): Promise<Pick<SuiteResult, 'met' | 'verdict' | 'sentence' | 'seed' | 'folder' | 'interrupted' | 'code'>> {
  const { name, config, expectation } = one;
  const flags = configFlags(given);
  const resolved = resolvedOf(one, flags);
  const program = programName(io.env);
  const composed = await compose(resolved, {
    command: 'suite',
    commandLine: `${program} ${quoted(process.argv.slice(2))}`,
    repro: `${program} ${quoted(['suite', name, '--seed', String(resolved.seed)])}`,
    cwd: io.cwd,
    seedSource:
      flags.seed !== undefined
        ? 'from --seed'
        : config.seed === undefined
          ? 'drawn'
          : 'from the configuration',
    expected: { verdict: expectation.expect, because: expectation.because },
  });
  // Whoever interrupts one run wants none after it.
  let interrupted = false;
  let end: { verdict: VerdictFile; folder: string } | null = null;
  const code = await execute(io, composed, {
    json: false,
    ascii,
    onEvent: (event) => {
      if (event.kind === 'ended') interrupted = event.interrupted;
    },
    exitCode: (verdict, folder) => {
      end = { verdict, folder };
      return isMet(verdict, expectation) ? 0 : EXIT_CODE.fail;
    },
  });
  const { verdict, folder } = end!;
  const met = isMet(verdict, expectation);
  const { sentence } = verdict;
  return { met, verdict: verdict.verdict, sentence, seed: resolved.seed, folder, interrupted, code };
}

/** The verdict, and where a checker is named, that it was this one that failed. */
function isMet({ verdict, checkers }: VerdictFile, { expect, foundBy }: Expectation): boolean {
  if (verdict !== expect) return false;
  return foundBy === undefined || checkers[foundBy]?.verdict === expect;
}

function sentenceOf({ expect, foundBy, because }: Expectation): string {
  return `is expected to ${expect}${foundBy === undefined ? '' : ` (${foundBy})`}: ${because}`;
}

function wordsOf({ name, met, verdict, expect, seconds, seed, because, sentence }: SuiteResult): string {
  const how = `(${seconds} s, seed ${seed})`;
  if (met) return `${name}  as expected, ${verdict} ${how}: ${because}`;
  return `${name}  NOT as expected, ${verdict} and not ${expect} ${how}: ${sentence}`;
}
