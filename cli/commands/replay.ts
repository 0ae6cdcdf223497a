/**
 * `faultline replay`: the stored plan of a run carried out again: same operations, same faults, same order. In
 * the simulator the history must be the same byte for byte; what differs on a real cluster is said.
 */
import { resolve } from 'node:path';
import { renderPath } from '../../harness/config/problem.ts';
import { parseDuration } from '../../harness/config/units.ts';
import { validate } from '../../harness/config/validate.ts';
import type { Plan } from '../../harness/plan/index.ts';
import { UsageError } from '../../harness/registry.ts';
import type { VerdictFile } from '../../harness/store/files.ts';
import { RunFolder } from '../../harness/store/run-folder.ts';
import { PLAN_SCHEMA } from '../../harness/store/schemas.ts';
import { Store } from '../../harness/store/store.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { isRegressionFile } from '../../search/regression.ts';
import { storedScenario } from '../../search/run-scenario.ts';
import { type Command, flag, text } from '../command.ts';
import { programName, quoted } from '../command-line.ts';
import { type Composed, compose, configOfPlan } from '../compose.ts';
import { earlyEnd, earlyWords } from '../ended-early.ts';
import { execute, exitCodeOf } from '../execute.ts';
import { OUTPUT_OPTIONS, wantsJson } from '../flags.ts';
import { type Io, line } from '../io.ts';
import { replayCase } from '../replay-case.ts';
import { compareHistories, comparisonLines, eventLines, messageLines } from '../replayed.ts';
import { courseLines } from '../same-course.ts';

/** The command. */
export const replay: Command = {
  name: 'replay',
  summary: 'carry out the stored plan of a run again, and compare',
  args: [{ form: '[run]', summary: 'a run folder, a name, the beginning of an id; default the last run' }],
  options: [
    { flags: '--until <time>', summary: 'end the load after this long, e.g. 12.5s' },
    { flags: '--print-events', summary: 'print every operation and message in order of time on stdout' },
    ...OUTPUT_OPTIONS.filter((option) => !option.flags.startsWith('--seed')),
  ],
  examples: [
    'faultline replay',
    'faultline replay demo-bully',
    'faultline replay last --until 12s --print-events',
  ],
  async run(io, [reference = 'last'], options) {
    if (isRegressionFile(resolve(io.cwd, reference))) {
      throw new UsageError(`${reference} is a regression file, not a run`, {
        hint: `carry it out with: ${programName(io.env)} run ${quoted([reference])}`,
      });
    }
    const folder = new Store(io.cwd).resolve(reference);
    const stored = checkedPlan(folder);
    const scenario = storedScenario(stored);
    if (scenario !== null) return replayCase(io, folder, scenario, options);
    const until = text(options, 'until');
    const untilMs = until === undefined ? undefined : parseDuration(until);
    const plan = cutOff(stored, untilMs);
    const before = folder.has('verdict') ? folder.readVerdict() : null;
    const config = configOfPlan(plan, folder.readMeta().cwd);
    if (typeof config.system !== 'string') {
      throw new UsageError('this plan holds no configuration to start a cluster from', {
        file: folder.file('plan'),
        hint: `run.json says what made it: ${folder.readMeta().command}`,
      });
    }
    const program = programName(io.env);
    const words = process.argv.slice(2);
    const out = text(options, 'out');
    const composed = await composeStored(folder, config, {
      command: 'replay',
      commandLine: `${program} ${quoted(words)}`,
      repro: `${program} replay ${quoted([folder.path])}`,
      cwd: io.cwd,
      seedSource: `from ${folder.id}`,
      plan,
      ...(out === undefined ? {} : { out: resolve(io.cwd, out) }),
    });
    let after: VerdictFile | undefined;
    let again = '';
    const code = await execute(io, composed, {
      json: wantsJson(options),
      ascii: flag(options, 'ascii'),
      exitCode: (verdict, path) => {
        after = verdict;
        again = path;
        return exitCodeOf(verdict, null);
      },
    });
    const replayed = new RunFolder(again);
    if (after?.verdict === 'broken') {
      line(io.err, `replay     the run could not be carried out: ${after.sentence}`);
      return code;
    }
    const exact = composed.backend.simulated === true;
    const same = sayHowFar(io, folder, replayed, exact, until);
    if (before && after && until === undefined)
      for (const difference of differences(before, after)) line(io.err, `replay     ${difference}`);
    if (flag(options, 'printEvents')) {
      const messages = replayed.has('messages') ? replayed.file('messages') : null;
      for (const event of eventLines(replayed.file('history'), messages)) line(io.out, event);
    }
    return same || code !== 0 ? code : EXIT_CODE.broken;
  },
};

