/**
 * `faultline replay` of a run that was one of a case: what `shrink` left, or what carrying out a regression stored.
 * Its plan holds the case itself. In memory and on virtual time
 * it is the same run again, byte for byte; on real nodes it is tried once.
 */
import { resolve } from 'node:path';
import { parseDuration } from '../harness/config/units.ts';
import { RunFolder } from '../harness/store/run-folder.ts';
import { EXIT_CODE } from '../harness/verdict.ts';
import { version } from '../harness/version.ts';
import { tryOnCluster } from '../search/cluster/cluster-run.ts';
import { type ClusterScenario, isClusterScenario } from '../search/cluster/cluster-scenario.ts';
import { inTurn } from '../search/explore-all.ts';
import { carryOut, type Scenario } from '../search/scenario.ts';
import { MODULE } from '../systems/subjects.ts';
import { storeCaseRun } from './case-folder.ts';
import { messagesOf } from './case-messages.ts';
import { casePage } from './case-page.ts';
import { flag, type OptionValues, text } from './command.ts';
import { programName, quoted } from './command-line.ts';
import { exitCodeOf } from './execute.ts';
import { wantsJson } from './flags.ts';
import { type Io, json, line } from './io.ts';
import { compareHistories, comparisonLines, eventLines, transitEvents } from './replayed.ts';
import { courseLines } from './same-course.ts';
import { listen } from './signals.ts';
import { writeViews } from './views.ts';

/** Carries out the case of a stored run again, compares, and resolves with the exit code. */
export async function replayCase(
  io: Io,
  folder: RunFolder,
  scenario: Scenario,
  options: OptionValues,
): Promise<number> {
  const until = text(options, 'until');
  const case_ = until === undefined ? scenario.case : endedAt(scenario.case, parseDuration(until) * 1e6);
  const cut = { ...scenario, case: case_ };
  if (isClusterScenario(cut)) return onCluster(io, folder, cut, until, options);
  return inMemory(io, folder, located(cut, folder.readMeta().cwd), until, options);
}

/** The same past, and nothing after. */
function endedAt(c: Scenario['case'], untilNs: number): Scenario['case'] {
  return { ...c, untilNs: Math.min(untilNs, c.untilNs ?? Number.POSITIVE_INFINITY) };
}

/** A module is where the run was made, wherever it is replayed. */
function located(scenario: Scenario, cwd: string): Scenario {
  const { settings } = scenario.case;
  if (scenario.program !== MODULE || typeof settings['module'] !== 'string') return scenario;
  return {
    ...scenario,
    case: { ...scenario.case, settings: { ...settings, module: resolve(cwd, settings['module']) } },
  };
}

async function inMemory(
  io: Io,
  before: RunFolder,
  scenario: Scenario,
  until: string | undefined,
  options: OptionValues,
): Promise<number> {
  const outcome = await inTurn(() => carryOut(scenario, scenario.case));
  const { folder, verdict } = await storeCaseRun(io, {
    ...{ name: before.readMeta().name, scenario, outcome, repro: reproOf(io, before) },
    ...outOf(io, options),
  });
  const [finding] = outcome.findings;
  if (wantsJson(options)) json(io.out, verdict);
  else if (finding !== undefined && !flag(options, 'printEvents')) {
    const { case: c } = scenario;
    for (const said of casePage({ case: c, ops: outcome.run.ops, finding, curve: null })) line(io.out, said);
  }
  line(io.err, `report     ${folder.file('report')}`);
  const untilNs = until === undefined ? undefined : parseDuration(until) * 1e6;
  const compared = compareHistories(before.file('history'), folder.file('history'), untilNs);
  for (const said of comparisonLines(compared, until)) line(io.err, `replay     ${said}`);
  if (flag(options, 'printEvents')) {
    const messages = await inTurn(() => messagesOf(scenario));
    for (const event of eventLines(folder.file('history'), null, transitEvents(messages)))
      line(io.out, event);
  }
  const code = EXIT_CODE[verdict.verdict];
  return compared.differ === null || code !== 0 ? code : EXIT_CODE.broken;
}

async function onCluster(
  io: Io,
  before: RunFolder,
  scenario: ClusterScenario,
  until: string | undefined,
  options: OptionValues,
): Promise<number> {
  const interrupts = listen(io, ['ending this try', 'leaving']);
  try {
    const { folder: path, verdict } = await tryOnCluster({
      ...{ scenario, seed: scenario.case.seed, cwd: before.readMeta().cwd, version: version() },
      ...{ name: before.readMeta().name, signal: interrupts.stop, out: outOf(io, options).out ?? null },
      commandLine: `${programName(io.env)} ${quoted(process.argv.slice(2))}`,
      repro: reproOf(io, before),
    });
    await writeViews(path, () => {});
    const folder = new RunFolder(path);
    if (wantsJson(options)) json(io.out, verdict);
    else line(io.out, `${verdict.verdict.toUpperCase()}  ${verdict.sentence}`);
    line(io.err, `report     ${folder.file('report')}`);
    const untilNs = until === undefined ? undefined : parseDuration(until) * 1e6;
    const histories = [before.file('history'), folder.file('history')] as const;
    const said =
      scenario.cluster.virtualTime === true
        ? comparisonLines(compareHistories(...histories, untilNs), until)
        : courseLines(...histories, untilNs);
    for (const one of said) line(io.err, `replay     ${one}`);
    if (flag(options, 'printEvents')) {
      const messages = folder.has('messages') ? folder.file('messages') : null;
      for (const event of eventLines(folder.file('history'), messages)) line(io.out, event);
    }
    return exitCodeOf(verdict, interrupts.exitCode());
  } finally {
    interrupts.release();
  }
}

function reproOf(io: Io, { path }: RunFolder): string {
  return `${programName(io.env)} replay ${quoted([path])}`;
}

function outOf(io: Io, options: OptionValues): { out?: string } {
  const out = text(options, 'out');
  return out === undefined ? {} : { out: resolve(io.cwd, out) };
}
