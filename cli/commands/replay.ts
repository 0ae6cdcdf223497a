/**
 * `faultline replay`: the stored plan of a run carried out again: same operations, same faults, same order. In
 * the simulator the history must be the same byte for byte; what differs on a real cluster is said.
 */
import { resolve } from 'node:path';
import { parseDuration } from '../../harness/config/units.ts';
import type { Plan } from '../../harness/plan/index.ts';
import { UsageError } from '../../harness/registry.ts';
import type { VerdictFile } from '../../harness/store/files.ts';
import { RunFolder } from '../../harness/store/run-folder.ts';
import { Store } from '../../harness/store/store.ts';
import { EXIT_CODE } from '../../harness/verdict.ts';
import { type Command, flag, text } from '../command.ts';
import { programName, quoted } from '../command-line.ts';
import { compose, configOfPlan } from '../compose.ts';
import { execute, exitCodeOf } from '../execute.ts';
import { OUTPUT_OPTIONS, wantsJson } from '../flags.ts';
import { line } from '../io.ts';
import { compareHistories, comparisonLines, eventLines, messageLines } from '../replayed.ts';

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
    const folder = new Store(io.cwd).resolve(reference);
    const until = text(options, 'until');
    const untilMs = until === undefined ? undefined : parseDuration(until);
    const plan = cutOff(folder.readPlan(), untilMs);
    const before = folder.has('verdict') ? folder.readVerdict() : null;
    const config = configOfPlan(plan, folder.readMeta().cwd);
    if (typeof config.system !== 'string') {
      throw new UsageError('this plan holds no configuration to start a cluster from', {
        file: folder.file('plan'),
      });
    }
    const program = programName(io.env);
    const words = process.argv.slice(2);
    const out = text(options, 'out');
    const composed = await compose(config, {
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
    let same = true;
    if (composed.backend.simulated === true && folder.has('history')) {
      const untilNs = untilMs === undefined ? undefined : untilMs * 1e6;
      const compared = compareHistories(folder.file('history'), replayed.file('history'), untilNs);
      same = compared.differ === null;
      for (const said of comparisonLines(compared, until)) line(io.err, `replay     ${said}`);
      if (until === undefined && folder.has('messages') && replayed.has('messages')) {
        const messages = compareHistories(folder.file('messages'), replayed.file('messages'));
        same &&= messages.differ === null;
        for (const said of messageLines(messages)) line(io.err, `replay     ${said}`);
      }
    }
    if (before && after && until === undefined)
      for (const difference of differences(before, after)) line(io.err, `replay     ${difference}`);
    if (flag(options, 'printEvents')) {
      const messages = replayed.has('messages') ? replayed.file('messages') : null;
      for (const event of eventLines(replayed.file('history'), messages)) line(io.out, event);
    }
    return same || code !== 0 ? code : EXIT_CODE.broken;
  },
};

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
  if (before.counts.invoked !== after.counts.invoked) {
    said.push(
      `${before.counts.invoked} operations before, ${after.counts.invoked} now: clients of a real cluster go at its pace`,
    );
  }
  return said;
}