/** Says how far two runs of one plan are the same; false when they must be, byte for byte, and are not. */
function sayHowFar(io: Io, folder: RunFolder, replayed: RunFolder, exact: boolean, until?: string): boolean {
  if (!folder.has('history') || !replayed.has('history')) return true;
  const untilNs = until === undefined ? undefined : parseDuration(until) * 1e6;
  const say = (lines: readonly string[]): void => {
    for (const said of lines) line(io.err, `replay     ${said}`);
  };
  const [before, after] = [folder.file('history'), replayed.file('history')];
  if (!exact) {
    say(courseLines(before, after, untilNs));
    return true;
  }
  const early = until === undefined ? earlyEnd(folder.readMeta(), before) : null;
  const compared = compareHistories(before, after, early?.untilNs ?? untilNs);
  const same = compared.differ === null;
  if (early !== null && same) {
    say([earlyWords(early, compared.same)]);
    return true;
  }
  say(comparisonLines(compared, until));
  if (until !== undefined || !folder.has('messages') || !replayed.has('messages')) return same;
  const messages = compareHistories(folder.file('messages'), replayed.file('messages'));
  say(messageLines(messages));
  return same && messages.differ === null;
}

/** The stored plan; throws `UsageError` naming the first thing that is wrong with it. */
function checkedPlan(folder: RunFolder): Plan {
  const plan = folder.readPlan();
  const problem = validate(PLAN_SCHEMA, plan)[0];
  if (problem === undefined) return plan;
  throw new UsageError(`${renderPath(problem.path)}: ${problem.message}`, {
    file: folder.file('plan'),
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
  });
}

/** As `compose`; a configuration inside the plan that somebody has damaged is a mistake in that file. */
async function composeStored(folder: RunFolder, ...rest: Parameters<typeof compose>): Promise<Composed> {
  try {
    return await compose(...rest);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`the configuration in this plan is damaged: ${error.message}`, {
      file: folder.file('plan'),
    });
  }
}

/** The plan with its load ended early. */
function cutOff(plan: Plan, untilMs: number | undefined): Plan {
  if (untilMs === undefined || untilMs >= plan.timeLimitMs) return plan;
  return {
    ...plan,
    timeLimitMs: untilMs,
    faults: plan.faults.filter((fault) => fault.atNs < untilMs * 1e6),
  };
}

/** What came out differently, in sentences; one that says so when nothing did. */
export function differences(before: VerdictFile, after: VerdictFile): string[] {
  const said: string[] = [];
  if (before.verdict === after.verdict) said.push(`same verdict as before: ${after.verdict}`);
  else said.push(`the verdict was ${before.verdict} and is now ${after.verdict}`);
  const kinds = (verdict: VerdictFile): string =>
    [...new Set(Object.values(verdict.checkers).flatMap((checker) => checker.anomalies.map((a) => a.kind)))]
      .sort()
      .join(', ') || 'none';
  if (kinds(before) !== kinds(after)) said.push(`anomalies were ${kinds(before)}, are now ${kinds(after)}`);
  for (const fault of after.faults) {
    const earlier = before.faults.find((one) => one.id === fault.id);
    if (earlier === undefined) said.push(`${fault.id} was not there before`);
    else if (earlier.state !== fault.state)
      said.push(`${fault.id} was ${earlier.state}, is now ${fault.state}`);
    else if (earlier.nodes.join() !== fault.nodes.join()) {
      said.push(`${fault.id} hit ${earlier.nodes.join(' ')}, now ${fault.nodes.join(' ')}`);
    }
  }
  return said;
}
