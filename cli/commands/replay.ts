/**
 * `faultline replay`: the stored plan of a run carried out again: same operations, same faults, same order. What
 * differs on a real cluster is said.
 */
import { resolve } from 'node:path';
import { UsageError } from '../../harness/registry.ts';
import type { VerdictFile } from '../../harness/store/files.ts';
import { Store } from '../../harness/store/store.ts';
import { type Command, flag, text } from '../command.ts';
import { programName, quoted } from '../command-line.ts';
import { compose, configOfPlan } from '../compose.ts';
import { execute, exitCodeOf } from '../execute.ts';
import { OUTPUT_OPTIONS, wantsJson } from '../flags.ts';
import { line } from '../io.ts';

/** The command. */
export const replay: Command = {
  name: 'replay',
  summary: 'carry out the stored plan of a run again, and compare',
  args: [{ form: '[run]', summary: 'a run folder, a name, the beginning of an id; default the last run' }],
  options: OUTPUT_OPTIONS.filter((option) => !option.flags.startsWith('--seed')),
  examples: ['faultline replay', 'faultline replay demo-bully'],
  async run(io, [reference = 'last'], options) {
    const folder = new Store(io.cwd).resolve(reference);
    const plan = folder.readPlan();
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
    const code = await execute(io, composed, {
      json: wantsJson(options),
      ascii: flag(options, 'ascii'),
      exitCode: (verdict) => {
        after = verdict;
        return exitCodeOf(verdict, null);
      },
    });
    if (before && after)
      for (const difference of differences(before, after)) line(io.err, `replay     ${difference}`);
    return code;
  },
};

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
