/**
 * `faultline show`: a stored run again, on the terminal, as Markdown, as a diagram of its messages, or in the browser.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { runCommand } from '../../harness/cluster/processes.ts';
import { parseDuration } from '../../harness/config/units.ts';
import { UsageError } from '../../harness/registry.ts';
import { Store } from '../../harness/store/store.ts';
import { loadReportModel } from '../../reports/load.ts';
import { markdown } from '../../reports/markdown.ts';
import type { ReportModel } from '../../reports/model.ts';
import { endingText } from '../../reports/terminal/reporter.ts';
import { wantsColour } from '../../reports/terminal/style.ts';
import { type Command, flag, type OptionValues, text } from '../command.ts';
import { opLines } from '../explain/op-lines.ts';
import { runDiagram } from '../explain/run-diagram.ts';
import { spaceTimeSvg } from '../explain/space-time-svg.ts';
import { spaceTimeText } from '../explain/space-time-text.ts';
import { type Io, line } from '../io.ts';

/** The command. */
export const show: Command = {
  name: 'show',
  summary: 'show a stored run again: last screen, Markdown, its messages, or the report in the browser',
  args: [{ form: '[run]', summary: 'a run folder, a name, the beginning of an id; default the last run' }],
  options: [
    { flags: '--markdown', summary: 'print Markdown, for an issue or a chat' },
    { flags: '--config', summary: 'print every value of its configuration and who said it' },
    {
      flags: '--svg <file>',
      summary: 'draw the messages around a finding as a space-time diagram; - for stdout',
    },
    { flags: '--text', summary: 'the same diagram as text on stdout' },
    {
      flags: '--finding <n>',
      summary: 'with --svg, --text: which finding, in the order of the report (default 1)',
    },
    { flags: '--ops', summary: 'list operations, one a line, with their values whole' },
    { flags: '--from <time>', summary: 'with --svg, --text, --ops: a stretch of the run, e.g. 8440ms' },
    { flags: '--to <time>', summary: 'where it ends, e.g. 8.5s' },
    { flags: '--open', summary: 'open report.html in the browser' },
    { flags: '--ascii', summary: 'only ASCII glyphs' },
  ],
  examples: [
    'faultline show',
    'faultline show demo-bully --markdown',
    'faultline show last --config',
    'faultline show last --svg failure.svg',
    'faultline show last --text --from 2s --to 2050ms',
    'faultline show last --ops --from 2s --to 2050ms',
    'faultline show last --open',
  ],
  async run(io, [reference = 'last'], options) {
    const folder = new Store(io.cwd).resolve(reference);
    if (flag(options, 'open')) return openReport(io, folder.file('report'), folder.has('report'));
    const model = await loadReportModel(folder.path);
    if (text(options, 'svg') !== undefined || flag(options, 'text')) {
      return drawMessages(io, model, folder.has('messages') ? folder.file('messages') : null, options);
    }
    if (flag(options, 'ops')) {
      const [from, to] = [timeOf(options, 'from'), timeOf(options, 'to')];
      for (const said of opLines(model.history, from ?? 0, to ?? Number.POSITIVE_INFINITY)) {
        if (io.lost() !== null) break;
        line(io.out, said);
      }
    } else if (flag(options, 'config')) for (const said of configurationLines(model)) line(io.out, said);
    else if (flag(options, 'markdown')) io.out.write(markdown(model));
    else {
      const look = { colour: wantsColour(io.env, io.out.isTTY), ascii: flag(options, 'ascii') };
      io.out.write(endingText(model, io.out.columns, look));
      if (folder.has('report')) line(io.out, `report     ${folder.file('report')}`);
    }
    return 0;
  },
};

/** Every value of the configuration in three columns, what somebody chose first. */
function configurationLines({ configuration }: ReportModel): string[] {
  if (configuration.length === 0) {
    throw new UsageError('this run does not say who said what', {
      hint: 'it is of an earlier version; plan.json has the values',
    });
  }
  const widest = Math.max(...configuration.map(({ name }) => name.length));
  const isDefault = ({ origin }: { origin: string }): boolean => origin.startsWith('default');
  const sorted = [...configuration].sort((a, b) => Number(isDefault(a)) - Number(isDefault(b)));
  return sorted.map(({ name, value, origin }) => `${name.padEnd(widest)}  ${value}  (${origin})`);
}

/** A time of the run, in nanoseconds; null when it was not given. */
function timeOf(options: OptionValues, name: string): number | null {
  const given = text(options, name);
  return given === undefined ? null : parseDuration(given) * 1e6;
}

async function drawMessages(
  io: Io,
  model: ReportModel,
  journal: string | null,
  options: OptionValues,
): Promise<number> {
  if (journal === null) {
    throw new UsageError('this run has no journal of messages', { hint: 'backends stdio and sim write one' });
  }
  const finding = Number(text(options, 'finding') ?? 1);
  if (!Number.isInteger(finding) || finding < 1) throw new UsageError('--finding takes a number from 1 on');
  const stretch = { fromNs: timeOf(options, 'from'), toNs: timeOf(options, 'to') };
  const drawn = await runDiagram(model, journal, { finding, ...stretch });
  const { diagram, about } = drawn;
  if (flag(options, 'text')) for (const row of spaceTimeText(diagram)) line(io.out, row);
  const file = text(options, 'svg');
  if (file === '-') io.out.write(spaceTimeSvg(diagram));
  else if (file !== undefined) {
    writeFileSync(resolve(io.cwd, file), spaceTimeSvg(diagram));
    line(io.out, file);
  }
  const left = diagram.leftOut.reduce((sum, [, n]) => sum + n, 0);
  const kinds = diagram.leftOut.map(([type, n]) => `${n} ${type}`).slice(0, 6);
  line(io.err, `${about}: ${diagram.messages.length} messages drawn`);
  if (left > 0)
    line(io.err, `${left} left out (${kinds.join(', ')}): choose a shorter stretch with --from and --to`);
  return 0;
}

async function openReport(io: Io, path: string, exists: boolean): Promise<number> {
  if (!exists)
    throw new UsageError('this run has no report yet', { file: path, hint: 'make it: faultline report' });
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const { exit, notStarted, stderr } = await runCommand(opener, [path], { timeoutMs: 10_000 });
  line(io.out, path);
  if (exit.code === 0) return 0;
  line(io.err, `faultline: ${opener} could not open it: ${notStarted ?? stderr.trim()}`);
  return 4;
}
