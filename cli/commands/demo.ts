/**
 * `faultline demo`: a reference system under its faults, with the outcome stated in advance. Exits 0 when what was
 * expected happened, 1 when it did not.
 */
import { resolve } from 'node:path';
import { resolveConfig } from '../../harness/config/resolve.ts';
import type { Config, ConfigFlags, ResolvedConfig } from '../../harness/config/types.ts';
import type { System } from '../../harness/contracts.ts';
import type { Json } from '../../harness/op.ts';
import { lookup } from '../../harness/registry.ts';
import type { VerdictFile } from '../../harness/store/files.ts';
import type { Verdict } from '../../harness/verdict.ts';
import { bugDefaults } from '../bug-defaults.ts';
import { type Command, flag, list, text } from '../command.ts';
import { programName, quoted, reproCommand } from '../command-line.ts';
import { compose } from '../compose.ts';
import { execute } from '../execute.ts';
import { configFlags, OUTPUT_OPTIONS, RUN_OPTIONS, wantsJson } from '../flags.ts';
import { json, line } from '../io.ts';
import { knownNames } from '../known.ts';
import { SYSTEMS } from '../registries.ts';
import { SCENARIOS, type Scenario } from '../scenarios.ts';
import { isOwnRun, isSearched, searchedDemo } from '../searched-demo.ts';
import { drawSeed } from '../seed.ts';

const DEFAULTS: Config = { nodes: 5, timeLimit: '10s', rate: 100, settle: '10s' };

/** How a run ends in which a bug did not show. One that is broken is told as it is. */
const MISSED = new Set<Verdict>(['pass', 'vacuous', 'unknown']);

const DEMO_OPTIONS = [
  { flags: '--resolve <how>', summary: 'dynamo: siblings, lww or merge; the same as --set resolve=<how>' },
];

/** The command. */
export const demo: Command = {
  name: 'demo',
  summary: 'break a reference system in ten seconds; no configuration, no root, no Docker',
  args: [{ form: '[system]', summary: 'a reference system, or exercise-3; default bully' }],
  options: [
    ...RUN_OPTIONS.filter((option) => !option.flags.startsWith('--system')),
    ...DEMO_OPTIONS,
    ...OUTPUT_OPTIONS,
  ],
  examples: [
    'faultline demo',
    'faultline demo raft',
    'faultline demo raft --bug forget-vote',
    'faultline demo dynamo --resolve lww',
    'faultline demo exercise-3',
  ],
  async run(io, [name = 'bully'], options) {
    const scenario = SCENARIOS[name];
    const system = demoSystem(scenario?.system ?? name);
    const flags = configFlags(options);
    const resolution = text(options, 'resolve');
    if (resolution !== undefined) flags.set = { ...flags.set, resolve: resolution };
    const bugs = list(options, 'bug');
    const expected: Expectation = expectation(system, bugs, flags.set ?? {});
    if (scenario !== undefined) setScene(expected, name, scenario, bugs);
    else if (isSearched(system, bugs, options)) {
      return tell(await searchedDemo(io, system, bugs, options));
    }
    const resolved = resolveConfig(
      { ...DEFAULTS, ...expected.config, system: system.name, name: `demo-${name}` },
      {
        ...{ flags: flags as ConfigFlags, directory: io.cwd, seed: drawSeed(), known: knownNames() },
        origin: () => ({ from: 'demo' }),
      },
    );
    adjust(expected, system, resolved);
    const words = process.argv.slice(2);
    const program = programName(io.env);
    const out = text(options, 'out');
    const composed = await compose(resolved, {
      command: 'demo',
      commandLine: `${program} ${quoted(words)}`,
      repro: reproCommand(program, words, resolved.seed),
      cwd: io.cwd,
      seedSource: flags.seed === undefined ? 'drawn' : 'from --seed',
      expected: { verdict: expected.verdict, because: expected.sentence },
      ...(out === undefined ? {} : { out: resolve(io.cwd, out) }),
    });
    let stored: VerdictFile | undefined;
    const code = await execute(io, composed, {
      json: false,
      ascii: flag(options, 'ascii'),
      exitCode: (verdict) => {
        stored = verdict;
        return verdict.verdict === expected.verdict ? 0 : 1;
      },
    });
    // A busy machine, or the luck of times: what a run did not show is no reason to show nothing.
    if (stored !== undefined && MISSED.has(stored.verdict) && bugs.length > 0 && !isOwnRun(options)) {
      line(io.err, `demo       this run did not show it (${stored.verdict}); looking for one that does`);
      const beside = out === undefined ? {} : { out: `${out}-searched` };
      return tell(await searchedDemo(io, system, bugs, { ...options, ...beside }));
    }
    if (stored !== undefined && wantsJson(options)) json(io.out, stored);
    tell(code === 0);
    return code;

    function tell(isShown: boolean): number {
      line(io.err, `demo       ${isShown ? 'as expected' : 'not as expected'}: ${expected.sentence}`);
      return isShown ? 0 : 1;
    }
  },
};

interface Expectation {
  verdict: Verdict;
  sentence: string;
  config: Config;
}

function expectation(
  system: System,
  bugs: readonly string[],
  set: Readonly<Record<string, Json>>,
): Expectation {
  const { unless = {}, ...plain } = system.demo!;
  const chosen = Object.entries(set).map(([option, value]) => unless[`${option}=${value}`]);
  const demo = { ...plain, ...chosen.find((other) => other !== undefined) };
  const first = bugs[0];
  if (first === undefined) {
    return {
      verdict: demo.expect,
      sentence: `${system.name} is expected to ${demo.expect}: ${demo.because}`,
      config: { workload: demo.workload, nemesis: demo.nemesis, ...(demo.config as Config | undefined) },
    };
  }
  const config = bugDefaults(system, bugs);
  return {
    verdict: 'fail',
    sentence: `${system.name} with ${bugs.join(', ')} is expected to fail: ${system.bugs[first]!.summary}`,
    config,
  };
}

/** The faults of a scenario, and without bugs its expectation. */
function setScene(expected: Expectation, name: string, scenario: Scenario, bugs: readonly string[]): void {
  expected.config = scenario.config;
  if (bugs.length === 0) expected.sentence = `${name} is expected to pass: ${scenario.because}`;
}

/** What is expected of so many nodes with these options, where that makes a difference. */
function adjust(expected: Expectation, system: System, { nodes, set, bugs }: ResolvedConfig): void {
  const other = bugs.length === 0 ? (system.demo?.given?.(nodes.length, set) ?? null) : null;
  if (other === null) return;
  expected.verdict = other.expect;
  expected.sentence = `${system.name} on ${nodes.length} nodes is expected to ${other.expect}: ${other.because}`;
}

function demoSystem(name: string): System {
  const shown = Object.fromEntries(Object.entries(SYSTEMS).filter(([, system]) => system.demo !== undefined));
  return lookup('demo', shown, name);
}
